"""The runs of a case's clocks, worked out from its whole log and counted minute by minute.

Nothing is carried from line to line: each spell between two lines is looked at by itself, and
then which spells are of one run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from naive_clock import NaiveClock

from cases.case import Entry
from cases.city import City

OWED = {
    "reported": "intake", "verifying": "verify", "accepted": "filing", "filed": "dispatch",
    "dispatched": "handling", "handling": "handling", "handed-over": "handling",
    "fed-back": "order-inspection", "inspecting": "inspect", "inspected": "closing",
}  # fmt: skip
DONE = {
    "intake": ("accept", "reject"),
    "verify": ("verify",),
    "filing": ("file", "reject"),
    "dispatch": ("dispatch", "redirect", "hand-over", "return"),
    "handling": ("feed-back",),
    "order-inspection": ("ask-inspect", "rework", "close"),
    "inspect": ("inspect",),
    "closing": ("close", "rework"),
}
UNIT = {"emergency-hours": 1, "working-hours": 1, "working-days": 8}  # [h]


class Spell(NamedTuple):
    """From one line of the log to the next: who owes what."""

    line: int
    stage: str | None
    owner: str
    life: int  #: grows with each reopening
    start: datetime
    stop: datetime | None


class Told(NamedTuple):
    """What a run comes to."""

    stage: str
    owner: str
    began: datetime
    runs: bool
    used: timedelta
    due: datetime | None
    yellow: datetime | None
    ended: datetime | None
    actor: str
    in_time: bool | None


def naive_runs(log: Sequence[Entry], clock: NaiveClock, city: City) -> list[Told]:
    spells = [_spell(log, line) for line in range(len(log))]
    runs: dict[Any, list[Spell]] = {}
    for spell in spells:
        if spell.stage is not None:
            runs.setdefault(_of_run(spell, spells), []).append(spell)
    groups = [*runs.values()]
    told = (_told(run, groups, log, clock, city) for run in groups)
    return [each for each in told if each is not None]


def _spell(log: Sequence[Entry], line: int) -> Spell:
    so_far, entry = log[: line + 1], log[line]
    stage = OWED.get(entry.after)
    since_done = _since(so_far, "feed-back", "rework", "reopen")
    passed = [e.details["passed"] for e in since_done if e.verb == "inspect"][-1:]
    confirmed = any(e.verb == "confirm" for e in since_done)
    if stage == "closing" and log[0].details["source"] == "sensor" and passed == [True]:
        stage = "closing" if confirmed else None
    owner = _owner(so_far) if stage == "handling" else ""
    life = sum(e.verb == "reopen" for e in so_far)
    stop = log[line + 1].at if line + 1 < len(log) else None
    return Spell(line, stage, owner, life, entry.at, stop)


def _since(log: Sequence[Entry], *verbs: str) -> Sequence[Entry]:
    places = [n for n, e in enumerate(log) if e.verb in verbs]
    return log[places[-1] :] if places else log


def _owner(log: Sequence[Entry]) -> str:
    if log[-1].after == "handed-over":
        return next(e.details["to"] for e in reversed(log) if e.verb == "hand-over")
    for entry in reversed(log):
        if entry.verb in ("dispatch", "redirect") and entry.details.get("department"):
            return str(entry.details["department"])
        if entry.verb == "amend" and "department" in entry.details:
            return str(entry.details["department"][1])
    return ""


def _of_run(spell: Spell, spells: Sequence[Spell]) -> tuple[Any, ...]:
    """Name the run: one of intake a life, one of handling an owner in turn, else one a stretch."""
    before = spells[: spell.line + 1]
    if spell.stage == "intake":
        return "intake", spell.life
    if spell.stage == "handling":
        owners = [s.owner for s in before if s.stage == "handling" and s.life == spell.life]
        return "handling", spell.life, sum(a != b for a, b in pairwise(owners))
    first = spell.line
    while first and spells[first - 1].stage == spell.stage:
        first -= 1
    return spell.stage, first


def _limit(log: Sequence[Entry], run: Sequence[Spell], last: int, city: City) -> Any:
    """The limit of a run as of line `last`: what was filed, and what was granted in it."""
    stage = run[0].stage
    if stage != "handling":
        limit = city.policy.stages[stage]
        return limit.amount, str(limit.time_class)
    given = [
        n for n, e in enumerate(log[: last + 1]) if e.verb in ("file", "amend")
        and "limit" in e.details
    ]  # fmt: skip
    if not given:
        return None
    amount = log[given[-1]].details["limit"]["amount"]
    for n in range(max(given[-1], run[0].line) + 1, last + 1):
        if log[n].verb == "extend":
            asked = next(e for e in reversed(log[:n]) if e.verb == "ask-extension")
            amount += asked.details["amount"]
    return amount, log[given[-1]].details["limit"]["class"]


def _end(
    run: Sequence[Spell], others: Iterable[Sequence[Spell]], log: Sequence[Entry]
) -> Entry | None:
    """The line that ended a run, if one has."""
    if run[-1].stop is None:
        return None
    leaving = log[run[-1].line + 1]
    stage = run[0].stage
    stands = (stage == "intake" and leaving.verb == "ask-verify") or (
        stage == "handling" and leaving.verb in ("return", "suspend")
    )
    if not stands:
        return leaving
    next_one = min(
        (o[0].line for o in others if o[0].stage == stage and o[0].line > run[-1].line),
        default=len(log),
    )
    for n in range(leaving.version - 1, len(log)):
        if log[n].after in ("closed", "rejected", "void") or n == next_one:
            return log[n]
    return None


def _told(
    run: Sequence[Spell],
    others: Sequence[Sequence[Spell]],
    log: Sequence[Entry],
    clock: NaiveClock,
    city: City,
) -> Told | None:
    end = _end(run, others, log)
    limit = _limit(log, run, end.version - 2 if end else len(log) - 1, city)
    if limit is None:
        return None
    amount, time_class = limit
    emergency = time_class == "emergency-hours"
    whole = round(amount * UNIT[time_class] * 3_600_000_000)
    early = round(whole * (1 - city.policy.yellow))
    ran = [(spell.start, spell.stop) for spell in run]
    at_end = end is not None and end.at == run[-1].stop and end.version == run[-1].line + 2
    if at_end:  # until then it was foreseen as of one that goes on
        ran[-1] = (ran[-1][0], None)

    def used_up(amount: int, ran: Sequence[tuple[datetime, datetime | None]]) -> datetime | None:
        for start, stop in ran:
            there = clock.reach(start, amount, emergency)
            if stop is None or there < stop:
                return there
            amount -= clock.elapsed(start, stop, emergency)
        return None

    late = end is not None and used_up(whole, [(s.start, s.stop) for s in run]) is not None
    done = at_end and end is not None and end.verb in DONE[str(run[0].stage)]
    goes_on = {spell.line for spell in run if run[-1].stop is None and not _gap(run, spell)}
    used = sum(
        clock.elapsed(spell.start, spell.stop, emergency)
        for spell in run
        if spell.stop is not None and spell.line not in goes_on
    )
    return Told(
        str(run[0].stage),
        run[0].owner,
        run[0].start,
        run[-1].stop is None,
        timedelta(microseconds=used),
        used_up(whole, ran),
        used_up(early, ran),
        end.at if end else None,
        end.actor if end else "",
        False if late else True if done else None,
    )


def _gap(run: Sequence[Spell], spell: Spell) -> bool:
    """Tell whether the run stood at some time after `spell`."""
    lines = [each.line for each in run if each.line >= spell.line]
    return lines != [*range(spell.line, lines[-1] + 1)]
