"""Courses as a map of little scale needs them: fewer points, on a coarser grid."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cases.courses import Course

Whole = NDArray[np.int64]
ROUNDS = 12  #: each halves a straight stretch: more points than this takes no survey sets


def thinned(courses: Sequence[Course], step: int) -> list[list[list[int]]]:
    """Return for each course its parts as lon, lat, then what each next point adds; in `step`s.

    A round moves the line by less than a `step` [1e-7 °], the grid by less than another. A part
    that is within one square of the grid is left out; ends are never moved but to the grid, so that
    parts that met still meet.
    """
    if not courses:
        return []
    numbers = np.fromiter(chain.from_iterable(c.numbers for c in courses), np.int64)
    counts = np.fromiter(chain.from_iterable(c.points for c in courses), np.int64)
    points = numbers.reshape(-1, 2)
    part = np.repeat(np.arange(len(counts)), counts)
    points, part = _straightened(points, part, step)
    points = np.rint(points / step).astype(np.int64)
    same = np.zeros(len(points), bool)
    same[1:] = (part[1:] == part[:-1]) & (points[1:] == points[:-1]).all(axis=1)
    points, part = points[~same], part[~same]
    return _told(courses, points, part, len(counts))


def _straightened(points: Whole, part: Whole, step: int) -> tuple[Whole, Whole]:
    """Leave out points that lie within a step of the line between those beside them.

    Every other one a round, so that no two beside one another go at once.
    """
    for _ in range(ROUNDS):
        inner = np.zeros(len(points), bool)
        inner[1:-1] = (part[1:-1] == part[:-2]) & (part[1:-1] == part[2:])
        place = np.arange(len(points)) - np.searchsorted(part, part)
        at = np.flatnonzero(inner & (place % 2 == 1))
        gone = at[_aside(points[at - 1], points[at], points[at + 1]) < step]
        if not len(gone):
            at = np.flatnonzero(inner & (place % 2 == 0))
            gone = at[_aside(points[at - 1], points[at], points[at + 1]) < step]
        if not len(gone):
            break
        points, part = np.delete(points, gone, axis=0), np.delete(part, gone)
    return points, part


def _aside(before: Whole, here: Whole, after: Whole) -> NDArray[np.float64]:
    """Return how far `here` is from the stretch between the two others."""
    along, to = (after - before).astype(float), (here - before).astype(float)
    square = (along * along).sum(axis=1)
    share = np.divide((to * along).sum(axis=1), square, out=np.zeros(len(to)), where=square > 0)
    off = to - np.clip(share, 0, 1)[:, None] * along
    return np.asarray(np.hypot(off[:, 0], off[:, 1]))


def _told(
    courses: Sequence[Course], points: Whole, part: Whole, parts: int
) -> list[list[list[int]]]:
    steps = points.copy()
    steps[1:] -= np.where((part[1:] == part[:-1])[:, None], points[:-1], 0)
    flat: list[Any] = steps.reshape(-1).tolist()
    ends = (2 * np.searchsorted(part, np.arange(parts), side="right")).tolist()
    told, began, at = [], 0, 0
    for course in courses:
        lines = []
        for _ in course.points:
            if ends[at] - began > 2:
                lines.append(flat[began : ends[at]])
            began, at = ends[at], at + 1
        told.append(lines)
    return told
