"""The API with the console in a process of its own, as in a city."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

from psycopg_pool import ConnectionPool

from api.server import make_server
from api.services import Services
from deploy.bench.rig import free_port, until
from ingest.inbox import Inbox
from store.access import Grant


@contextmanager
def served(database: str) -> Iterator[str]:
    """URL of the API over `database`, for guests to look around, as long as the block lasts."""
    port = free_port()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(database, port))
    process.start()
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _answers(url), "the API answers")
        yield url
    finally:
        process.terminate()
        process.join(10)


def _serve(database: str, port: int) -> None:
    with ConnectionPool(database, min_size=2, max_size=8, open=True) as pool:
        services = Services(
            pool=pool,
            submit=Inbox().submit,
            now=lambda: time.time_ns() // 1_000,
            guests=(Grant("observer"),),
        )
        make_server(services, port=port).run()


def _answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
