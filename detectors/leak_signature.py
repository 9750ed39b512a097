"""Pressures that no longer fit the flows of their zone: a leak, and each further one upon it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import Field, PositiveFloat

from detectors.detector import Params
from detectors.head_loss import HOURS, HeadLoss
from detectors.signatures import multiples
from detectors.together import Together, Verdict
from ingest.batch import Floats, Times
from ingest.channel import Channel

KEPT = 8  #: leaks told apart at once
#: Of a change, the part that known leaks must leave unexplained for it to be another one.
NEW_SHARE, NEW_REMAINDER = 0.5, 0.6
#: Limits above which a change of a zone that was sound is told before its day is over.
SURE = 2.0
#: What stands raises the limit of what comes next by this share of it: signatures bend.
BENDS = 0.1
#: A change this large that comes with so much less flow than before is a repair. [limits, -]
LARGE, LESS = 10.0, 0.02
#: Hours without growth after which more of the same is another leak; its least size. [-]
RESTED, REGROWN = 21 * HOURS, 0.5
#: A leak found at under so many limits is not known well: what comes within the week, and is
#: no larger, is taken for its growth.
UNSURE, YOUNG = 4.0, 7 * HOURS
#: All is sound again under this distance [limits], or this share of the greatest one.
SOUND, GONE = 0.7, 0.15
#: A leak of which less than this is left, or less than half the limit, is repaired.
LEFT = 0.4


class LeakSignatureParams(Params):
    learn: int = Field(7, ge=3)
    """Days of at least 24 valid hours before anything is judged."""
    limit: PositiveFloat = 2.0
    """Change of a day's pressures that counts. [scatter of an hour]"""
    floor: PositiveFloat = 20.0
    """Least scatter that is believed. [Pa]"""
    memory: PositiveFloat = 28.0
    """Days after which what was learnt counts 1/e."""
    adapt: PositiveFloat = 45.0
    """Days in which the level of what is unexplained follows the seasons."""


