"""Frames to episodes: scored by each group's detector, put to the policy all at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from ingest.batch import Floats, Rows, Times
from rules import policy
from rules.event import Episode
from rules.frames import Frames
from rules.groups import Groups
from rules.marks import PERIODS
from rules.schema import Rule
from rules.signal import Changed


@dataclass(frozen=True, slots=True)
class Run:
    """Frames `first` up to `last` of one group, its detector's state before them, who speaks."""

    first: int
    last: int
    before: NDArray[np.void]
    speaks: Rows


def judge_frames(
    rule: Rule,
    signal: str,
    groups: Groups,
    frames: Frames,
    changeovers: Sequence[np.datetime64],
    dirty: Changed,
) -> None:
    """Judge frames by group and time, book episodes for who speaks, note what changed."""
    for part in _parts(frames, changeovers):
        groups.keep_due(*_heads(frames, part))
        groups.hand_over(*_heads(frames, part), changeovers)
        score, value = np.full(len(part), np.nan), np.full(len(part), np.nan)
        runs = list(_score(groups, frames, part, score, value))
        if not runs:
            continue
        place = frames.group[part]
        changes = policy.judge(
            rule.signals[signal].policy, groups.memory, place.astype(np.int32), frames.time[part],
            score, value,
        )  # fmt: skip
        for standing in changes.grown.tolist():
            last = groups.groups[standing].episodes[-1]
            dirty.note(last.channel, last.raised)
        for entry, row in enumerate(changes.row.tolist()):
            frame = int(part[row])
            booked = groups.groups[int(place[row])].episodes
            peak = float(changes.peak[entry])
            peak_value = float(changes.peak_value[entry])
            if changes.raised[entry]:
                run = next(run for run in runs if run.first <= frame < run.last)
                number, limit = _evidence(groups, frames, run, frame)
                booked.append(
                    Episode(
                        rule.id, signal, number,
                        began=changes.began[entry],
                        raised=frames.time[frame],
                        found=frames.received[frame],
                        cleared=None,
                        peak=peak,
                        peak_value=peak_value,
                        limit=limit | {"score": float(score[row])},
                    )
                )  # fmt: skip
            else:
                booked[-1] = replace(
                    booked[-1], cleared=frames.time[frame], peak=peak, peak_value=peak_value
                )
            dirty.note(booked[-1].channel, frames.time[frame])


def _parts(frames: Frames, changeovers: Sequence[np.datetime64]) -> Iterator[Rows]:
    """Cut a long stretch of time where marks are due, as `cutting.pieces` does for channels."""
    if len(frames.group) == 0:
        return
    latest = int(frames.time.max().astype(np.int64))
    ages = [int(period.astype(np.int64)) for period in PERIODS]
    marks = [np.datetime64(latest // age * age, "us") for age in ages]
    edges = np.array(sorted([*marks, *changeovers]), dtype="M8[us]")
    part = np.searchsorted(edges, frames.time, side="right")
    for number in range(int(part.min()), len(edges) + 1):
        rows = np.flatnonzero(part == number)
        if len(rows):
            yield rows


def _heads(frames: Frames, part: Rows) -> tuple[Rows, Times]:
    """Return the groups in `part`, and the time of the first frame of each."""
    place = frames.group[part]
    heads = part[np.append(True, place[1:] != place[:-1])]
    return frames.group[heads], frames.time[heads]


def _score(
    groups: Groups, frames: Frames, part: Rows, score: Floats, value: Floats
) -> Iterator[Run]:
    """Fill in the score of each frame of `part` and what its speaker read; yield the runs."""
    place = frames.group[part]
    heads = np.flatnonzero(np.append(True, place[1:] != place[:-1]))
    there = place[heads]
    groups.last[there] = frames.time[part[np.append(heads[1:], len(part)) - 1]]
    groups.begun.update(there.tolist())
    for head, tail in zip(heads.tolist(), [*heads[1:].tolist(), len(part)], strict=True):
        detector = groups.groups[int(place[head])].detector
        if detector is None:
            continue
        first, last = int(part[head]), int(part[tail - 1]) + 1
        before = detector.state.copy()
        read = frames.of(first, last)
        verdict = detector.update(frames.time[first:last], read)
        score[head:tail] = verdict.score
        told = read[np.arange(last - first), np.maximum(verdict.speaks, 0)]
        value[head:tail] = np.where(verdict.speaks >= 0, told, np.nan)
        yield Run(first, last, before, verdict.speaks)


def _evidence(groups: Groups, frames: Frames, run: Run, frame: int) -> tuple[int, dict[str, float]]:
    """Return who spoke at a frame, and what was taken for normal there and then.

    The detector is led up to the frame once more, so that how frames were cut into runs
    shows nowhere.
    """
    group = groups.groups[int(frames.group[frame])]
    who = int(run.speaks[frame - run.first])
    limit: dict[str, float] = {}
    if group.detector is not None:
        after = group.detector.state.copy()
        group.detector.state[:] = run.before
        group.detector.update(frames.time[run.first : frame + 1], frames.of(run.first, frame + 1))
        limit = {k: v for k, v in group.detector.expected(who).items() if isfinite(v)}
        group.detector.state[:] = after
    return group.members[who].number, limit
