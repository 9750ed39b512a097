"""Devices, their channels, and the places they stand at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg.types.json import Jsonb

from cases.catalogue import Catalogue
from cases.components import BadComponent, class_of, read_accuracy, read_state
from ingest.asset_cells import Unreadable
from ingest.asset_defaults import fill_in
from ingest.asset_rows import Problem, read_row
from ingest.exercise import drill_of_name
from store.channels import channels as channels
from store.database import Connection
from store.plain_text import plain
from store.quarantine import sweep
from store.statements import statements
from store.stepping import Step, unwatched

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
    connection: Connection,
    rows: Iterable[Mapping[str, str | None]],
    dry_run: bool = False,
    catalogue: Catalogue | None = None,
    step: Step = unwatched,
) -> Report:
    """Add or change channels, a row each, with the devices and places they name.

    Rows are cells by column (`ingest.asset_rows`); the first is line 2 of its file. A row
    that contradicts the store or another row is a problem of the report. Doing it again
    changes nothing. Codes of components are checked segment by segment, split as their list of
    `catalogue` says. Readings that waited in quarantine for one of the channels are moved.
    `step` is told each row, as it is read and then as it is written.
    """
    report = Report()
    with connection.transaction(force_rollback=dry_run):
        known, read = _Known(connection), list[dict[str, Any]]()
        for line, row in enumerate(rows, start=2):
            report.rows += 1
            step(report.rows, None)
            try:
                cells = {k: None if v is None else plain(v) for k, v in row.items() if k}
                values = read_row(cells)
                _read_component(values, catalogue)
                known.check(values)
            except Unreadable as why:
                report.faulty += 1
                report.problems.append(Problem(line, *why.args))
                continue
            read.append(values)
        fill_in(read)
        for done, values in enumerate(read, start=1):
            step(done, len(read))
            outcome = _put(connection, values, known)
            report.added += outcome is True
            report.changed += outcome is False
        if report.added or report.changed:
            sweep(connection)
            connection.execute(statements("engine")["tell"], {"what": "channels"})
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
        for column in ("channel", "device"):
            if drill_of_name(values[column]) is not None:
                what = f"{values[column]} begins as the names of drills do"
                raise Unreadable(column, what, "Call it otherwise: those are not the city's")
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


def _read_component(values: dict[str, Any], catalogue: Catalogue | None) -> None:
    """Check what a row says of its component, and bring it into the store's words."""
    state, accuracy = values["component_state"], values["component_accuracy"]
    try:
        found = class_of(
            values["component"] or "", values["code_list"], values["class_given"] or "",
            values["grid_cell"] or "", catalogue,
        )  # fmt: skip
        values["class"] = found or values["class"]
        values["component_state"] = read_state(state).value if state else None
        values["component_accuracy"] = read_accuracy(accuracy) if accuracy else None
    except BadComponent as why:
        raise Unreadable(*why.args) from why