class LeakSignature(Together):
    """Score a change in how the pressures of a zone hang on its flows.

        p = beta · (q, |q|^1.85, tank levels) + r      hourly means, beta from deviations
                                                       within days (`detectors.head_loss`)
        z = W (mean of r over 24 h - level) / limit    W = (covariance of hourly r)^(-1/2)
        score = |z|, at least 1 while a leak stands

    Demand moves pressures along with flows; a leak takes water where none was taken before
    and bends the pattern. At the limit the change is watched for a day. Then, if it lies in
    the span of the known leaks, one of them grew or shrank; if it leads nearer to the zone
    as it was when sound, what is left of it must be explained by the leaks that are left;
    all else is a new leak. The score of one that comes while others stand is 0 for one frame,
    so that its event is another one. `speaks` is the logger that fell most. While anything
    stands nothing is learnt but the slow drift of the level.

    Needs a flow and two pressures of one network in the group; at most 12 flows, 4 levels and
    48 pressures are used, first by id. What was leaking while it learnt is not seen, and its
    repair is taken for a leak unless it is large and the flow falls with it; so is a valve, a
    pump or a pressure reducer set anew. Two changes within a day are one. Measured: false ones
    0 in 37 sensor-years of L-TOWN 2018 (12 of 14 leaks found), 1 in 123 leak-free sensor-years
    of Hanoi (deploy/bench/scores), 1 in 31 of C-Town by the detector alone.

    Source: regression of pressures for leaks after Daniel et al., J. Water Resour. Plann.
    Manage. 148(6), 2022 (pairs of loggers); exponent of Hazen-Williams; decomposition own.
    """

    Parameters = LeakSignatureParams

    def __init__(self, params: Params, members: Sequence[Channel]) -> None:
        p = LeakSignatureParams.model_validate(params.model_dump())
        self.model = HeadLoss(members, p.learn, p.floor, p.memory)
        super().__init__(params, members)

    def fields(self) -> list[tuple[Any, ...]]:
        m = self.model.m
        return [
            *self.model.fields(),
            ("level", "f8", (m,)),  #: of what is unexplained, now [Pa]
            ("sound", "f8", (m,)),  #: the same before the oldest leak that stands
            ("before", "f8", (m,)),  #: the level when the change being watched began
            ("leak", "f8", (KEPT, m)),  #: signatures of those that stand, oldest first [Pa]
            ("grown", "i8", (KEPT,)),  #: hour in which each last grew
            ("found", "i8", (KEPT,)),  #: hour in which each was told
            ("leaks", "i8"),
            ("watched", "i8"),  #: hour in which a change came to be watched, 0 = none
            ("flowed", "f8"),  #: more than a week before when the change came to be watched [-]
            ("held", "i8"),  #: hour until which nothing is judged
            ("opened", "i8"),  #: hour of the oldest leak that stands
            ("farthest", "f8"),  #: greatest distance from `sound` [limits]
            ("judged", "?"),  #: the level is known
            ("another", "?"),  #: the next frame tells that another leak came
            ("score", "f8"),
            ("speaks", "i8"),
        ]

    def update(self, time: Times, value: Floats) -> Verdict:
        s = self.state[0]
        score = np.full(len(time), np.nan)
        speaks = np.full(len(time), -1, dtype=np.intp)
        if not self.model.can_judge:
            return Verdict(score, speaks)
        for first, last, over in self.model.hours(s, time):
            if over:
                self._hour(s)
            heard = self.model.hear(s, value[first:last])
            if s["judged"]:
                score[first:last][heard], speaks[first:last][heard] = s["score"], s["speaks"]
            if s["another"] and heard[0]:
                score[first], s["another"] = 0.0, False
        return Verdict(score, speaks)

    def expected(self, member: int) -> dict[str, float]:
        """Return by how much a logger stands off what the flows let expect, leaks apart. [Pa]"""
        place, s = self.model.place(member), self.state[0]
        return {} if place is None else {"level_off_the_flows": float(s["level"][place])}

    def _is_more_of_the_last(self, s: np.void, rest: Floats) -> bool:
        last = int(s["leaks"]) - 1
        young = s["hour"] - s["found"][last] < YOUNG
        return bool(young and max(self._size(s, rest), self._size(s, s["leak"][last])) < UNSURE)

    # Once an hour ------------------------------------------------------------------------

    def _size(self, s: np.void, change: Floats) -> float:
        return float(np.linalg.norm(change @ s["whiten"]) / self.params.limit)

    def _hour(self, s: np.void) -> None:
        """Judge the 24 hours just over."""
        model, quiet = self.model, s["leaks"] == 0 and s["watched"] == 0
        if model.a_day_is_over(s):
            if s["judged"] and s["watched"] == 0:
                off = model.unexplained(s) - s["level"]
                s["level"] += (
                    off * min(1.0, 1.0 / max(self._size(s, off), 1e-9)) / self.params.adapt
                )
            if quiet:
                s["level"] += model.learn(s)
                if not s["judged"] and model.learned(s):
                    s["level"], s["judged"] = model.first_level(s), True
        if not s["judged"] or not model.a_day_is_full(s):
            return
        now = model.unexplained(s)
        self._see_whether_all_is_sound(s, now)
        change = now - s["level"]
        if s["hour"] >= s["held"]:
            self._watch(s, now)
        newest = s["leak"][s["leaks"] - 1] if s["leaks"] else change
        s["speaks"] = model.member(int(np.argmin(newest)))
        if s["leaks"]:
            s["score"] = max(1.0, self._size(s, now - s["sound"]))
        else:
            size = self._size(s, change)
            s["score"] = size if size >= SURE else min(size, 0.999)

    def _see_whether_all_is_sound(self, s: np.void, now: Floats) -> None:
        if s["leaks"] == 0 or s["hour"] <= s["opened"] + HOURS:
            return
        off = self._size(s, now - s["sound"])
        s["farthest"] = max(s["farthest"], off)
        if off < SOUND * 0.7 or (
            s["watched"] == 0 and off < max(SOUND, GONE * s["farthest"] * (s["leaks"] == 1))
        ):
            s["leaks"], s["watched"], s["held"] = 0, 0, s["hour"] + HOURS
            s["level"] = s["sound"]

    def _watch(self, s: np.void, now: Floats) -> None:
        """Begin to watch a change, or after a day say what it was."""
        standing = sum(self._size(s, leak) for leak in s["leak"][: s["leaks"]])
        limit = 1.0 + BENDS * standing
        if s["watched"] == 0:
            if self._size(s, now - s["level"]) >= limit:
                s["watched"], s["before"] = s["hour"], s["level"]
                s["flowed"] = self.model.more_than_a_week_ago(s)
            return
        if s["hour"] < s["watched"] + HOURS:
            return
        s["watched"] = 0
        if self._size(s, now - s["before"]) >= limit:
            s["level"] = now
            self._tell(s, now, limit)

    def _tell(self, s: np.void, now: Floats, limit: float) -> None:
        """Say whether a change is a known leak that grows or shrinks, or a new one."""
        change, count = now - s["before"], int(s["leaks"])
        known = s["leak"][:count].copy()
        size = self._size(s, change)
        share, rest, new = np.zeros(0), change, True
        if count:
            whiten = s["whiten"] / self.params.limit
            off, was = now - s["sound"], s["before"] - s["sound"]
            if self._size(s, off) < self._size(s, was):
                share = multiples(known @ whiten, off @ whiten) - 1.0
                rest = off - (1.0 + share) @ known
                least = max(limit, NEW_SHARE * size, NEW_REMAINDER * self._size(s, off))
            else:
                share = multiples(known @ whiten, change @ whiten)
                rest = change - share @ known
                least = max(limit, NEW_SHARE * size)
            new = self._size(s, rest) >= least and not self._is_more_of_the_last(s, rest)
        if new and size >= LARGE and self.model.more_than_a_week_ago(s) - s["flowed"] < -LESS:
            s["sound"] += change  # what leaked since before all that is known is repaired
            s["held"] = s["hour"] + HOURS
            return
        again = False
        if count and not new:
            main = int(np.argmax(np.abs(share) * np.linalg.norm(known @ s["whiten"], axis=1)))
            if share[main] > 0:
                rested = s["hour"] - s["grown"][main] >= RESTED
                again = bool(rested and share[main] > REGROWN)
                s["grown"][main] = s["hour"]
        known *= (1.0 + share)[:, None]
        stays = [
            bool(1.0 + part >= LEFT and self._size(s, leak) >= 0.5)
            for part, leak in zip(share, known, strict=True)
        ]
        kept = known[stays][-(KEPT - 1) :]
        grown = s["grown"][:count][stays][-(KEPT - 1) :]
        found = s["found"][:count][stays][-(KEPT - 1) :]
        if count and not new and self._is_more_of_the_last(s, rest) and stays[-1]:
            kept[-1] += rest
        if new:
            kept, grown = np.vstack([kept, rest]), np.append(grown, s["hour"])
            found = np.append(found, s["hour"])
            if not count:
                s["sound"], s["farthest"], s["opened"] = s["before"], 0.0, s["hour"]
        s["leaks"] = len(kept)
        s["leak"][: len(kept)] = kept
        s["grown"][: len(kept)], s["found"][: len(kept)] = grown, found
        if new or not all(stays):
            s["held"] = s["hour"] + HOURS
        s["another"] = count > 0 and (new or again)
