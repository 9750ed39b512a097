"""Databases for tests: one server a run, one fresh database a test, made from a template.

The tests of the store run on Debian's PostgreSQL too where it is installed, and on the
servers that `LIFELINE_TEST_DATABASES` names by URLs with commas between. With
`LIFELINE_NOTHING_SKIPS` set a skipped test has failed: there nothing that can be installed
may be missing. Recorded data beside the checkout cannot, so its tests may still be skipped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import debian_postgres
import psycopg
import pytest
from browser import Visits, launched
from databases import copied, new_name
from hypothesis import settings
from psycopg.conninfo import make_conninfo

from deploy.embedded_postgres import start
from store.database import Connection, connect, migrate

GIVEN = [url for url in os.environ.get("LIFELINE_TEST_DATABASES", "").split(",") if url]
SERVERS = {"embedded": "", **{f"given{n}": url for n, url in enumerate(GIVEN, 1)}}
if debian_postgres.is_installed():
    SERVERS["debian"] = ""
STORE = Path(__file__).parent / "store"

# The same examples in every run, and no verdict by the clock: a busy machine fails nothing.
# `--hypothesis-profile=explore` looks for new ones.
settings.register_profile("explore", deadline=None)
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Only the store cares which server it is on: its tests alone run on every one."""
    items[:] = [
        item
        for item in items
        if STORE in item.path.parents
        or getattr(item, "callspec", None) is None
        or item.callspec.params.get("server_url", "embedded") == "embedded"
    ]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report: pytest.TestReport = yield
    if (
        report.skipped
        and not hasattr(report, "wasxfail")
        and "LIFELINE_NOTHING_SKIPS" in os.environ
        and "shared_data" not in item.fixturenames
    ):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be: {report.longrepr}"
    return report


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder for servers.

    Not below pytest's own: each run of pytest closes that to other accounts, and a server
    started by root runs under another.
    """
    with TemporaryDirectory(prefix="lifeline-tests-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def embedded_url() -> Iterator[str]:
    """URL of an embedded server that lives as long as the test run."""
    with TemporaryDirectory(prefix="lifeline-tests-") as folder:  # see open_folder
        server = start(folder)
        with psycopg.connect(server.url, autocommit=True) as connection:
            # Nobody pulls the plug of a test; tests/store/test_crash.py has its own server.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server.url
        server.stop()


@pytest.fixture(scope="session")
def debian_url() -> Iterator[str]:
    """URL of a server of Debian's PostgreSQL that lives as long as the test run."""
    with debian_postgres.running() as url:
        yield url


@pytest.fixture(scope="session", params=list(SERVERS))
def server_url(request: pytest.FixtureRequest) -> str:
    """URL of a server on which databases may be created: the embedded one, then others."""
    return SERVERS[request.param] or str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """Name of a migrated, empty database."""
    name = new_name("template")
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        with connect(make_conninfo(server_url, dbname=name)) as connection:
            migrate(connection)
        # TimescaleDB's workers connect to every database, and a busy one is no template.
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        yield name
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database_url(server_url: str, template: str) -> Iterator[str]:
    """URL of a migrated, empty database of this test's own."""
    with copied(server_url, template) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Connection]:
    """A session on this test's own database."""
    with connect(database_url) as connection:
        yield connection


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recorded data beside the checkout; skips the test where there is none."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no recorded data at {folder}")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium; for the tests of one file, because of what launched() says."""
    with launched() as browser:
        yield browser


@pytest.fixture
def visits(browser: Any) -> Iterator[Visits]:
    """Opens pages; at the end none may have had a fault, nor asked another host."""
    visits = Visits(browser)
    yield visits
    visits.end()
