"""The rules that judge a channel now."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from psycopg_pool import ConnectionPool

from rules.limits import Watch, watching
from rules.pack import from_store
from rules.schema import Rule
from store.channels import channels
from store.rule_versions import standing, standing_names
from store.views import at_once

#: A version is what its hash says, so it is read once: all rules together take half a second.
_read: WeakKeyDictionary[ConnectionPool[Any], dict[tuple[str, str], Rule]] = WeakKeyDictionary()


def watchers(pool: ConnectionPool[Any], device: str, channel: str) -> list[Watch]:
    """Return the rules in force that judge a channel; of a device out of service, none."""
    known = _read.setdefault(pool, {})
    with at_once(pool) as connection:
        found = [each for each in channels(connection, device) if each.id == channel]
        names = standing_names(connection) if found else []
        if not known.keys() >= set(names):
            for version in standing(connection):
                [known[version.rule, version.version]] = from_store([version[:4]])
    return watching((known[name] for name in names), found[0]) if found else []
