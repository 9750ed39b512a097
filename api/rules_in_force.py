"""The rules that judge a channel now."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from psycopg_pool import ConnectionPool

from rules.limits import Watch, watching
from rules.pack import from_store
from rules.schema import Rule
from store.channels import channels
from store.rule_versions import present

#: A version is what its hash says, so it is read once: all rules together take half a second.
_read: WeakKeyDictionary[ConnectionPool[Any], dict[tuple[str, str], Rule]] = WeakKeyDictionary()


def watchers(pool: ConnectionPool[Any], device: str, channel: str) -> list[Watch]:
    """Return the rules in force that judge a channel; of a device out of service, none."""
    known = _read.setdefault(pool, {})
    with pool.connection() as connection:
        found = [each for each in channels(connection, device) if each.id == channel]
        versions = [version for version in present(connection) if not version.shadow]
    if not found:
        return []
    for version in versions:
        if (version.rule, version.version) not in known:
            [rule] = from_store([version[:4]])
            known[version.rule, version.version] = rule
    return watching((known[each.rule, each.version] for each in versions), found[0])
