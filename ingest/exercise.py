"""What belongs to a drill and can belong to nothing else: a name space, and a tree of topics.

A drill's devices publish on `drill/<number>/` and then as any device does. Whatever name their
messages give is taken for one within the drill: no message of a drill can be of a live device,
and no live message of a drill's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ingest.columns import Columns
from ingest.message import Message, Reject

#: Stands above the topics that a source listens to, on the same broker.
TREE = "drill/+/"
_NAME = re.compile(r"drill-([1-9]\d{0,8})\.")
_TOPIC = re.compile(r"drill/([1-9]\d{0,8})/")


def namespace(drill: int) -> str:
    """Return what every name of a drill begins with: devices, channels, components, places."""
    return f"drill-{drill}."


def within(drill: int, name: str) -> str:
    """Return `name` as one of the drill."""
    space = namespace(drill)
    return name if name.startswith(space) else space + name


def outside(name: str) -> str:
    """Return a name of a drill as it is called within it, and any other as it is."""
    return _NAME.sub("", name, count=1) if name.startswith("drill-") else name


def drill_of_name(name: str) -> int | None:
    """Return whose name it is, None for a live one."""
    found = _NAME.match(name)
    return int(found[1]) if found else None


def drill_of_topic(topic: str) -> int | None:
    """Return the drill that a topic belongs to, None for a live one."""
    if not topic.startswith("drill/"):
        return None
    found = _TOPIC.match(topic)
    return int(found[1]) if found else None


def drills_of(messages: Sequence[Message]) -> NDArray[np.int64]:
    """Return (messages,) the drill that each belongs to, 0 for live ones."""
    return np.array([drill_of_topic(one.topic) or 0 for one in messages], dtype=np.int64)


def named_within(messages: Sequence[Message], drills: NDArray[np.int64]) -> Sequence[Message]:
    """Return the messages, the sender that a drill's topic or request names being the drill's."""
    if not drills.any():
        return messages
    return [
        replace(one, device=within(drill, one.device)) if drill and one.device else one
        for one, drill in zip(messages, drills.tolist(), strict=True)
    ]


def addressed_within(columns: Columns, drills: NDArray[np.int64]) -> None:
    """Let every name that a drill's message gives be one of the drill."""
    for row in np.flatnonzero(drills).tolist():
        device, name = columns.address[row]
        columns.address[row] = (within(int(drills[row]), device), name)


def of_own_drill(
    columns: Columns,
    message: NDArray[np.int32],
    channel: NDArray[np.int32],
    drills: NDArray[np.int64],
    exercise: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Return (rows,) which readings their message may bring; the others are rejected.

    drills   : (rows,) the drill of each row's message, 0 for live ones
    exercise : by channel number, the drill that it belongs to
    """
    own = np.ones(len(message), dtype=np.bool_)
    if len(exercise):
        own &= (channel < 0) | (exercise[channel] == drills)
    for row in np.flatnonzero((channel < 0) & (drills == 0)).tolist():
        own[row] = drill_of_name(columns.address[row][0]) is None
    for row in np.flatnonzero(~own).tolist():
        device, name = columns.address[row]
        columns.rejects.append(
            Reject(
                int(message[row]),
                f'"{device[:60]}" is a device of a drill: it is heard on the drill\'s own topics',
                {"device": device, "name": name},
            )
        )
    return own
