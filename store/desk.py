"""Where the changed events of one cause become, join or leave its case."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from psycopg import errors
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from cases.amending import SEVERITIES, Cause, amend
from cases.case import Case, Entry
from cases.city import City
from cases.codes import case_number
from cases.curve import stamp
from cases.grouping import WITHIN, box, causes, one_cause, settled_symptom, symptom
from cases.opening import as_datetime, by_system, facts, filed, find, open_case, take_up
from cases.placing import Place, Speaker
from cases.speaking import again, speaks_again
from cases.transitions import DONE
from cases.words import OPEN, Outcome, Role, State, Verb
from rules.event import Event, Standing
from store.cases import Held, hold, record
from store.database import Connection
from store.event_rows import as_event, as_json
from store.statements import statements
from store.surroundings import evidence_of, place_of, speakers_of

#: Standings that are facts about the city: only these open cases and keep them.
FACTS = frozenset({Standing.STANDING, Standing.OVER})
#: Changes that a log line tells; that it began or was found at another time is in its details.
TOLD_CHANGES = frozenset({"severity", "condition", "component", "department"})


@dataclass(frozen=True, slots=True)
class Settled:
    """Ids of the cases that settling moved."""

    opened: list[int] = field(default_factory=list)
    joined: list[int] = field(default_factory=list)
    voided: list[int] = field(default_factory=list)
    reopened: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Change:
    """A written event: `was` is its standing before, None for a new one; `known` its channels."""

    id: UUID
    case_key: str
    standing: Standing
    case_id: int | None
    was: Standing | None
    known: frozenset[int]
    #: It is grouped otherwise than it was, as when a storm is found that it came in.
    regrouped: bool = False
    was_ended: np.datetime64 | None = None

    @property
    def counts(self) -> bool:
        return self.standing in FACTS

    @property
    def regroups(self) -> bool:
        """Whether it may belong with others than those of its case now, or they without it."""
        return self.was is not None and (self.regrouped or self.counts != (self.was in FACTS))


@dataclass
class Desk:
    """Where the changed events of one cause become, join or leave its case."""

    connection: Connection
    key: str
    changes: list[Change]
    events: dict[UUID, Event]  #: of the whole settlement
    now: datetime
    city: City
    settled: Settled
    speakers: dict[UUID, list[Speaker]] = field(default_factory=dict)
    places: dict[UUID, Place] = field(default_factory=dict)

    def settle(self) -> None:
        # Causes that were settled before may have taken its events along to another case.
        rows = self._rows("cases_of_events", ids=[change.id for change in self.changes])
        now_in = {row["id"]: row["case_id"] for row in rows}
        self.changes = [replace(change, case_id=now_in[change.id]) for change in self.changes]
        self._place()
        for number in sorted({c.case_id for c in self.changes if c.case_id and c.regroups}):
            self._part(number)

    def _place(self) -> None:
        while True:
            cases = self._lock()
            homeless = [c for c in self.changes if c.counts and _is_homeless(c, cases)]
            held = self._one_case(cases, homeless)
            if held:
                symptoms = [c for c in self.changes if not c.counts and c.case_id is None]
                self._amend(self._join(held, homeless + symptoms))
                if held.case.state in DONE:
                    self._rework(held.case.id)
                return
            closed = self._solved(homeless, cases)
            if not homeless and not closed:
                return
            # Another writer may open the case between our look and our write. Then ours
            # writes nothing, and the next look finds the other's.
            if (
                self._take_up_again(homeless, cases)
                or (closed and self._reopen(closed, homeless))
                or (homeless and not closed and self._open(homeless))
            ):
                return

    def _lock(self) -> dict[int, Held]:
        """Lock the cause's open case, and those that its changed events are in."""
        ids = sorted({c.case_id for c in self.changes if c.case_id is not None})
        rows = self._rows("lock_cases_of_cause", ids=ids, key=self.key)
        return {row["id"]: hold(self.connection, row["id"], self.city) for row in rows}

    def _one_case(self, cases: dict[int, Held], homeless: list[Change]) -> Held | None:
        """Return the open case of the cause; cases that turn out to have one cause become one.

        The one that people work on stays, else the oldest. Two that people work on stay two.
        """
        open_cases = {number: held for number, held in cases.items() if held.case.state in OPEN}
        whys = dict.fromkeys(open_cases, "of one cause")
        again = [c for c in self.changes if c.counts and c.regroups and c.case_id in open_cases]
        for change in (*homeless, *again):
            for number, why in self._related(change, [*open_cases]).items():
                open_cases[number], whys[number] = hold(self.connection, number, self.city), why
        if not open_cases:
            return None
        keep, *others = sorted(open_cases.values(), key=lambda h: (not h.touched, h.case.id))
        for other in others:
            if not other.touched:
                keep = self._merge(keep, other, whys[other.case.id])
        return keep

    def _related(self, change: Change, but: list[int]) -> dict[int, str]:
        """Return open cases with a finding of one cause with the event, and why that is so."""
        event = self.events[change.id]
        if "group" not in event.why and change.was is None:
            return {}
        where = self._place_of(event)
        row = {**asdict(event), "began": as_datetime(event.began)}
        mine = symptom(row, event.why, where.lon, where.lat)
        found: dict[int, str] = {}
        by = {"lon": mine.lon, "lat": mine.lat, "near": mine.near, "paths": sorted(mine.paths)}
        self._rows_changed("settle_at", id=event.id, **by)
        for other in self._rows(
            "related_symptoms",
            but=but,
            began=mine.began,
            within=WITHIN,
            exercise=event.exercise,
            code=mine.code,
            paths=by["paths"],
            **box(mine),
        ):
            if why := one_cause(mine, settled_symptom(other)):
                found.setdefault(other["case_id"], why)
        return found

    def _part(self, number: int) -> None:
        """Let what has another cause leave a case, if what brought them together is no more.

        Then the cases are those that would have been without it. A case that people have
        touched stays as they know it.
        """
        held = hold(self.connection, number, self.city)
        if held.touched or held.case.state not in OPEN:
            return
        rows = self._rows("symptoms_of_case", case_id=number)
        groups = [
            [rows[place] for place in places]
            for places in causes([(row["case_key"], settled_symptom(row)) for row in rows])
        ]
        key = self._rows("case_named", id=number)[0]["key"]
        groups.sort(key=lambda group: all(row["case_key"] != key for row in group))
        stay, *leaving = groups
        for group in leaving:
            self._rows_changed("part", ids=[row["id"] for row in group])
        if all(row["case_key"] != key for row in stay):
            self._rows_changed("rekey", case_id=number, key=stay[0]["case_key"])
        if not leaving:
            return
        gone = [row for group in leaving for row in group]
        details = {"events": [str(row["id"]) for row in gone]}
        said = f"{len(gone)} of its events have causes of their own"
        case, entry = self._step(held.case, Verb.AMEND, said, details)
        record(self.connection, case, [entry], self.city)
        found = map(as_event, self._rows("events", ids=[row["id"] for row in gone]))
        events = {event.id: event for event in found}
        desk = replace(self, changes=[], events=self.events | events)
        desk._amend(Held(case, held.log, held.known))
        for key in sorted({row["case_key"] for row in gone}):
            standing = [
                Change(row["id"], key, Standing(row["standing"]), None, Standing(row["standing"]),
                       frozenset(row["channels"]))
                for row in gone
                if row["case_key"] == key
            ]  # fmt: skip
            replace(desk, key=key, changes=standing).settle()

    def _merge(self, keep: Held, other: Held, why: str) -> Held:
        """Move the findings of a case that nobody has touched to the case of their cause."""
        ids = {"case_id": keep.case.id, "from_case": other.case.id}
        moved = self._rows("move_events", **ids)
        self._rows_changed("move_evidence", **ids)
        kept, gone = (
            self._rows("case_named", id=held.case.id)[0]["number"] for held in (keep, other)
        )
        case, entry = self._step(
            other.case,
            Verb.MERGE,
            f"one cause with case {kept}: {why}",
            {"into": kept, "events": [str(row["id"]) for row in moved]},
        )
        record(self.connection, case, [entry], self.city)
        self._rows_changed("merged_into", **ids)
        self.settled.voided.append(case.id)
        case, entry = self._step(
            keep.case,
            Verb.JOIN,
            f"joined by case {gone}: {why}",
            {"case": gone, "events": [str(row["id"]) for row in moved]},
        )
        record(self.connection, case, [entry], self.city)
        return hold(self.connection, case.id, self.city)

    def _open(self, homeless: list[Change]) -> bool:
        events = sorted((self.events[c.id] for c in homeless), key=lambda e: (e.began, e.id))
        first = events[0]
        place = self._place_of(first)
        case_id = self._rows("next_case")[0]["id"]
        case, entries = open_case(case_id, first, place, self.city, self.now)
        row = {
            **asdict(facts(first, place, self.city)),
            "id": case_id,
            "number": case_number(self.now, case_id, self.city.zone),
            "key": self.key,
            "version": case.version,
            "state": case.state,
            "department": case.department or None,
            "severity": max((e.severity for e in events), key=SEVERITIES.index),
            "began": as_datetime(first.began),
            "found": as_datetime(min(e.found for e in events)),
            "opened": self.now,
            "drill": first.exercise,
            "catalogue": next((e.details["catalogue"] for e in entries if e.verb is Verb.FILE), ""),
        }
        if not self._rows("open_case", **row):
            return False
        record(self.connection, case, entries, self.city)
        self._attach(case_id, [first])
        self.settled.opened.append(case_id)
        if others := [c for c in homeless if c.id != first.id]:
            self._join(hold(self.connection, case_id, self.city), others)
        return True

    def _take_up_again(self, homeless: list[Change], cases: dict[int, Held]) -> bool:
        """Reopen the case that the system voided, if one of its events is back."""
        back = [c for c in homeless if c.case_id is not None]
        if not back:
            return False
        held = cases[min(c.case_id for c in back if c.case_id is not None)]
        event = min((self.events[c.id] for c in back), key=lambda e: (e.began, e.id))
        place = self._place_of(event)
        case, reopened = self._step(held.case, Verb.REOPEN, "its event stands again")
        case, entries = take_up(case, event, place, self.city, self.now)
        try:
            with self.connection.transaction():
                record(self.connection, case, [reopened, *entries], self.city)
        except errors.UniqueViolation:
            return False
        self.settled.reopened.append(case.id)
        others = [c for c in homeless if c.case_id != case.id]
        self._amend(self._join(hold(self.connection, case.id, self.city), others))
        return True

    def _rework(self, case_id: int) -> None:
        """Send a case back that is said to be solved, if its sensors speak again."""
        held = hold(self.connection, case_id, self.city)
        if speaking := self._speaking(self.changes, held.case.fed_back):
            details = {"events": [str(event.id) for event in speaking]}
            case, entry = self._step(held.case, Verb.REWORK, again(speaking), details)
            record(self.connection, case, [entry], self.city)

    def _speaking(self, changes: list[Change], solved: datetime | None) -> list[Event]:
        """Return events that say that a problem solved then is there again."""
        if solved is None:
            return []
        return [
            self.events[c.id]
            for c in changes
            if c.counts and speaks_again(self.events[c.id], c.was, c.was_ended, solved)
        ]

    def _solved(self, homeless: list[Change], cases: dict[int, Held]) -> Held | None:
        """Return the closed case that is to go on: that of an event that stands again, or the
        last of the cause, if a new event began soon after it was closed as real."""
        theirs = [
            held
            for held in cases.values()
            if _is_solved(held.case)
            and self._speaking(
                [c for c in self.changes if c.case_id == held.case.id], held.case.closed
            )
        ]
        if theirs:
            return max(theirs, key=lambda held: held.case.id)
        for row in self._rows("closed_of_cause", key=self.key) if homeless else ():
            held = hold(self.connection, row["id"], self.city)
            closed = held.case.closed
            new = self._speaking(homeless, closed) if _is_solved(held.case) else []
            if closed and any(
                e.began <= stamp(closed + self.city.policy.reopen_within) for e in new
            ):
                return held
        return None

    def _reopen(self, held: Held, homeless: list[Change]) -> bool:
        """Let a closed case go on, at the department that had it; False when another is open."""
        mine = [c for c in self.changes if c.case_id == held.case.id]
        speaking = self._speaking(mine + homeless, held.case.closed)
        details = {"events": [str(event.id) for event in speaking]}
        case, entry = self._step(held.case, Verb.REOPEN, again(speaking), details)
        entries = [entry]
        if case.department:
            why = "再次派遣 to the department that had it"
            case, entry = self._step(case, Verb.DISPATCH, why, {"department": case.department})
            entries.append(entry)
        try:
            with self.connection.transaction():
                record(self.connection, case, entries, self.city)
        except errors.UniqueViolation:
            return False
        self.settled.reopened.append(case.id)
        self._amend(self._join(hold(self.connection, case.id, self.city), homeless))
        return True

    def _join(self, held: Held, changes: list[Change]) -> Held:
        if not changes:
            return held
        events = [self.events[change.id] for change in changes]
        self._attach(held.case.id, events)
        names = ", ".join(sorted({f"{e.rule} on {e.scope} {e.subject}" for e in events}))
        case, entry = self._step(
            held.case,
            Verb.JOIN,
            f"joined by event of {names}",
            {"events": [str(event.id) for event in events]},
        )
        record(self.connection, case, [entry], self.city)
        if case.id not in self.settled.opened:
            self.settled.joined.append(case.id)
        return Held(case, held.log, held.known)

    def _speakers_of(self, event: Event) -> list[Speaker]:
        """Return who spoke, looked up once in a settlement: nothing moves a sensor meanwhile."""
        if event.id not in self.speakers:
            self.speakers[event.id] = speakers_of(self.connection, event)
        return self.speakers[event.id]

    def _place_of(self, event: Event) -> Place:
        if event.id not in self.places:
            self.places[event.id] = place_of(self.connection, event, self._speakers_of(event))
        return self.places[event.id]

    def _attach(self, case_id: int, events: list[Event]) -> None:
        self._rows_changed("attach_events", case_id=case_id, ids=[event.id for event in events])
        for event in events:
            self._freeze(case_id, event, self._speakers_of(event))

    def _freeze(self, case_id: int, event: Event, speakers: list[Speaker]) -> None:
        self._rows_changed(
            "freeze",
            case_id=case_id,
            event_id=event.id,
            frozen_at=self.now,
            body=Jsonb(evidence_of(self.connection, event, speakers), dumps=as_json),
        )

    def _gather(self, case_id: int) -> list[str]:
        """Freeze what channels add that have spoken up since their event came to the case."""
        spoken = []
        for change in self.changes:
            event = self.events[change.id]
            if change.was is None or change.case_id != case_id or not change.counts:
                continue
            if set(event.channels) - change.known:
                speakers = self._speakers_of(event)
                new = [s for s in speakers if s.number not in change.known]
                self._freeze(case_id, event, new)
                spoken += [s.id for s in new]
        return spoken

    def _amend(self, held: Held) -> None:
        """Bring the case in line with its events, or void it when none is left."""
        case = held.case
        [summed] = self._rows("cause", case_id=case.id, severities=SEVERITIES)
        leading = summed.pop("leading")
        if leading is None and not held.touched:
            reasons = sorted({c.standing for c in self.changes if not c.counts})
            case, entry = self._step(case, Verb.VOID, f"its events are {' and '.join(reasons)}")
            record(self.connection, case, [entry], self.city)
            self.settled.voided.append(case.id)
            return
        changed: dict[str, tuple[Any, Any]] = {}
        if leading is not None:
            event = self.events.get(leading) or as_event(self._rows("events", ids=[leading])[0])
            place = self._place_of(event)
            [before] = self._rows("case_facts", case_id=case.id)
            said = facts(event, place, self.city)
            changed = amend(before, Cause(**summed), said, held.touched)
            if changed:
                after = {name: value for name, (_, value) in changed.items()}
                self._rows_changed("amend_case", **before | after, case_id=case.id)
        news = self._news(summed["standing"])
        details: dict[str, Any] = {n: [_plain(a), _plain(b)] for n, (a, b) in changed.items()}
        news += [
            f"{name} {before} → {after}"
            for name, (before, after) in details.items()
            if name in TOLD_CHANGES
        ]
        if case.filed and changed.keys() & {"code_list", "code", "condition"}:
            filing = find(event, place, self.city).filing
            details["limit"] = filed(filing, self.now, self.city)["limit"]
        if spoken := self._gather(case.id):
            news.append(f"{len(spoken)} more of its channels have spoken")
            details["channels"] = spoken
        if details or news:
            case, entry = self._step(case, Verb.AMEND, "; ".join(news), details)
            record(self.connection, case, [entry], self.city)

    def _news(self, still_standing: int) -> list[str]:
        """Return what became of events that were here before."""
        news = []
        before = [c for c in self.changes if c.was in FACTS and c.was != c.standing]
        if gone := [c for c in before if not c.counts]:
            news.append(
                f"{len(gone)} of its events: {' and '.join(sorted({c.standing for c in gone}))}"
            )
        if any(c.standing is Standing.OVER for c in before) and not still_standing:
            news.append("信号均已结束 all its signals have ended")
        if any(c.standing is Standing.STANDING for c in before):
            news.append("a signal is back")
        return news

    def _step(
        self, case: Case, verb: Verb, reason: str, details: dict[str, Any] | None = None
    ) -> tuple[Case, Entry]:
        return by_system(case, verb, self.now, self.city, reason, details or {})

    def _rows(self, name: str, **values: Any) -> list[dict[str, Any]]:
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statements("settlement")[name], values).fetchall()

    def _rows_changed(self, name: str, **values: Any) -> None:
        self.connection.execute(statements("settlement")[name], values)


def _is_homeless(change: Change, cases: dict[int, Held]) -> bool:
    """Tell whether the event has no case, or one that the system itself gave up."""
    if change.case_id is None:
        return True
    held = cases[change.case_id]
    return held.case.state is State.VOID and held.log[-1].role is Role.SYSTEM


def _is_solved(case: Case) -> bool:
    """Tell whether it was closed as a real problem; what was false is not there again."""
    return case.state is State.CLOSED and case.outcome is Outcome.REAL


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
