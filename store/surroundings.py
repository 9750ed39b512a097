"""What stands around an event in the store: its place, and the evidence to freeze."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from psycopg.rows import dict_row

from cases.evidence import CURVES, Neighbour, freeze, window
from cases.opening import as_datetime
from cases.placing import Cell, Component, Place, Speaker, cell_of, in_order, place
from ingest.batch import Batch
from ingest.quality import UNUSABLE
from rules.event import Event
from store.database import Connection
from store.statements import statements


def speakers_of(connection: Connection, event: Event) -> list[Speaker]:
    """Return the channels that `event` rests on, the one that spoke first at the front."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            statements("surroundings")["speakers"], {"channels": list(event.channels)}
        ).fetchall()
    speakers = [
        Speaker(
            row["number"],
            row["id"],
            row["device"],
            row["quantity"],
            as_component(row) if row["code"] else None,
            row["lon"],
            row["lat"],
            row["tags"],
        )
        for row in rows
    ]
    return in_order(event, speakers)


def place_of(connection: Connection, event: Event, speakers: list[Speaker]) -> Place:
    """Return where `event` is, with the grid cell that holds it."""
    sql = statements("surroundings")
    with connection.cursor(row_factory=dict_row) as cursor:
        named = cursor.execute(
            sql["components_named"], {"scope": event.scope, "subject": event.subject}
        ).fetchall()
        found = place(event, speakers, [as_component(row) for row in named])
        if event.exercise is not None:
            [drill] = cursor.execute(sql["cell_of_drill"], {"drill": event.exercise}).fetchall()
            found = replace(found, grid_cell=found.grid_cell or drill["grid_cell"] or "")
        if found.grid_cell or found.lon is None or found.lat is None:
            return found
        cells = cursor.execute(
            sql["cells_around"],
            {"lon": found.lon, "lat": found.lat, "at": as_datetime(event.began)},
        ).fetchall()
    cell = cell_of(found.lon, found.lat, [Cell(c["code"], c["polygon"]) for c in cells])
    return Place(found.component, cell, found.lon, found.lat)


def evidence_of(connection: Connection, event: Event, speakers: list[Speaker]) -> dict[str, Any]:
    """Return what to freeze of `event` as things stand in this transaction."""
    sql = statements("surroundings")
    start, stop = window(event)
    channels = [s.number for s in speakers]
    raised = as_datetime(event.raised)
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = connection.execute(
            sql["window"],
            {
                "channels": channels[:CURVES],
                "start": as_datetime(start),
                "stop": as_datetime(stop),
            },
        ).fetchall()
        neighbours = [
            Neighbour(**row)
            for quantity, zone in sorted({(s.quantity, s.tags.get("zone", "")) for s in speakers})
            if zone
            for row in cursor.execute(
                sql["neighbours"],
                {
                    "quantity": quantity,
                    "zone": zone,
                    "channels": list(event.channels),
                    "at": raised,
                    "exercise": event.exercise,
                    "unusable": int(UNUSABLE),
                },
            )
        ]
        ledger = cursor.execute(
            sql["devices"],
            {"devices": sorted({s.device for s in speakers}), "at": raised},
        ).fetchall()
    return freeze(event, speakers, _batch(rows), neighbours, ledger)


def _batch(rows: list[Any]) -> Batch:
    channel, time, received, value, state, quality = zip(*rows, strict=True) if rows else [()] * 6
    return Batch(
        np.array(channel, dtype=np.int32),
        np.array([t.replace(tzinfo=None) for t in time], dtype="datetime64[us]"),
        np.array([t.replace(tzinfo=None) for t in received], dtype="datetime64[us]"),
        np.array([np.nan if v is None else v for v in value], dtype=np.float64),
        np.array(state, dtype=np.int32),
        np.array(quality, dtype=np.uint16),
    )


def as_component(row: dict[str, Any]) -> Component:
    return Component(
        row["code"],
        row["code_list"],
        row["class"],
        row["name"],
        row["component_lon"],
        row["component_lat"],
        row["grid_cell"] or "",
        row["department"] or "",
    )
