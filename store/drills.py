"""Drills in the store: begun, turned, logged and ended; their devices are theirs alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from cases.city import City
from cases.words import Outcome, Verb
from ingest.exercise import within
from store.cases import hold, system_step
from store.database import Connection
from store.statements import statements

#: Tags that name a place or a part of a network: within a drill they name the drill's own.
NETWORKS = frozenset({"zone", "gateway", "transformer", "feeder", "pipe", "drain"})
ENDED = "ended"
OVER_WORDS = "演练结束，系统收尾 the drill has ended"


class NoPlace(LookupError):
    """Nothing says where a drill is to be held. ``args[0]`` says how to."""


def place_of(
    connection: Connection, at: datetime, lon: float | None, lat: float | None, cell: str | None
) -> tuple[float, float, str | None]:
    """Return where a drill is held: as asked, in the cell named, or amid what is live."""
    sql = statements("drills")
    with connection.cursor(row_factory=dict_row) as cursor:
        if cell:
            row = cursor.execute(sql["cell"], {"code": cell, "at": at}).fetchone()
            if row is None:
                raise NoPlace(f"there is no grid cell {cell}")
            lon, lat = (row["lon"] if lon is None else lon), (row["lat"] if lat is None else lat)
        if lon is None or lat is None:
            row = cursor.execute(sql["middle"]).fetchone()
            if row is None or row["lon"] is None:
                raise NoPlace("no live device says where the city is: name lon and lat")
            lon, lat = row["lon"], row["lat"]
    return float(lon), float(lat), cell or None


def add(connection: Connection, **drill: Any) -> int:
    """Note a drill that is being prepared; return its number."""
    values = {**drill, "plan": Jsonb(drill["plan"])}
    row = connection.execute(statements("drills")["add"], values).fetchone()
    assert row is not None
    return int(row[0])


def put_devices(
    connection: Connection, drill: int, assets: Iterable[Mapping[str, Any]], at: datetime
) -> None:
    """Write the channels of a drill, a row each, with their devices; all named within the drill."""
    sql, known = statements("drills"), set[str]()
    for row in assets:
        device = within(drill, row["device"])
        if device not in known:
            known.add(device)
            tags = {
                name: within(drill, tag) if name in NETWORKS else tag
                for name, tag in row["tags"].items()
                if tag
            }
            values = {**row, "device": device, "tags": Jsonb(tags), "drill": drill, "at": at}
            values["gateway"] = tags.get("gateway", "")
            connection.execute(sql["put_device"], values)
        values = {
            **row,
            "device": device,
            "channel": within(drill, row["channel"]),
            "tags": Jsonb(row["channel_tags"]),
            "attributes": Jsonb(row["attributes"]),
        }
        connection.execute(sql["put_channel"], values)


def news(connection: Connection) -> None:
    """Have whoever keeps channels in memory look again."""
    connection.execute(statements("engine")["tell"], {"what": "channels"})


def still_on(connection: Connection) -> frozenset[int]:
    """Return the drills that have not ended, and keep them so in the caller's transaction."""
    return frozenset(row[0] for row in connection.execute(statements("drills")["still_on"]))


def state_of(connection: Connection, drill: int) -> str | None:
    """Lock a drill in the caller's transaction; return its state, None where there is no such."""
    row = connection.execute(statements("drills")["lock"], {"drill": drill}).fetchone()
    return None if row is None else str(row[0])


def turn(
    connection: Connection,
    drill: int,
    state: str,
    ended: datetime | None = None,
    plan: Mapping[str, Any] | None = None,
) -> None:
    values: dict[str, Any] = {"plan": None if plan is None else Jsonb(plan)}
    values |= {"drill": drill, "state": state, "ended": ended}
    connection.execute(statements("drills")["turn"], values)


def note(
    connection: Connection, drill: int, at: datetime, who: str, verb: str, **details: Any
) -> None:
    """Add a line to what was done in a drill; the caller's transaction holds its row."""
    values = {"drill": drill, "at": at, "who": who, "verb": verb, "details": Jsonb(details)}
    connection.execute(statements("drills")["log"], values)


def interrupt(connection: Connection, at: datetime, who: str) -> list[int]:
    """Mark drills that nobody plays any more, as after a restart; return which."""
    with connection.transaction():
        rows = connection.execute(statements("drills")["interrupted"]).fetchall()
        for (drill,) in rows:
            note(connection, drill, at, who, "interrupt")
    return [row[0] for row in rows]


def end(connection: Connection, drill: int, at: datetime, who: str, city: City) -> int:
    """End a drill: void its open cases, retire its devices; return how many cases were open."""
    sql = statements("drills")
    with connection.transaction():
        state = state_of(connection, drill)
        if state is None or state == ENDED:
            return 0
        # First the drill: its judge settles nothing more of it, so that no case comes meanwhile.
        turn(connection, drill, ENDED, at)
        rows = connection.execute(sql["open_cases"], {"drill": drill}).fetchall()
        for (case_id,) in rows:
            held = hold(connection, case_id, city)
            outcome = {"outcome": Outcome.EXERCISE}
            system_step(connection, held, Verb.VOID, at, city, OVER_WORDS, outcome)
        connection.execute(sql["retire"], {"drill": drill})
        note(connection, drill, at, who, "end", open_cases=len(rows))
        news(connection)
    return len(rows)


def rows(connection: Connection, name: str, **values: Any) -> Sequence[dict[str, Any]]:
    """Return the rows of one of the queries about drills."""
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statements("drills")[name], values).fetchall()
