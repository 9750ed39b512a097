"""`python -m deploy.backtest.job`: one backtest that somebody asked for, in a process of its own.

What to do comes as a line of JSON on standard input, so that the database's URL stands in no
list of processes. When standard input ends, whoever started it is gone, and so is this.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from time import monotonic
from typing import Any

from cases.city import City, load_city
from deploy.backtest.given import from_store, in_force
from deploy.backtest.outcome import outcome, write_tables
from deploy.backtest.run import run
from deploy.backtest.show import beside
from ingest.channel import Channel
from rules.counting import places
from rules.pack import BadPack, read_pack
from store.backtests import Asked, Labels, Result, fail, given, keep, recorded, tell
from store.catalogue import city_of
from store.database import Connection, connect

TOLERANCE = timedelta(hours=1)  #: an event may be raised so long after its label's end
JUDGING = 0.95  #: share of the work; the rest are pictures
TELL_EVERY = 0.5  #: [s]
NICENESS = 15  #: live work goes first


def judge(connection: Connection, telling: Connection, number: int, city: City) -> Result:
    """Judge what is stored by the pack asked for, beside what is in force of its rules."""
    asked = given(telling, number)
    tried = read_pack(asked.pack, "pack")
    change = beside(in_force(connection), tried)
    chosen = chosen_by(asked)
    history = from_store(
        connection, asked.since, asked.until, lambda c: change.concerns(c) and chosen(c)
    )
    if asked.labels is Labels.NONE:
        history.labels = None
    ran = run(history.history, [change.after, change.before], True, _progress(telling, number))
    told = outcome(ran, history, TOLERANCE, city, {"rules": [*tried.rules], **history.asked})
    report = told.report | {
        "blind": [*change.nowhere(history.history.channels)],
        "recorded": recorded(telling, [*tried.rules], asked.since, asked.until),
    }
    with TemporaryDirectory(prefix="lifeline-backtest-") as folder:
        write_tables(Path(folder), told)
        tables = {
            name: (Path(folder) / f"{name}.csv").read_text(encoding="utf-8")
            for name in ("events", "notes", "cases")
        }
    return Result(_json(report), _json(told.pictures), **tables)


def chosen_by(asked: Asked) -> Callable[[Channel], bool]:
    """Return what says whether a channel is among those asked for."""
    channels = None if asked.channels is None else set(asked.channels)

    def chosen(channel: Channel) -> bool:
        named = channels is None or channel.id in channels
        return named and (asked.zone is None or asked.zone in places(channel))

    return chosen


def _progress(telling: Connection, number: int) -> Callable[[float, int], None]:
    last = [0.0]

    def progress(done: float, readings: int) -> None:
        if monotonic() - last[0] >= TELL_EVERY:
            tell(telling, number, done * JUDGING, readings)
            last[0] = monotonic()

    return progress


def _json(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, default=str, allow_nan=False)


def _end_with_the_starter() -> None:
    sys.stdin.read()
    os._exit(1)


def main() -> None:
    os.nice(NICENESS)
    asked = json.loads(sys.stdin.readline())
    Thread(target=_end_with_the_starter, daemon=True).start()
    folder = asked["city"] and Path(asked["city"])
    database, number = asked["database"], asked["backtest"]
    with connect(database) as connection, connect(database) as telling:
        city = city_of(telling, load_city(folder, asked["time_zone"]))
        try:
            found = judge(connection, telling, number, city)
        except BadPack as refused:
            fail(telling, number, str(refused), datetime.now(UTC))
        else:
            readings = json.loads(found.report)["readings"]
            keep(telling, number, found, readings, datetime.now(UTC))


if __name__ == "__main__":
    main()
