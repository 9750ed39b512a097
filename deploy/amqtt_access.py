"""mosquitto's password and access files, read for the fallback broker amqtt."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from amqtt.contexts import Action
from amqtt.plugins.base import BaseTopicPlugin

from ingest.broker_access import OWN
from ingest.broker_password import fits
from ingest.topics import Topic


class Access:
    """Who comes in, and who may write what; `read` again when the files have changed."""

    def __init__(self, passwords: Path, acl: Path) -> None:
        self._passwords, self._acl = passwords, acl
        self.read()

    def read(self) -> None:
        lines = self._passwords.read_text(encoding="utf-8").splitlines()
        self._hashes = dict(line.rsplit(":", 1) for line in lines)
        self._writes: dict[str, list[re.Pattern[str]]] = {}
        user = ""
        for line in self._acl.read_text(encoding="utf-8").splitlines():
            word, _, rest = line.partition(" ")
            if word == "user":
                user = rest
            elif word == "topic" and rest.startswith("write "):
                pattern = Topic(filter=rest.removeprefix("write ")).pattern()
                self._writes.setdefault(user, []).append(re.compile(pattern, re.DOTALL))

    def may_enter(self, name: str | None, password: str | None) -> bool:
        hashed = self._hashes.get(name or "")
        return hashed is not None and password is not None and fits(password, hashed)

    def may_write(self, name: str | None, topic: str) -> bool:
        return any(pattern.fullmatch(topic) for pattern in self._writes.get(name or "", ()))

    def may_read(self, name: str | None) -> bool:
        """Return whether it is us: nobody else has anything to read."""
        return name == OWN

    def session_name(self, name: str, asked: str) -> str:
        """Return the name of a client's session: its account's, so that nobody takes another's."""
        return asked if name == OWN else name


class OwnTopics(BaseTopicPlugin):  # type: ignore[misc]  # amqtt is untyped
    """Asks the access list for what amqtt itself handles: subscriptions."""

    access: Access

    async def topic_filtering(self, *, session: Any, topic: str, action: Action) -> bool:
        if action is Action.PUBLISH:
            return self.access.may_write(session.username, topic)
        return self.access.may_read(session.username)
