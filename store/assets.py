"""Devices, their channels, and the places they stand at."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg.types.json import Jsonb

from ingest.asset_cells import Unreadable
from ingest.asset_defaults import fill_in
from ingest.asset_rows import Problem, read_row
from store.channels import channels as channels
from store.database import Connection
from store.plain_text import plain
from store.quarantine import sweep
from store.statements import statements

JSON = ("tags", "device_tags", "attributes", "states")


@dataclass(slots=True)
class Report:
    """What an import did, or would do; rows with a problem were left out."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    faulty: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def unchanged(self) -> int:
        return self.rows - self.added - self.changed - self.faulty


def import_assets(
    connection: Connection, rows: Iterable[Mapping[str, str | None]], dry_run: bool = False
) -> Report:
    """Add or change channels, a row each, with the devices and places they name.

    Rows are cells by column (`ingest.asset_rows`); the first is line 2 of its file. A row
    that contradicts the store or another row is a problem of the report. Doing it again
    changes nothing. Readings that waited in quarantine for one of the channels are moved.
    """
    report = Report()
    with connection.transaction(force_rollback=dry_run):
        known, read = _Known(connection), list[dict[str, Any]]()
        for line, row in enumerate(rows, start=2):
            report.rows += 1
            try:
                cells = {k: None if v is None else plain(v) for k, v in row.items() if k}
                values = read_row(cells)
                known.check(values)
            except Unreadable as why:
                report.faulty += 1
                report.problems.append(Problem(line, *why.args))
                continue
            read.append(values)
        fill_in(read)
        for values in read:
            outcome = _put(connection, values, known)
            report.added += outcome is True
            report.changed += outcome is False
        if report.added or report.changed:
            sweep(connection)
            connection.execute(statements("engine")["tell"], {"what": "channels"})
    return report


def import_grid_cells(connection: Connection, document: bytes, dry_run: bool = False) -> Report:
    """Add or change the grid cells of a GeoJSON FeatureCollection of polygons in WGS 84.

    A feature's property `code` (or its `id`) is the cell's code; `name` and `valid_until`
    may be there. Problems name features by their place, from 1.
    """
    report = Report()
    try:
        features = list(json.loads(document)["features"])
    except (ValueError, KeyError, TypeError, RecursionError):
        mend = "Export the cells as GeoJSON"
        report.problems.append(Problem(0, "features", "this is no FeatureCollection", mend))
        return report
    with connection.transaction(force_rollback=dry_run):
        for place, feature in enumerate(features, start=1):
            report.rows += 1
            try:
                values = _read_cell(feature)
            except Unreadable as why:
                report.faulty += 1
                report.problems.append(Problem(place, *why.args))
                continue
            row = connection.execute(statements("assets")["put_cell"], values).fetchone()
            report.added += row == (True,)
            report.changed += row == (False,)
    return report


class _Known:
    """What the store, and the rows before, say of channels: an import may not contradict it."""

    def __init__(self, connection: Connection) -> None:
        rows: list[Any] = connection.execute(statements("assets")["known"]).fetchall()
        self.address = {(device, name): id for id, device, name, _, _ in rows}
        self.facts = {id: (device, name, quantity) for id, device, name, quantity, _ in rows}
        self.fast = {id for id, _, _, _, fast in rows if fast}

    def check(self, values: Mapping[str, Any]) -> None:
        id, address = values["channel"], (values["device"], values["name"])
        facts = (*address, values["quantity"])
        owner = self.address.setdefault(address, id)
        if owner != id:
            what = f"{address[1]!r} of device {address[0]} is channel {owner} already"
            raise Unreadable(
                "name", what, "A field of a device is one channel; mend name or device"
            )
        if self.facts.setdefault(id, facts) != facts:
            was = " ".join(self.facts[id])
            what = f"{id} is {was} already, with its readings"
            raise Unreadable("channel", what, "Give what measures something else a new id")


def _put(connection: Connection, values: dict[str, Any], known: _Known) -> bool | None:
    """Store one row; tell whether its channel was added, True, or changed, False."""
    sql = statements("assets")
    values |= {name: Jsonb(values[name]) for name in JSON}
    for name in ("department", "grid_cell", "component"):
        if values[name] is not None:
            connection.execute(sql[f"put_{name}"], values)
    connection.execute(sql["put_device"], values)
    row = connection.execute(sql["put_channel"], values).fetchone()
    fast = values["interval"].total_seconds() < 60
    if row is not None and fast and values["channel"] not in known.fast:
        connection.execute(sql["redo_minutes"], {"channel": row[0]})
    return None if row is None else bool(row[1])


def _read_cell(feature: Any) -> dict[str, Any]:
    try:
        properties, geometry = feature.get("properties") or {}, feature["geometry"]
        code = str(properties.get("code") or feature.get("id") or "")
        rings = geometry["coordinates"]
        if geometry["type"] == "MultiPolygon":
            rings = [ring for polygon in rings for ring in polygon]
        elif geometry["type"] != "Polygon":
            raise Unreadable("geometry", f"is a {geometry['type']}", "Cells are polygons")
        points = [(float(p[0]), float(p[1])) for ring in rings for p in ring]
        lons, lats = [lon for lon, _ in points], [lat for _, lat in points]
        box = {"west": min(lons), "east": max(lons), "south": min(lats), "north": max(lats)}
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        if isinstance(error, Unreadable):
            raise
        mend = "A feature has properties, and a geometry with coordinates"
        raise Unreadable("geometry", "cannot be read", mend) from error
    if not code:
        raise Unreadable("code", "is missing", "Give each feature the property code")
    valid_until = properties.get("valid_until")
    values = {"code": code, "name": str(properties.get("name") or ""), "valid_until": valid_until}
    return values | box | {"polygon": Jsonb(geometry)}
