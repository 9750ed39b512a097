"""Reading one row of an assets file: what a channel is and where, or what is wrong with it.

Needed columns: channel, device, quantity. All others may be empty or missing; a row's own
`unit` is meant wherever a limit or an attribute is a bare number.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from math import inf
from typing import Any, Final, NamedTuple

from ingest.asset_cells import (
    Unreadable,
    amount,
    attribute,
    check_time_zone,
    check_unit,
    degrees,
    duration,
    rate,
    states,
)
from ingest.quantities import QUANTITIES
from ingest.quantity_names import UnknownQuantity, quantity_of

NEEDED: Final = ("channel", "device", "quantity")
PLAIN: Final = ("name", "unit", "component", "lon", "lat", "interval", "reports_every")
LIMITS: Final = ("lowest", "highest", "largest_rate")
#: Columns that are tags of the channel and of its device: rules select and group by them.
TAGS: Final = ("kind", "role", "zone", "gateway", "transformer", "pipe", "drain", "feeder")
OF_DEVICE: Final = ("kind", "zone", "gateway", "transformer", "pipe", "drain", "feeder")
PLACES: Final = (
    *("class", "code_list", "component_name", "component_state", "component_accuracy"),
    *("grid_cell", "department", "time_zone"),
)
COLUMNS: Final = frozenset((*NEEDED, *PLAIN, *LIMITS, *TAGS, *PLACES, "states"))
CODE_LIST: Final = "GB/T 30428.2-2013"


class Problem(NamedTuple):
    """What is wrong with a row, where, and how to mend it."""

    row: int  #: line of the file; the header is line 1
    column: str
    what: str
    mend: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}: {self.what}. {self.mend}."


def read_row(row: Mapping[str, str | None], placed: bool = True) -> dict[str, Any]:
    """Return the values of one row for the store, all SI; raise Unreadable.

    A component must have a place if its cases are to be filed (`placed`).
    """
    cells = {name: (text or "").strip() for name, text in row.items()}
    for column in NEEDED:
        if not cells.get(column):
            raise Unreadable(column, "is empty", "Every row needs it")
    quantity = cells["quantity"]
    try:
        quantity = quantity_of(quantity, cells.get("unit", ""))
    except UnknownQuantity as why:
        raise Unreadable("quantity", *why.args) from None
    unit = cells.get("unit") or QUANTITIES[quantity].unit
    check_unit(unit, quantity)
    values: dict[str, Any] = {name: cells.get(name) or None for name in ("component", *PLACES)}
    values |= {"channel": cells["channel"], "device": cells["device"], "quantity": quantity}
    values["quantity_written"] = cells["quantity"]
    values |= {"unit": unit, "gateway": cells.get("gateway") or None}
    values["unit_given"] = bool(cells.get("unit"))
    values["name"] = cells.get("name") or _name(cells["channel"], cells["device"], quantity)
    values["lon"] = degrees(cells, "lon", 180)
    values["lat"] = degrees(cells, "lat", 90)
    if placed and values["component"] and (values["lon"] is None or values["lat"] is None):
        raise Unreadable("lon", "a component needs a place", "Give lon and lat in degrees, WGS 84")
    values["code_list"] = values["code_list"] or CODE_LIST
    values["class_given"] = values["class"]
    values["class"] = values["class"] or _class(values["component"])
    check_time_zone(values["time_zone"])
    values["interval"] = duration(cells, "interval", timedelta(minutes=5))
    values["interval_given"] = bool(cells.get("interval"))
    values["reports_every"] = duration(cells, "reports_every", timedelta(0))
    values["lowest"] = amount(cells, "lowest", quantity, unit, -inf)
    values["highest"] = amount(cells, "highest", quantity, unit, inf)
    if values["lowest"] > values["highest"]:
        raise Unreadable("lowest", "is above highest", "Exchange the two")
    values["largest_rate"] = rate(cells, quantity, unit)
    values["tags"] = _tags(cells, TAGS)
    values["device_tags"] = _tags(cells, OF_DEVICE)
    values["attributes"] = {
        column.removeprefix("attr:"): attribute(cells, column, quantity, unit)
        for column in cells
        if column.startswith("attr:") and cells[column]
    }
    values["states"] = states(cells.get("states", ""))
    return values


def unknown_columns(header: list[str]) -> list[str]:
    """Return the columns that mean nothing to us."""
    return [c for c in header if c not in COLUMNS and not c.startswith(("tag:", "attr:"))]


def _name(channel: str, device: str, quantity: str) -> str:
    """Return the field on the wire: what the channel's id adds to its device's, or the quantity."""
    for separator in ("/", ".", ":"):
        if channel.startswith(device + separator):
            return channel[len(device) + 1 :]
    return quantity


def _class(component: str | None) -> str | None:
    """Return major and minor class from a component's code: county (6), class (4), serial."""
    if component and component.isdigit() and len(component) in (16, 18):
        return component[6:10]
    return None


def _tags(cells: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    tags = {name: cells[name] for name in names if cells.get(name)}
    if names is TAGS:
        tags |= {
            column.removeprefix("tag:"): text
            for column, text in cells.items()
            if column.startswith("tag:") and text
        }
    return tags
