"""The API over a watched city in a real database, on every server that is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from hashlib import sha256
from threading import Thread
from typing import Any

import psycopg
import pytest
from browser import Visits
from databases import copied
from everything import EVERYTHING
from fastapi.testclient import TestClient
from psycopg_pool import ConnectionPool
from watched_city import NOW, build

from api.app import create_app
from api.server import make_server
from api.services import Health, Services
from cases.exchange import Peer
from cases.signature import secret_of
from deploy.handover import Handover
from deploy.link import Link
from deploy.storing import Storing
from ingest.inbox import Inbox
from ingest.registry import Registry
from store.access import Grant
from store.channels import channels
from store.database import connect
from store.states import intern, states


@pytest.fixture(scope="session")
def city(server_url: str, template: str) -> Iterator[str]:
    """Name of a database with the watched city, which nobody uses: it is there to be copied."""
    with copied(server_url, template) as url:
        with connect(url) as connection:
            build(connection)
        yield str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])


@pytest.fixture
def own_city(server_url: str, city: str) -> Iterator[str]:
    """URL of a watched city of this test's own."""
    with copied(server_url, city) as url:
        yield url


@contextmanager
def served(url: str) -> Iterator[tuple[Services, Inbox]]:
    """The services over the database at `url`; the inbox is drained by nobody yet."""
    inbox = Inbox()
    with ConnectionPool(url, min_size=1, max_size=4, timeout=5, open=True) as pool:
        yield (
            Services(
                pool=pool,
                submit=inbox.submit,
                now=lambda: int(NOW.timestamp() * 1e6),
                peers={"district": Peer("district", secret_of(bytes(32)))},
                open311_keys={"citizens' app": sha256(b"xyz").hexdigest()},
                guests=EVERYTHING,
                health={"backlog": lambda: Health(len(inbox) < 10, f"{len(inbox)} wait")},
            ),
            inbox,
        )


def opened(services: Services) -> TestClient:
    return TestClient(create_app(services), raise_server_exceptions=False)


@pytest.fixture(scope="session")
def client(server_url: str, city: str) -> Iterator[TestClient]:
    """A client for tests that only read."""
    with copied(server_url, city) as url, served(url) as (services, _), opened(services) as client:
        yield client


@contextmanager
def stored(url: str, guests: tuple[Grant, ...] = EVERYTHING) -> Iterator[TestClient]:
    """A client whose intake is stored."""
    link = Link(url)
    with (
        served(url) as (services, inbox),
        opened(replace(services, guests=guests)) as client,
    ):
        registry = Registry(channels(link.get()), states(link.get()), partial(intern, link.get()))
        nobody_judges = Handover()
        nobody_judges.fail(True)
        storing = Storing(
            inbox, registry, link, nobody_judges, services.now(), services.now, lambda: None
        )
        storing.start()
        yield client
        inbox.close()
        storing.join(10)


@pytest.fixture(scope="module")
def module_client(server_url: str, city: str) -> Iterator[TestClient]:
    """A client on a city of a module's own, whose tests make much of it beforehand."""
    with copied(server_url, city) as url, served(url) as (services, _), opened(services) as client:
        yield client


@pytest.fixture(scope="session")
def sender(server_url: str, city: str) -> Iterator[TestClient]:
    """A client for tests that send readings, each of devices of its own."""
    with copied(server_url, city) as url, stored(url) as client:
        yield client


@pytest.fixture
def own_client(own_city: str) -> Iterator[TestClient]:
    """A client on a city of this test's own, for tests that change it."""
    with stored(own_city) as client:
        yield client


@pytest.fixture
def own_services(own_city: str) -> Iterator[Services]:
    """The services over a city of this test's own, for tests that serve them otherwise."""
    with served(own_city) as (services, _):
        yield services


@pytest.fixture
def guarded(own_city: str) -> Iterator[tuple[TestClient, str]]:
    """A client of a city where guests may do nothing, and the URL of its database."""
    with served(own_city) as (services, _), opened(replace(services, guests=())) as client:
        yield client, own_city


@pytest.fixture
def stored_guarded(own_city: str) -> Iterator[TestClient]:
    """A client whose intake is stored, of a city where guests may do nothing."""
    with stored(own_city, guests=()) as client:
        yield client


@pytest.fixture(scope="module")
def module_guarded(server_url: str, city: str) -> Iterator[tuple[TestClient, str]]:
    """As `guarded`, for a module whose tests leave no trace that others mind."""
    with (
        copied(server_url, city) as url,
        served(url) as (services, _),
        opened(replace(services, guests=())) as client,
    ):
        yield client, url


@pytest.fixture(scope="session")
def unstored(server_url: str, city: str) -> Iterator[TestClient]:
    """A client on a city where nobody stores what comes in."""
    with copied(server_url, city) as url, served(url) as (services, _):
        yield opened(replace(services, intake_timeout=timedelta(milliseconds=50), largest_body=999))


class Running:
    """The API on a real server on a free port, in a thread of its own."""

    def __init__(self, services: Services, url: str) -> None:
        self.database_url = url
        self.server = make_server(services, port=0)
        self.thread = Thread(target=self.server.run)
        self.thread.start()
        self.until(lambda: self.server.started)
        self.url = f"http://127.0.0.1:{self.server.port}"

    def until(self, holds: Callable[[], object]) -> None:
        for _ in range(2_000):
            if holds():
                return
            self.thread.join(0.01)
        raise TimeoutError

    def wait_until_it_listens(self) -> None:
        """Until the first `reset`, which it sends to itself when LISTEN stands."""
        self.until(lambda: self.server.live.last > 0)

    def end_sessions_of_the_database(self) -> None:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(20)
        assert not self.thread.is_alive()


@pytest.fixture
def server(own_city: str) -> Iterator[Running]:
    with served(own_city) as (services, _):
        running = Running(services, own_city)
        yield running
        running.stop()


@pytest.fixture
def console(server: Running, visits: Visits) -> Callable[..., Any]:
    """Opens the console on a watched city of this test's own: `console("#/cases")` is a page."""
    return partial(visits, server.url)


@pytest.fixture(scope="session")
def serving() -> Callable[..., Any]:
    """As a block: the API over the database at a URL, its services changed; gives its address."""

    @contextmanager
    def serving(
        url: str, change: Callable[[Services], Services] = lambda given: given
    ) -> Iterator[str]:
        with served(url) as (services, _):
            running = Running(change(services), url)
            try:
                yield running.url
            finally:
                running.stop()

    return serving
