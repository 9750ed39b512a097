"""The invented city of the measurement, and its news: so many sensors change state a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from time import monotonic

from store.database import connect, migrate
from store.rollups import roll
from store.statements import statements

YEAR = timedelta(days=365)
#: In the order of what leans on what.
FILL = (
    "put_cells", "put_components", "put_devices", "put_channels", "put_ledger", "put_events",
    "put_cases", "make_partitions", "put_year",
)  # fmt: skip
BEAT = 0.1  #: [s] between two turns: the engine settles about as often


def fill(url: str, sensors: int, cases: int, say: Callable[[str], None]) -> None:
    """Make the city in an empty database."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    values = {"sensors": sensors, "cases": cases, "now": now, "since": now - YEAR}
    sql = statements("bench_console")
    with connect(url) as connection:
        migrate(connection)
        for name in FILL:
            connection.execute(sql[name], values)
            connection.commit()
        say("rolling a year of minutes up")
        while roll(connection):
            pass
        connection.execute(sql["tidy"])
        connection.commit()


@contextmanager
def turning(url: str, sensors: int, rate: int) -> Iterator[list[int]]:
    """Let `rate` sensors a second change state as long as the block lasts; yields their counts."""
    stop, turned = Event(), list[int]()
    thread = Thread(target=_turn, args=(url, sensors, rate, stop, turned), daemon=True)
    thread.start()
    yield turned
    stop.set()
    thread.join(10)


def _turn(url: str, sensors: int, rate: int, stop: Event, turned: list[int]) -> None:
    first, began = 1, monotonic()
    with connect(url) as connection:
        while not stop.wait(BEAT):
            # Behind time it does more at once, so that the rate holds on a busy machine.
            last = round((monotonic() - began) * rate)
            values = {"sensors": sensors, "first": first, "last": last}
            if last >= first:
                [count] = connection.execute(statements("bench_console")["turn"], values).fetchone()  # type: ignore[misc]
                connection.commit()
                turned.append(int(count))
                first = last + 1
