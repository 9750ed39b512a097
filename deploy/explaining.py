"""Every event of a case judged anew from what is stored, by the rules of its time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from ingest.batch import Batch
from ingest.channel import Channel
from ingest.quality import Quality
from rules.cutting import parts
from rules.event import Event
from rules.pack import BadPack
from rules.reproduce import channels_concerned, differences, judge_again, terms_concerned
from store.assets import channels
from store.database import Connection
from store.history import history, latest
from store.listening import not_listening
from store.rule_versions import rule_of, terms, version_of

AT_ONCE = 32  #: channels whose whole history is read at once
FIRST = np.datetime64("1900-01-01", "us")
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
WRONG_CLOCK = int(Quality.FUTURE | Quality.EPOCH | Quality.SKEWED)


@dataclass(frozen=True, slots=True)
class Reproduced:
    """How judging an event anew went: `differs` is empty if the same came out."""

    readings: int
    channels: int
    differs: tuple[str, ...]
    why: tuple[str, ...]  #: what is no longer as it was, and so may account for it


def reproduce(
    connection: Connection, event: Event, evidence: Sequence[Mapping[str, Any]]
) -> Reproduced:
    """Judge all stored readings that `event` rests on anew, by its version of the rule.

    `evidence` are the frozen pieces of the event; where they tell other readings than the
    store does now, that is said.
    """
    version = version_of(connection, event.rule, event.version)
    if version is None:
        lost = f"version {event.version} of {event.rule} is not in the store"
        return Reproduced(0, 0, ("cannot be judged again",), (lost,))
    try:
        rule_of(version)
    except BadPack as refused:
        return Reproduced(0, 0, ("cannot be judged again",), (str(refused),))
    judged_by = terms_concerned(event.rule, terms(connection))
    known = channels(connection)
    concerned = channels_concerned(event, judged_by, known)
    count = 0

    def stored() -> Iterator[Batch]:
        nonlocal count
        for some in parts(np.array([c.number for c in concerned], dtype=np.int32), AT_ONCE):
            rows = history(connection, some, FIRST)
            count += len(rows)
            yield rows

    gaps = [(_moment(a), _moment(b)) for a, b in not_listening(connection, LONG_AGO)]
    again = judge_again(judged_by, concerned, stored(), _watermark(connection), gaps)
    differs = differences(event, again)
    why = [*_channels_gone(event, concerned), *_readings_changed(connection, known, evidence)]
    if differs and not why:
        why = ["what was frozen is unchanged: readings before or after it, or facts of channels"]
    return Reproduced(count, len(concerned), tuple(differs), tuple(why))


def _watermark(connection: Connection) -> np.datetime64:
    """Return how late it is by the devices' clocks, as the judge reckons it."""
    newest = latest(connection)
    newest = newest[(newest.quality & WRONG_CLOCK) == 0]
    if len(newest) == 0:
        return FIRST
    reckoned: np.datetime64 = np.minimum(newest.time, newest.received).max()
    return reckoned


def _channels_gone(event: Event, concerned: Sequence[Channel]) -> list[str]:
    gone = {*event.channels} - {channel.number for channel in concerned}
    if not gone:
        return []
    return [
        f"{len(gone)} of its {len(event.channels)} channels are no longer the rule's: "
        "out of service, or their facts have changed"
    ]


def _readings_changed(
    connection: Connection, known: Sequence[Channel], evidence: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Return how the stored readings differ from the frozen ones, a line a channel."""
    number = {channel.id: channel.number for channel in known}
    said = []
    for piece in evidence:
        start, stop = (_read(moment) for moment in piece["window"])
        for curve in piece["curves"]:
            if curve["channel"] not in number or not curve["time"]:
                continue
            there = [number[curve["channel"]]]
            rows = history(connection, there, start, stop + np.timedelta64(1, "us"))
            frozen = np.array([_read(time) for time in curve["time"]], dtype="M8[us]")
            value = np.array([np.nan if v is None else v for v in curve["value"]])
            place = np.minimum(np.searchsorted(rows.time, frozen), max(len(rows) - 1, 0))
            kept = rows.time[place] == frozen if len(rows) else np.zeros(len(frozen), np.bool_)
            same = np.isclose(rows.value[place[kept]], value[kept], 0, 0, equal_nan=True)
            lost, altered = int(np.sum(~kept)), int(np.sum(~same))
            if lost:
                said.append(f"{curve['channel']}: {lost} frozen readings are no longer stored")
            if altered:
                said.append(f"{curve['channel']}: {altered} readings are not as they were frozen")
            more = len(rows) - int(curve["readings"])
            if more > 0:
                said.append(f"{curve['channel']}: {more} readings came after they were frozen")
    return said


def _read(moment: str) -> np.datetime64:
    return np.datetime64(moment.removesuffix("Z"), "us")


def _moment(moment: datetime) -> np.datetime64:
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")
