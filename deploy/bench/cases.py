"""A year of a large city's casework, and how long what is asked of it takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import time_ns
from typing import Any

from psycopg.rows import dict_row

from deploy import embedded_postgres
from deploy.bench.casework.check import differing, sample
from deploy.bench.casework.measure import measure
from deploy.bench.casework.place import cells, city
from deploy.bench.casework.typhoon import blow
from deploy.bench.casework.year import EVERY, begin_and_end, make_year
from deploy.bench.rig import Rig
from deploy.clock import Clock
from store.database import connect, migrate
from store.statements import statements

CHECKED = 1_000  #: cases whose rows are compared with their logs


class NotAYear(RuntimeError):
    """The cases are not what their logs say. ``args[0]`` says how."""


def run(
    folder: Path, count: int, times: int, say: Callable[[str], None]
) -> dict[str, list[dict[str, Any]]]:
    """Make the year in `folder` unless it is there; return how large it is and how fast."""
    server = embedded_postgres.start(folder)
    try:
        make_year(server.url, count, say)
    finally:
        # What was just written would be in memory still, and the first question no first one.
        server.stop()
    server = embedded_postgres.start(folder)
    try:
        with connect(server.url) as connection:
            migrate(connection)
            say(f"comparing {CHECKED:,} cases with their logs")
            if wrong := differing(connection, sample(connection, CHECKED), city()):
                raise NotAYear("\n".join(wrong[:20]))
            connection.commit()
            say("measuring")
            now = begin_and_end(city())[1]
            rows = measure(connection, city(), cells(), now, times)
            with connection.cursor(row_factory=dict_row) as cursor:
                sizes = cursor.execute(
                    statements("bench")["sizes"], {"tables": list(EVERY)}
                ).fetchall()
        return {"sizes": sizes, "times": rows}
    finally:
        server.stop()


def storm(
    folder: Path, year: int, count: int, seconds: float, say: Callable[[str], None]
) -> dict[str, list[dict[str, Any]]]:
    """Let a typhoon come to the year in `folder`, made unless it is there; raises Broken."""
    server = embedded_postgres.start(folder)
    try:
        make_year(server.url, year, say)
        with connect(server.url) as connection:
            migrate(connection)
        moment = begin_and_end(city())[1].timestamp()
        clock = Clock(round(moment * 1e6), time_ns() // 1000)
        with Rig(folder / "rig", server.url, clock) as rig:
            rig.start_lifeline()
            say(f"{count:,} cases in {seconds:g} s")
            times, whole = blow(
                server.url, rig.http, rig.key, clock, city(), cells(), count, seconds
            )
        return {"outcome": [whole], "times": times}
    finally:
        server.stop()
