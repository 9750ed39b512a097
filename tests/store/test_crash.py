"""What was acknowledged is there, whatever is killed and whenever."""

import os
import random
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import psycopg
import pytest
from intakes import add_channels, intake, readings, stored_values

from deploy.embedded_postgres import EmbeddedPostgresError, Server, start
from store.database import connect, migrate
from store.readings import Writer


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="lifeline-crash-") as folder:
        yield Path(folder)


def kill(server: Server) -> None:
    os.kill(server.pid, signal.SIGKILL)


def prepared(folder: Path) -> Server:
    server = start(folder)
    with connect(server.url) as connection:
        migrate(connection)
        add_channels(connection, 5)
    return server


def store_until_killed(url: str, first: int, stored: list[int], enough: threading.Event) -> None:
    """Store drain after drain of five readings; note each one whose commit returned."""
    with connect(url) as connection:
        writer = Writer(connection)
        for drain in range(first, first + 100_000):
            rows = [(channel, float(drain), 1.0) for channel in range(1, 6)]
            try:
                writer.store(intake(readings(*rows, received=drain)))
            except psycopg.OperationalError:
                return
            stored.append(drain)
            if len(stored) % 30 == 0:
                enough.set()


def test_readings_whose_commit_returned_survive_kill_9_of_the_database(folder: Path):
    seeded = random.Random(7)
    stored: list[int] = []
    server = prepared(folder)
    for life in range(3):
        enough = threading.Event()
        thread = threading.Thread(
            target=store_until_killed, args=(server.url, life * 100_000, stored, enough)
        )
        thread.start()
        assert enough.wait(60)
        if seeded.random() < 0.5:  # a backend killed takes all others down with it
            busy = psutil.Process(server.pid).children()
            psutil.Process(next(p.pid for p in busy if "lifeline" in p.cmdline()[0])).kill()
        kill(server)
        thread.join()
        server.stop()
        server = start(folder)
    with connect(server.url) as connection:
        found = {int(second) for _, second, _ in stored_values(connection)}
        rows = len(stored_values(connection))
    server.stop()
    assert found >= set(stored)
    assert len(found) <= len(stored) + 3  # a commit may happen and its answer be lost
    assert rows == 5 * len(found)


def test_a_server_that_outlived_its_process_is_used_again(folder: Path):
    first = start(folder)
    first._share.close()  # what the kernel does for a process killed
    second = start(folder)
    assert second.pid == first.pid
    second.stop()
    assert not psutil.pid_exists(first.pid) or is_zombie(first.pid)


def is_zombie(pid: int) -> bool:
    return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_the_server_runs_until_the_last_user_lets_go(folder: Path):
    first, second = start(folder), start(folder)
    assert first.pid == second.pid
    first.stop()
    first.stop()
    with psycopg.connect(second.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    second.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(second.url)


def test_a_server_killed_a_moment_ago_is_not_taken_for_alive(folder: Path):
    for _ in range(3):
        server = start(folder)
        kill(server)
        server._share.close()
    server = start(folder)
    with psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.stop()


def test_a_pid_file_that_names_another_living_process_is_stale(folder: Path):
    server = start(folder)
    lines = (folder / "data/postmaster.pid").read_text().splitlines()
    kill(server)
    server.stop()
    (folder / "data/postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    server = start(folder)
    server.stop()


def test_a_half_made_cluster_is_made_anew(folder: Path):
    (folder / "data.new/base").mkdir(parents=True)
    (folder / "data.new/PG_VERSION").write_text("18\n")
    server = start(folder)
    server.stop()


def test_a_deep_folder_works(folder: Path):
    deep = folder / ("deep" * 30) / ("down" * 30)
    server = start(deep)
    with psycopg.connect(server.url) as connection:
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
    server.stop()


def test_on_a_port_it_asks_for_the_password(folder: Path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    server = start(folder, port)
    with psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("lifeline",)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://lifeline:guess@127.0.0.1:{port}/lifeline")
    with pytest.raises(EmbeddedPostgresError, match="already runs"):
        start(folder, port + 1)
    server.stop()


def test_a_cluster_of_another_version_is_refused(folder: Path):
    server = start(folder)
    server.stop()
    (folder / "data/PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedPostgresError, match="PostgreSQL 16"):
        start(folder)
