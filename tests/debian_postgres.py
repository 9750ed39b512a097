"""A server of the PostgreSQL that Debian ships, where it is installed: an older one than ours."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=Path("/none")).parent
SETTINGS = (
    "listen_addresses = ''\nfsync = off\nmax_connections = 100\nmax_locks_per_transaction = 256\n"
)


def is_installed() -> bool:
    return PROGRAMS.is_dir()


@contextmanager
def running() -> Iterator[str]:
    """Yield the URL of a server on a socket of its own; it refuses to run as root."""
    who: dict[str, Any] = {}
    with TemporaryDirectory(prefix="lifeline-debian-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            account = pwd.getpwnam("nobody")
            shutil.chown(folder, account.pw_uid, account.pw_gid)
            who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}

        def run(program: str, *options: str) -> None:
            line = [str(PROGRAMS / program), "-D", str(folder / "data"), *options]
            subprocess.run(line, cwd=folder, check=True, stdout=subprocess.DEVNULL, **who)

        run("initdb", "-U", "lifeline", "--auth=trust", "--encoding=UTF8", "--locale=C")
        with (folder / "data" / "postgresql.conf").open("a") as settings:
            settings.write(f"{SETTINGS}unix_socket_directories = '{folder}'\n")
        run("pg_ctl", "start", "-w", "-l", str(folder / "log"))
        try:
            yield f"postgresql://lifeline@/postgres?host={folder}"
        finally:
            run("pg_ctl", "stop", "-m", "immediate")
