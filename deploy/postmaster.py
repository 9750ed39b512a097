"""The process that serves a cluster: found, waited for, stopped, and cleared away when killed.

Its file `postmaster.pid` may be left over, and the number in it now another process's, or a
zombie's where nobody reaps: PostgreSQL itself would refuse to start in both cases.
"""

from __future__ import annotations

import signal
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Final

import psutil
import psycopg

NAME: Final = "lifeline"  #: of the superuser, of the database, and of the account when we are root
TEMPORARY: Final = Path("/tmp")  #: for the socket of a deep folder: TMPDIR may be deep itself


def pid_file(data: Path) -> tuple[int, int, str]:
    """Return pid, port and socket folder of the postmaster, as it wrote them down."""
    lines = (data / "postmaster.pid").read_text().splitlines()
    return int(lines[0]), int(lines[3]), lines[4]


def _postmaster(data: Path) -> int | None:
    """Return the pid of the postmaster that serves `data`, None if there is none."""
    with suppress(OSError, IndexError, ValueError, psutil.NoSuchProcess):
        process = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
        if _lives(process) and _serves(process, data):
            return process.pid
    return None


def runs(data: Path) -> bool:
    """Whether there is a server to join; one that is just ending is waited out."""
    pid = _postmaster(data)
    if pid is None:
        return False
    with suppress(psutil.NoSuchProcess, OSError, IndexError):
        process = psutil.Process(pid)
        stopping = "stopping" in (data / "postmaster.pid").read_text()
        if stopping or not _answers(data):
            _ended([process], seconds=60)
    return _postmaster(data) is not None


def _answers(data: Path) -> bool:
    """Whether the postmaster still speaks; one that was just killed may seem alive a moment."""
    _, port, sockets = pid_file(data)
    try:
        psycopg.connect(host=sockets, port=port, user=NAME, dbname=NAME, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        return "FATAL" in str(error)  # it is starting up, in recovery, or full
    return True


def _serves(process: psutil.Process, data: Path) -> bool:
    try:
        return "postgres" in process.name() and Path(process.cwd()).samefile(data)
    except (OSError, psutil.AccessDenied, psutil.NoSuchProcess):
        return False  # what we may not look at is another account's, and serves another folder


def bury(data: Path) -> None:
    """Clear what a killed postmaster left: its files, and backends that do not know yet."""
    if not (data / "postmaster.pid").exists():
        return
    left = [process for process in psutil.process_iter() if _serves(process, data)]
    if not _ended(left, seconds=5):
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        _ended(left, seconds=5)
    with suppress(IndexError, ValueError):
        _clear(Path(pid_file(data)[2]))
    (data / "postmaster.pid").unlink()


def _clear(sockets: Path) -> None:
    """Remove socket and lock file: they too bear a pid that may be another's by now."""
    for path in sockets.glob(".s.PGSQL.*"):
        path.unlink()
    if sockets.parent == TEMPORARY:
        sockets.rmdir()


def _ended(processes: list[psutil.Process], seconds: float) -> bool:
    """Wait until all have ended; a zombie has, whether somebody reaps it or not."""
    until = monotonic() + seconds
    while any(_lives(process) for process in processes):
        if monotonic() > until:
            return False
        sleep(0.01)
    return True


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def stop_postmaster(folder: Path) -> None:
    pid = _postmaster(folder / "data")
    if pid is None:
        return
    sockets = Path(pid_file(folder / "data")[2])
    process = psutil.Process(pid)
    process.send_signal(signal.SIGINT)  # "fast": ends sessions, writes a checkpoint
    if not _ended([process], seconds=60):
        process.send_signal(signal.SIGQUIT)  # "immediate": recovery at the next start
        _ended([process], seconds=5)
    _clear(sockets)
