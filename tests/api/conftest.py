"""The API over a watched city in a real database, on every server that is there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count
from queue import Queue

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg.conninfo import make_conninfo
from psycopg_pool import ConnectionPool
from watched_city import NOW, build

from api.app import create_app
from api.services import Health, Services
from deploy.link import Link
from deploy.worker import Storing
from ingest.inbox import Inbox
from ingest.registry import Registry
from store.channels import channels
from store.database import connect
from store.states import intern, states

numbers = count(1)


@contextmanager
def copied(server_url: str, template: str) -> Iterator[str]:
    name = f"lifeline_city_{os.getpid()}_{next(numbers)}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield make_conninfo(server_url, dbname=name)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


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
def stored(url: str) -> Iterator[TestClient]:
    """A client whose intake is stored."""
    link = Link(url)
    with served(url) as (services, inbox), opened(services) as client:
        registry = Registry(channels(link.get()), states(link.get()), partial(intern, link.get()))
        storing = Storing(inbox, registry, link, Queue(64), services.now(), services.now)
        storing.start()
        yield client
        inbox.close()
        storing.join(10)


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


@pytest.fixture(scope="session")
def unstored(server_url: str, city: str) -> Iterator[TestClient]:
    """A client on a city where nobody stores what comes in."""
    with copied(server_url, city) as url, served(url) as (services, _):
        yield opened(replace(services, intake_timeout=timedelta(milliseconds=50), largest_body=999))
