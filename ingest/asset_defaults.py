"""What a row of an assets file leaves out and its quantity, class or name tells: one place.

A plain file has `channel, device, quantity, unit, component, lon, lat, zone, interval` and no
tags, while rules select by tags. What is written always wins; what stays in doubt stays empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

#: Kinds that a quantity tells by itself. Temperature, battery and the like say nothing.
KINDS: Final[dict[str, str]] = {
    **dict.fromkeys(("pressure", "flow", "volume", "chlorine"), "water"),
    **dict.fromkeys(("gas_pressure", "methane", "ethane"), "gas"),
    **dict.fromkeys(("voltage", "current", "frequency", "last_gasp", "energy"), "power"),
    **dict.fromkeys(("depth", "level"), "flood"),
    "sound_level": "noise",
    **dict.fromkeys(("tilt", "acceleration", "water_contact"), "cover"),
}
#: Classes of covers in the national lists; what stands on one and has a `status` is a cover.
COVERS: Final = frozenset(f"01{minor:02}" for minor in (*range(1, 4), *range(5, 13), 14))
#: Words for the numbers of a cover's own switch, where the row has no `states`.
COVER_STATES: Final = {"closed": 0.0, "open": 1.0, "shifted": 2.0, "missing": 3.0}
#: In an id or name: a flow that leaves its zone, a sound level of a building site, a tank of
#: water, a meter of gas, a drain.
OUTWARD: Final = re.compile(r"(^|[^a-z])(out|outlet|outflow|export|drain)([^a-z]|$)|出", re.I)
SITE: Final = re.compile(r"construction|building.?site|工地|施工", re.I)
TANK: Final = re.compile(
    r"(^|[^a-z])(tank|reservoir|tower|clearwell|t\d+)([^a-z\d]|$)|水池|水塔|水箱|水库", re.I
)
GAS: Final = re.compile(r"(^|[^a-z])gas([^a-z]|$)|燃气|煤气|天然气", re.I)
WELL: Final = re.compile(r"manhole|sewer|井", re.I)
#: A flow that is a river's, and one that is a home's: by its name or the word for its quantity.
RIVER: Final = re.compile(r"(^|[^a-z])(river|creek|stream)([^a-z]|$)|河|江|溪", re.I)
DISCHARGE: Final = re.compile(r"discharge|stream|river", re.I)
HOME: Final = re.compile(
    r"household|consumption|usage|water.?meter|(^|[^a-z])home([^a-z]|$)|户", re.I
)
#: A file that names no zone at all is one place.
ONE_ZONE: Final = "city"


def fill_in(rows: Sequence[dict[str, Any]]) -> None:
    """Add to the tags (and states) of `rows` of `asset_rows.read_row` what is left out.

    kind: by the quantity, else by the class of the component, else that of the device's other
    channels where they agree. role: pressure -> network; volume -> meter; flow -> inflow,
    unless its name says out; depth -> road; level with cover_level or crown_level, of a cover,
    or named a well -> manhole, named a tank -> tank, of kind water; sound_level -> construction
    if its name says so, else street. transformer: the zone, for channels of kind power (a
    transformer's area is the zone, 台区). A flow or volume named gas is of kind gas; a flow named
    a river's, or a discharge, of kind river; one of a home, or in litres an hour, a meter.
    """
    for row in rows:
        by_quantity = KINDS.get(row["quantity"], "")
        if row["quantity"] == "level" and _role(row) == "tank":
            by_quantity = "water"
        if row["quantity"] in ("flow", "volume") and GAS.search(_said(row)):
            by_quantity = "gas"
        elif row["quantity"] == "flow" and _of_a_river(row):
            by_quantity = "river"
        _tag(row, "kind", by_quantity or _kind_of_class(row))
    kinds: dict[str, set[str]] = {}
    for row in rows:
        kinds.setdefault(row["device"], set()).add(row["tags"].get("kind", ""))
    for row in rows:
        if len(others := kinds[row["device"]] - {""}) == 1:
            _tag(row, "kind", *others)
        _tag(row, "role", _role(row))
        kind, zone = row["tags"].get("kind"), row["tags"].get("zone", "")
        _tag(row, "transformer", zone if kind == "power" else "")
        if row["quantity"] == "status" and kind == "cover" and not row["states"]:
            row["states"] = dict(COVER_STATES)


def one_zone(rows: Sequence[dict[str, Any]]) -> None:
    """Give the rows of a file that names no zone one and the same; before `fill_in`."""
    if not any("zone" in row["tags"] for row in rows):
        for row in rows:
            row["tags"]["zone"] = ONE_ZONE


def _tag(row: Mapping[str, Any], name: str, text: str) -> None:
    if text:
        row["tags"].setdefault(name, text)


def _kind_of_class(row: Mapping[str, Any]) -> str:
    return "cover" if row["quantity"] == "status" and row["class"] in COVERS else ""


def _said(row: Mapping[str, Any]) -> str:
    names = ("channel", "device", "name", "component_name", "quantity_written")
    return " ".join(filter(None, (row[name] for name in names)))


def _of_a_river(row: Mapping[str, Any]) -> bool:
    return bool(RIVER.search(_said(row)) or DISCHARGE.search(row["quantity_written"]))


def _role(row: Mapping[str, Any]) -> str:
    said = _said(row)
    match row["quantity"]:
        case "pressure":
            return "network"
        case "flow":
            if HOME.search(said) or row["unit"].lower().replace(" ", "") in ("l/h", "lph", "l/hr"):
                return "meter"
            return "" if OUTWARD.search(said) or _of_a_river(row) else "inflow"
        case "depth":
            return "road"
        case "level":
            placed = {"cover_level", "crown_level"} & row["attributes"].keys()
            if placed or row["class"] in COVERS or WELL.search(said):
                return "manhole"
            return "tank" if TANK.search(said) else ""
        case "volume":
            return "meter"
        case "sound_level":
            return "construction" if SITE.search(said) else "street"
    return ""
