"""The files that say who may come in to the embedded broker, made from the registry."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from ingest.broker_access import OWN, Holder, access_list, password_file
from ingest.broker_password import fits, hash_of, new_secret
from ingest.topics import Topic
from store.database import Connection, connect
from store.device_credentials import holders

log = logging.getLogger(__name__)


def write_secretly(path: Path, text: str) -> None:
    """Put `text` at `path`, whole or not at all, for our own account to read only."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)


class Admission:
    """Keeps `passwords` and `acl` in the broker's folder as the registry has them.

    Our own password is made once and kept there too. What the last run wrote stands until the
    database is there: a broker that starts before it lets the same devices in.
    """

    def __init__(self, folder: Path, topics: Sequence[Topic]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.passwords, self.acl = folder / "passwords", folder / "acl"
        self._topics = topics
        kept = folder / "own_password"
        if not kept.exists():
            write_secretly(kept, new_secret())
            self.passwords.unlink(missing_ok=True)
        self.own_password = kept.read_text(encoding="utf-8")
        self._own = Holder(OWN, self._own_hash())
        if not (self.passwords.exists() and self.acl.exists()):
            self._write([])

    def renew(self, connection: Connection) -> bool:
        """Write the files as the registry is now; return whether anything changed."""
        return self._write(holders(connection))

    def watch(self, url: str, changed: Callable[[], None]) -> None:
        """Renew from the database at `url`, and have the broker told of what changed."""
        with connect(url) as connection:
            if self.renew(connection):
                log.info("who may publish has changed; the broker reads it anew")
                changed()

    def _own_hash(self) -> str:
        """Return the hash that stands, while it is right: another salt would be a change."""
        if self.passwords.exists():
            line = self.passwords.read_text(encoding="utf-8").partition("\n")[0]
            if fits(self.own_password, line.removeprefix(f"{OWN}:")):
                return line.removeprefix(f"{OWN}:")
        return hash_of(self.own_password)

    def _write(self, accounts: Sequence[Holder]) -> bool:
        former = [
            path.read_text(encoding="utf-8") if path.exists() else ""
            for path in (self.acl, self.passwords)
        ]
        wanted = [
            access_list(self._topics, OWN, accounts),
            password_file([self._own, *accounts]),
        ]
        if wanted == former:
            return False
        # First who may write what: nobody comes in before it is known where he may write.
        for path, text in zip((self.acl, self.passwords), wanted, strict=True):
            write_secretly(path, text)
        return True
