"""Who may publish where, as mosquitto's access list says it, made from the topic filters.

A device may write what a filter has for `{device}` with its name there, a gateway also what it has
for the devices behind it. Nobody but us may read, and we write nothing but drills. A filter without
`{device}` gives nobody anything: it does not say whose its topics are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ingest.topics import Topic

HEAD = "# Written by Lifeline from its devices; a change by hand is lost with the next one there.\n"
OWN = "lifeline"  #: our own account at the embedded broker
DRILLS = "drill"  #: the tree of what drills play
#: What would be more than one level of a topic, a wildcard, or the end of a line, also to us.
UNFIT = re.compile(r"[/+#{}\x00-\x1f\x7f-\x9f\u2028\u2029]|^\s|\s$|^$|^.{201,}$", re.DOTALL)


class UnfitName(ValueError):
    """A device of this name cannot have an account at a broker; says why."""


class Holder(NamedTuple):
    """Somebody with an account at the broker; `hashed` is None if a certificate proves the name."""

    device: str
    hashed: str | None
    behind: Sequence[str] = ()  #: devices that it speaks for beside itself


def check_name(device: str, own: str) -> None:
    """Raise UnfitName where `device` cannot be a name at the broker; `own` is ours."""
    if UNFIT.search(device) or ":" in device:
        raise UnfitName(
            f"{device!r} cannot have an account at a broker: a name there has at most 200"
            " characters and no / + # { } :, no control character, and no space at its ends"
        )
    if device in (own, DRILLS):
        raise UnfitName(f"{device} is a name of our own at the broker: call the device otherwise")


def access_list(topics: Sequence[Topic], own: str, holders: Iterable[Holder]) -> str:
    """Return the text of an access list: what each holder may write, and that `own` may read.

    The devices of drills, which `own` plays, are in a tree that nobody else may write.
    """
    lines = [HEAD, f"user {own}", *(f"topic read {topic.subscription}" for topic in topics)]
    lines += [f"topic {may} {DRILLS}/#" for may in ("read", "write")]
    for holder in holders:
        lines += ["", f"user {holder.device}"]
        for name in (holder.device, *holder.behind):
            lines += _writes(topics, name)
    return "\n".join(lines) + "\n"


def password_file(holders: Iterable[Holder]) -> str:
    return "".join(f"{one.device}:{one.hashed}\n" for one in holders if one.hashed is not None)


def _writes(topics: Sequence[Topic], device: str) -> Iterator[str]:
    if UNFIT.search(device):
        yield f"# {device[:200]!r} is no level of a topic"
        return
    for topic in topics:
        if "{device}" in topic.filter:
            yield f"topic write {topic.filter.replace('{device}', device)}"
