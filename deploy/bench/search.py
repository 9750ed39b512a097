"""What finding a device or a channel costs in a large city."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from psycopg_pool import ConnectionPool

from deploy import embedded_postgres
from store.database import connect, migrate
from store.sensors import ChannelOrder, DeviceOrder, find_channels, find_devices
from store.statements import statements

PAGE = 101  #: as the console asks
SEARCHES = (
    "", "flood", "flood-0000", "文一路", "文一", "水", "学院路 压力", "文一路 battery", "gw-7 z5",
    "zz",
)  # fmt: skip
EACH = 10  #: channels of a device


def run(folder: Path, devices: int, times: int, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Return a row a question: how many were found on the page, and how long it took [ms]."""
    database = embedded_postgres.start(folder)
    try:
        with connect(database.url) as connection:
            migrate(connection)
            say(f"making {devices:,} devices with {EACH * devices:,} channels")
            for name in ("search_components", "search_devices", "search_channels", "search_heard"):
                connection.execute(statements("bench")[name], {"devices": devices})
            connection.commit()
            connection.autocommit = True
            connection.execute(statements("bench")["search_vacuum"])
        with ConnectionPool(database.url, min_size=1, max_size=1, open=True) as pool:
            rows = []
            for words in SEARCHES:
                rows.append(_asked("devices", words, times, pool, find_devices, search=words))
                rows.append(_asked("channels", words, times, pool, find_channels, search=words))
            for by in (DeviceOrder.NAME, DeviceOrder.HEARD):
                rows.append(_asked("devices", f"by {by}", times, pool, find_devices, sort=by))
            rows.append(
                _asked(
                    "channels", "battery, by quantity", times, pool, find_channels,
                    quantity="battery", sort=ChannelOrder.QUANTITY,
                )
            )  # fmt: skip
            return rows
    finally:
        database.stop()


def _asked(
    what: str, words: str, times: int, pool: Any, find: Callable[..., list[Any]], **asked: Any
) -> dict[str, Any]:
    took = []
    found: list[Any] = []
    for _ in range(times):
        began = perf_counter()
        found = find(pool, PAGE, **asked)
        took.append((perf_counter() - began) * 1e3)
    return {
        "of": what,
        "asked": words or "(all)",
        "on_the_page": len(found),
        "ms_median": median(took),
        "ms_most": max(took),
    }
