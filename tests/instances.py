"""Instances of the software that exchange cases: each a database, a server and its thread."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Thread
from typing import Any

import pytest
from psycopg.rows import dict_row
from psycopg.sql import SQL
from psycopg_pool import ConnectionPool
from put_case import DEPARTMENTS
from story import AT, CITY, GAS, WATER

from api.server import make_server
from api.services import Services
from cases.exchange import Peer
from deploy.delivering import Delivering
from deploy.exchanging import Exchange
from deploy.webhooks import Webhooks
from store import exchange
from store.database import Connection, connect
from store.outbox import name_instance


class Instance:
    """One instance on a database of its own; may be stopped and started again."""

    def __init__(self, name: str, url: str, peers: Sequence[Peer], seed: int) -> None:
        self.name, self.database, self.peers, self.seed = name, url, peers, seed
        self.connection = connect(url, autocommit=True)
        name_instance(self.connection, name)
        self.connection.execute(SQL(DEPARTMENTS).format(water=WATER, gas=GAS))
        self.steps = 0

    def now(self) -> datetime:
        """Casework goes on a minute a step."""
        return AT + timedelta(minutes=self.steps)

    def start(self) -> int:
        """Start the server and the thread; return the server's port."""
        self._stack = ExitStack()
        pool = self._stack.enter_context(
            ConnectionPool[Connection](
                self.database, min_size=1, max_size=6, open=True,
                check=ConnectionPool.check_connection, kwargs={"options": "-c TimeZone=UTC"},
            )
        )  # fmt: skip
        services = Services(
            pool,
            lambda _: pytest.fail("no readings are sent"),
            lambda: round(self.now().timestamp() * 1e6),
            instance=self.name,
            peers={peer.name: peer for peer in self.peers},
            city=CITY,
        )
        names = [peer.name for peer in self.peers]

        def wall() -> datetime:
            return datetime.now(UTC)

        webhooks = Webhooks(
            wall, self.name, (), timedelta(days=3), timedelta(days=30), Random(self.seed),
            lambda c, events: exchange.tell(c, events, names), idle=0.01,
        )  # fmt: skip
        talks = Exchange(
            self.name,
            self.peers,
            CITY,
            wall,
            self.now,
            Random(self.seed),
            idle=0.01,
            first_pause=0.01,
        )
        with pool.connection() as connection:
            exchange.know(connection, names)
        self._delivering = Delivering(pool, [webhooks, talks])
        self._server = make_server(services, port=0)
        self._serving = Thread(target=self._server.run)
        self._serving.start()
        while not self._server.started:
            self._serving.join(0.01)
        self._delivering.start()
        return self._server.port

    def stop(self) -> None:
        self._delivering.stop()
        self._server.should_exit = True
        self._serving.join()
        self._stack.close()

    def end_sessions(self) -> None:
        """Let the database drop everything that is at work but this, in the middle of it."""
        self.connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query.encode(), values).fetchall()

    def counts(self, peer: str) -> tuple[int, int, int, int]:
        """Return what waits to be sorted, was sent, is acknowledged, was received."""
        [row] = self.rows(
            "SELECT (SELECT count(*) FROM outbox WHERE sorted IS NULL) AS waits,"
            " sent, acknowledged, received FROM peers WHERE name = %(peer)s",
            peer=peer,
        )
        return row["waits"], row["sent"], row["acknowledged"], row["received"]


def are_quiet(one: Instance, other: Instance) -> bool:
    """Return whether each has everything of the other."""
    mine, theirs = one.counts(other.name), other.counts(one.name)
    return (
        mine[0] == theirs[0] == 0
        and mine[1] == mine[2] == theirs[3]
        and theirs[1] == theirs[2] == mine[3]
    )


def wait_until_quiet(one: Instance, other: Instance) -> None:
    while not (are_quiet(one, other) and are_quiet(one, other)):
        one.connection.execute("SELECT pg_sleep(0.02)")
