"""The past as a backtest wants it: readings by time, and what cases turned out to be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np

from ingest.batch import Batch
from rules.counting import Label
from store.database import Connection
from store.history import history
from store.statements import statements

READINGS = 500_000  #: read at once, about
REAL = "real"
#: Outcomes after which a finding counts as wrong; of what is still open nothing is known.
WRONG = frozenset({"false", "sensor-fault", "planned-work"})


def past(
    connection: Connection, channels: Sequence[int], since: datetime, until: datetime
) -> Iterator[tuple[float, Batch]]:
    """Yield (share done, readings with since <= time < until) by stretches of time.

    Within a stretch they are by channel and time; all are raw readings, never rollups.
    """
    with connection.transaction():
        row = connection.execute(
            statements("backtest")["span"], {"since": since, "until": until}
        ).fetchone()
    if row is None or row[0] is None:
        return
    first, last, count = _moment(row[0]), _moment(row[1]), row[2]
    stretches = count // READINGS + 1
    edges = first + (last - first + np.timedelta64(1, "us")) // stretches * np.arange(stretches)
    ends = [*edges[1:], last + np.timedelta64(1, "us")]
    for place, (begin, end) in enumerate(zip(edges, ends, strict=True), start=1):
        yield place / stretches, history(connection, channels, begin, end)


def past_cases(connection: Connection, since: datetime, until: datetime) -> list[Label]:
    """Return what cases say happened: labels of those closed as real.

    Those still open are labels too, but not sure ones: nobody has said yet. What was closed
    as wrong is none, so that an event there counts as false. A case is one label, at its first
    subject; the others of its subjects are not to be counted as false. Drills are left out.
    """
    with connection.transaction():
        rows = connection.execute(
            statements("backtest")["past_cases"], {"since": since, "until": until}
        ).fetchall()
    return [
        Label(
            _moment(began),
            _moment(until if ended is None else max(began, ended)),
            subject,
            code,
            sure=outcome == REAL and place == 0,
        )
        for _, began, ended, subjects, outcome, code in rows
        if outcome not in WRONG
        for place, subject in enumerate(subjects)
    ]


def _moment(time: datetime) -> np.datetime64:
    return np.datetime64(time.astimezone(UTC).replace(tzinfo=None), "us")
