"""Who may send what: a device its own readings, a gateway also those of the devices behind it.

MQTT does not say who published. The broker's access list keeps a device to its own topics; that
a payload names no other device than its topic does is what can be checked here, and is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ingest.columns import Columns
from ingest.message import Message, Reject
from ingest.registry import NO_SENDER, STRANGER, Registry

MOST_NAMED = 3  #: devices that the reason of one message names


@dataclass(slots=True)
class _Foreign:
    """What one message holds of others: their names in order, and how many of its rows."""

    devices: dict[str, None] = field(default_factory=dict)
    rows: int = 0


def of_own_tree(
    messages: Sequence[Message],
    columns: Columns,
    message: NDArray[np.int32],
    channel: NDArray[np.int32],
    registry: Registry,
) -> NDArray[np.bool_]:
    """Return (rows,) which readings the topic's device may send; the others are rejected.

    `channel` is -1 for readings of no adopted channel. Of a device that nobody has adopted,
    no gateway is known yet: such readings pass, and their adoption looks again.
    """
    senders = registry.senders
    sender = np.array(
        [senders.get(one.device, STRANGER) if one.device else NO_SENDER for one in messages],
        dtype=np.int32,
    )[message]
    own = (
        (sender == NO_SENDER)
        | (registry.device[channel] == sender)
        | (registry.gateway[channel] == sender)
        if len(registry.device)
        else np.ones(len(message), dtype=np.bool_)
    )
    for row in np.flatnonzero((channel < 0) & (sender != NO_SENDER)).tolist():
        known = registry.devices.get(columns.address[row][0])
        own[row] = known is None or sender[row] in (registry.device[known], registry.gateway[known])
    _reject(messages, columns, message, np.flatnonzero(~own).tolist())
    return own


def _reject(
    messages: Sequence[Message], columns: Columns, message: NDArray[np.int32], rows: list[int]
) -> None:
    """Add one reject for each message with foreign rows, however many it names."""
    foreign: dict[int, _Foreign] = {}
    for row in rows:
        one = foreign.setdefault(int(message[row]), _Foreign())
        one.devices[columns.address[row][0]] = None
        one.rows += 1
    sizes = np.bincount(message, minlength=len(messages)) if foreign else ()
    for place, one in foreign.items():
        named = [f'"{device[:60]}"' for device in list(one.devices)[:MOST_NAMED]]
        more = len(one.devices) - len(named)
        sender = messages[place].device
        columns.rejects.append(
            Reject(
                place,
                f'the topic is that of "{sender[:60]}", but the payload speaks for '
                + ", ".join(named)
                + (f" and {more} more" if more else "")
                + ": a device speaks for itself alone, and a gateway for those whose assets"
                " have it in the column gateway",
                None if one.rows == sizes[place] else {"devices": list(one.devices)},
            )
        )
