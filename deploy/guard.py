"""Watches over the embedded database and broker, which nobody else would start again."""

from __future__ import annotations

import logging
from pathlib import Path
from threading import Event, Thread

import psutil

from deploy import embedded_postgres
from deploy.broker import Broker, BrokerFailed, Entrance, start_broker
from deploy.embedded_postgres import EmbeddedPostgresError

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0  #: [s]


def is_alive(process: psutil.Process) -> bool:
    """Return whether it runs still: its number may be another's by now, or a zombie's."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Guard:
    """Starts what was killed again: same folder, same address, so that clients find it.

    `database` and `broker` are the folders of those that are embedded, None for those that
    are not. Raises, when made, what their start raises.
    """

    def __init__(
        self,
        database: Path | None,
        broker: Path | None,
        port: int,
        entrance: Entrance | None = None,
    ) -> None:
        self._folder, self._broker_folder, self._entrance = database, broker, entrance
        self._servers: list[embedded_postgres.Server] = []
        self.broker: Broker | None = None
        self._watched: dict[str, psutil.Process] = {}
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="guard", daemon=True)
        try:
            if database is not None:
                self._start_database(database)
            if broker is not None:
                self._start_broker(broker, port)
        except BaseException:
            self._let_go()
            raise

    @property
    def database(self) -> str:
        """URL of the embedded database; there is one only if it was asked for."""
        return self._servers[-1].url

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the broker, and the database unless another process uses it."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        if self.broker is not None:
            self.broker.stop()
        self._let_go()

    def _let_go(self) -> None:
        for server in self._servers:
            server.stop()

    def _start_database(self, folder: Path) -> None:
        server = embedded_postgres.start(folder)
        self._servers.append(server)
        self._watched["database"] = psutil.Process(server.pid)

    def _start_broker(self, folder: Path, port: int) -> None:
        self.broker = start_broker(folder, port, entrance=self._entrance)
        self._entrance = self.broker.entrance  # by the same door again
        self._watched["broker"] = psutil.Process(self.broker.pid)

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_EVERY):
            try:
                self._look()
            except (BrokerFailed, EmbeddedPostgresError, psutil.NoSuchProcess) as why:
                log.warning("%s; trying again", why)

    def _look(self) -> None:
        if self._folder is not None and not is_alive(self._watched["database"]):
            log.warning("the embedded database has ended; starting it again")
            self._start_database(self._folder)
        if self._broker_folder and self.broker and not is_alive(self._watched["broker"]):
            log.warning("the embedded broker has ended; starting it again")
            self._start_broker(self._broker_folder, int(self.broker.url.rpartition(":")[2]))
