"""What a signal on groups knows as arrays and JSON, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.batch import concatenate, make_batch
from rules import plain
from rules.groups import Group
from rules.schema import content_hash
from rules.signal import BEGINNING_OF_TIME
from rules.together import TogetherSignal

Arrays = dict[str, NDArray[Any]]


def save(signal: TogetherSignal, prefix: str, arrays: Arrays) -> dict[str, Any]:
    """Put what groups know into `arrays`; return the rest of it.

    Groups that are not bound yet are left out, and so begin anew.
    """
    live = signal.slots.live()
    arrays[f"{prefix}.heard"] = signal.heard.time[live]
    arrays[f"{prefix}.heard_value"] = signal.heard.value[live]
    waiting = concatenate(signal.waiting)
    waiting = waiting[signal.groups.group[waiting.channel] >= 0]
    arrays[f"{prefix}.waiting"] = signal.slots.number[waiting.channel]
    for column in ("time", "received", "value"):
        arrays[f"{prefix}.waiting_{column}"] = getattr(waiting, column)
    known = [g for g in signal.groups.groups if g.place not in signal.groups.stale]
    places = np.array([group.place for group in known], dtype=np.intp)
    for name in ("last", "back", "memory"):
        arrays[f"{prefix}.{name}"] = getattr(signal.groups, name)[places]
    arrays[f"{prefix}.marks"] = signal.groups.marks.time[places]
    states = [state for group in known for state in _states(group)]
    arrays[f"{prefix}.states"] = np.frombuffer(b"".join(s.tobytes() for s in states), np.uint8)
    memories = [memory for group in known for _, memory in group.copies.values()]
    arrays[f"{prefix}.memories"] = np.array(memories, dtype=signal.groups.memory.dtype)
    return {"groups": [_told(signal, group) for group in known]}


def restore(signal: TogetherSignal, entry: dict[str, Any], arrays: Arrays, same: set[int]) -> None:
    """Fill the groups that are as they were saved; let the others begin anew."""
    prefix, groups = entry["prefix"], signal.groups
    for group in groups.bind(signal.channels):
        signal.set_lag(group)
    numbers = arrays[f"{prefix}.channels"]
    slot = signal.slots.of(numbers)
    known = slot >= 0
    signal.heard.time[slot[known]] = arrays[f"{prefix}.heard"][known]
    signal.heard.value[slot[known]] = arrays[f"{prefix}.heard_value"][known]
    by_members = {_numbers(group): group for group in groups.groups if {*_numbers(group)} <= same}
    byte = memory = 0
    found: set[int] = set()
    for place, told in enumerate(entry["groups"]):
        sizes, copies = told["sizes"], told["copies"]
        states = arrays[f"{prefix}.states"][byte : byte + sum(sizes)]
        kept = arrays[f"{prefix}.memories"][memory : memory + len(copies)]
        byte, memory = byte + sum(sizes), memory + len(copies)
        known_as = by_members.get(tuple(told["members"]))
        if known_as is None or told["make"] != _make(known_as):
            continue
        group = known_as
        found.add(group.place)
        for name in ("last", "back", "memory"):
            getattr(groups, name)[group.place] = arrays[f"{prefix}.{name}"][place]
        groups.marks.time[group.place] = arrays[f"{prefix}.marks"][place]
        groups.begun |= {group.place} if told["begun"] else set()
        group.episodes = [plain.episode(episode) for episode in told["episodes"]]
        group.peaks = {at: (peak, value) for at, peak, value in told["peaks"]}
        if group.detector is not None:
            rows = np.frombuffer(states.tobytes(), dtype=group.detector.state.dtype)
            group.detector.state[:] = rows[:1]
            for number, copy in enumerate(copies):
                group.copies[copy] = (rows[number + 1 : number + 2].copy(), kept[number])
    for place in {*range(len(groups.groups))} - found:
        groups.begun.add(place)
        groups.back[place] = BEGINNING_OF_TIME
    _wait_on(signal, prefix, arrays)


def _wait_on(signal: TogetherSignal, prefix: str, arrays: Arrays) -> None:
    slot = signal.slots.of(arrays[f"{prefix}.waiting"])
    columns = (arrays[f"{prefix}.waiting_{name}"] for name in ("time", "value", "received"))
    rows = make_batch(slot, *columns)
    rows = rows[slot >= 0]
    rows = rows[np.isnat(signal.groups.back[signal.groups.group[rows.channel]])]
    if len(rows):
        signal.wait(rows)


def _told(signal: TogetherSignal, group: Group) -> dict[str, Any]:
    return {
        "members": _numbers(group),
        "make": _make(group),
        "begun": group.place in signal.groups.begun,
        "copies": [*group.copies],
        "sizes": [state.nbytes for state in _states(group)],
        "episodes": [plain.to_plain(episode) for episode in group.episodes],
        "peaks": [[at, *peak] for at, peak in group.peaks.items()],
    }


def _states(group: Group) -> list[NDArray[np.void]]:
    if group.detector is None:
        return []
    return [group.detector.state, *(state for state, _ in group.copies.values())]


def _numbers(group: Group) -> tuple[int, ...]:
    return tuple(member.number for member in group.members)


def _make(group: Group) -> str:
    """Return what must be the same for a saved state of the detector to be of use."""
    return "" if group.detector is None else content_hash(str(group.detector.state.dtype.descr))
