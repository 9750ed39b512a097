"""Channels from an assets file, numbered by its rows: for judging without a database."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.asset_cells import Unreadable
from ingest.asset_defaults import fill_in, one_zone
from ingest.asset_rows import COLUMNS, NEEDED, Problem, read_row, unknown_columns
from ingest.channel import Channel
from ingest.quantities import QUANTITIES

SEPARATORS = ",;\t"  #: between the cells of a row; the first line tells which

#: What a row says in a channel's own words.
SAME = (
    *("device", "name", "quantity", "unit", "lowest", "highest", "largest_rate"),
    *("interval", "reports_every", "tags", "attributes", "states"),
)


@dataclass(slots=True)
class Assets:
    """The channels of a file, numbered from 1, with what rows said besides.

    learn : numbers of the channels whose interval is not written
    rows  : values of each row by its channel's number, as `asset_rows.read_row` gives them
    """

    channels: list[Channel] = field(default_factory=list)
    learn: set[int] = field(default_factory=set)
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def header_problems(header: list[str]) -> list[Problem]:
    """Return what is wrong with the header of an assets file, row 1."""
    mend = "Mend it, or write tag:name or attr:name"
    lacking = [name for name in NEEDED if name not in header]
    return [
        Problem(1, name, "the column is missing", "See Assets in README") for name in lacking
    ] + [Problem(1, name, "is not a column we know", mend) for name in unknown_columns(header)]


def read_assets(path: Path, time_zone: str = "Asia/Shanghai") -> Assets:
    """Return the channels of a CSV file; rows that cannot be read are problems, and left out."""
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        head = file.readline()
        file.seek(0)
        table = csv.DictReader(file, delimiter=max(SEPARATORS, key=head.count))
        header = [_column(name) for name in table.fieldnames or []]
        table.fieldnames = header
        assets = channels_of(table, time_zone) if set(NEEDED) <= set(header) else Assets()
    assets.problems[:0] = header_problems(header)
    return assets


def _column(name: str) -> str:
    """Return the name of a column; letters of any case name one that we know."""
    name = name.strip().removeprefix("\ufeff")
    return name.lower() if name.lower() in COLUMNS else name


def unit_problems(assets: Assets) -> list[Problem]:
    """Return for each quantity that is seldom sent in SI how many rows do not write the unit."""
    bare: dict[str, list[int]] = {}
    for values in assets.rows.values():
        quantity = QUANTITIES[values["quantity"]]
        if not values["unit_given"] and quantity.unit not in (quantity.shown, "1"):
            bare.setdefault(quantity.name, []).append(values["line"])
    return [
        Problem(
            lines[0],
            "unit",
            f"{len(lines)} rows of {name} have none: their values are taken as "
            f"{QUANTITIES[name].unit}",
            "Write the unit that the device sends",
        )
        for name, lines in bare.items()
    ]


def channels_of(rows: Iterable[Mapping[str, str | None]], time_zone: str) -> Assets:
    """Return the channels of rows of cells by column; the first is line 2 of its file."""
    assets, lines = Assets(), dict[str, int]()
    for line, row in enumerate(rows, start=2):
        try:
            values = read_row({c: cell for c, cell in row.items() if c}, placed=False)
            first = lines.setdefault(values["channel"], line)
            if first != line:
                what = f"{values['channel']} is in row {first} already"
                raise Unreadable("channel", what, "Give every channel one row")
        except Unreadable as why:
            assets.problems.append(Problem(line, *why.args))
            continue
        assets.rows[len(assets.rows) + 1] = values | {"line": line}
    filled = list(assets.rows.values())
    one_zone(filled)
    fill_in(filled)
    assets.learn = {n for n, values in assets.rows.items() if not values["interval_given"]}
    assets.channels = [_channel(n, values, time_zone) for n, values in assets.rows.items()]
    return assets


def _channel(number: int, values: Mapping[str, Any], time_zone: str) -> Channel:
    nowhere = float("nan")
    return Channel(
        number=number,
        id=values["channel"],
        component=values["component"] or "",
        lon=nowhere if values["lon"] is None else values["lon"],
        lat=nowhere if values["lat"] is None else values["lat"],
        time_zone=values["time_zone"] or time_zone,
        **{name: values[name] for name in SAME},
    )
