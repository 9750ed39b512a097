"""From what rules found to cases, in one transaction: races are settled by the database.

Two writers never wait for each other in a ring, because every writer takes its locks in
one order: departments, events by id, then causes by key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import numpy as np
import orjson
from psycopg import errors
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from cases.amending import SEVERITIES, Cause, amend
from cases.city import City
from cases.codes import case_number
from cases.opening import SYSTEM, as_datetime, facts, open_case, take_up
from cases.placing import Speaker
from cases.workflow import OPEN, Case, Entry, Role, State, Verb, step
from rules.event import Event, Standing
from rules.judgement import Requalified
from store.cases import Held, add_lines, hold, record, tell
from store.database import Connection
from store.statements import statements
from store.surroundings import evidence_of, place_of, speakers_of

#: Standings that are facts about the city: only these open cases and keep them.
FACTS = frozenset({Standing.STANDING, Standing.OVER})
#: Changes that a log line tells; that it began or was found at another time is in its details.
TOLD_CHANGES = frozenset({"severity", "condition", "component", "department", "due"})


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

    @property
    def counts(self) -> bool:
        return self.standing in FACTS


def settle(
    connection: Connection,
    events: Sequence[Event],
    requalified: Requalified,
    now: datetime,
    city: City,
) -> Settled:
    """Write `events` and what they mean for cases; settling the same again changes nothing.

    An event opens the case of its cause or joins the open one; `one_open_case_per_cause`
    decides which. A case whose events have all been withdrawn or explained, and which no
    human has touched, is voided; it is taken up again if one of them comes back.
    `requalified` are stored readings with the quality they turned out to have. Commits,
    unless the connection is in a transaction already.
    """
    settled = Settled()
    with connection.transaction():
        if len(requalified):
            _requalify(connection, requalified)
        if events:
            _put_departments(connection, city)
            latest = {event.id: event for event in events}
            changes = _write(connection, latest, now)
            for key, changed in groupby(changes, lambda change: change.case_key):
                if key:
                    desk = _Desk(connection, key, list(changed), latest, now, city, settled)
                    desk.settle()
    return settled


def _requalify(connection: Connection, readings: Requalified) -> None:
    connection.execute(
        statements("settlement")["requalify"],
        {
            "channel": readings.channel.tolist(),
            "time": [as_datetime(time) for time in readings.time],
            "quality": readings.quality.tolist(),
            "first": as_datetime(readings.time.min()),
            "last": as_datetime(readings.time.max()),
        },
    )


def _put_departments(connection: Connection, city: City) -> None:
    departments = [
        {"code": d.code, "name_zh": d.name.zh, "name_en": d.name.en}
        for d in city.departments.departments
    ]
    connection.execute(
        statements("settlement")["put_departments"], {"departments": Jsonb(departments)}
    )


def _write(connection: Connection, events: dict[UUID, Event], now: datetime) -> list[Change]:
    rows = [{**_as_row(event), "id": identity} for identity, event in events.items()]
    with connection.cursor(row_factory=dict_row) as cursor:
        changes = [
            Change(
                row["id"],
                row["case_key"],
                Standing(row["standing"]),
                row["case_id"],
                Standing(row["was"]) if row["was"] else None,
                frozenset(row["known"]),
            )
            for row in cursor.execute(
                statements("settlement")["write_events"],
                {"events": Jsonb(rows, dumps=_json), "now": now},
            )
        ]
    for change in changes:
        tell(connection, "event", str(change.id))
    return changes


def _as_row(event: Event) -> dict[str, Any]:
    row = asdict(event)
    for name in ("began", "raised", "found", "ended"):
        if row[name] is not None:
            row[name] = as_datetime(row[name])
    row["channels"] = [int(channel) for channel in event.channels]
    row["peak"] = str(float(event.peak))  # JSON knows no infinity
    return row


def as_event(row: dict[str, Any]) -> Event:
    for name in ("began", "raised", "found", "ended"):
        if row[name] is not None:
            row[name] = np.datetime64(row[name].replace(tzinfo=None), "us")
    row["standing"] = Standing(row["standing"])
    row["channels"] = tuple(row["channels"])
    return Event(**row)


def _json(value: Any) -> bytes:
    """Write JSON with arrays and numbers of numpy; what is no number becomes null."""
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)


@dataclass
class _Desk:
    """Where the changed events of one cause become, join or leave its case."""

    connection: Connection
    key: str
    changes: list[Change]
    events: dict[UUID, Event]  #: of the whole settlement
    now: datetime
    city: City
    settled: Settled

    def settle(self) -> None:
        while True:
            cases = self._lock()
            held = next((h for h in cases.values() if h.case.state in OPEN), None)
            homeless = [c for c in self.changes if c.counts and _is_homeless(c, cases)]
            if held:
                symptoms = [c for c in self.changes if not c.counts and c.case_id is None]
                self._amend(self._join(held, homeless + symptoms))
                return
            if not homeless:
                return
            # Another writer may open the case between our look and our write. Then ours
            # writes nothing, and the next look finds the other's.
            if self._take_up_again(homeless, cases) or self._open(homeless):
                return

    def _lock(self) -> dict[int, Held]:
        """Lock the cause's open case, and those that its changed events are in."""
        ids = sorted({c.case_id for c in self.changes if c.case_id is not None})
        rows = self._rows("lock_cases_of_cause", ids=ids, key=self.key)
        return {row["id"]: hold(self.connection, row["id"]) for row in rows}

    def _open(self, homeless: list[Change]) -> bool:
        events = sorted((self.events[c.id] for c in homeless), key=lambda e: (e.began, e.id))
        first = events[0]
        place = place_of(self.connection, first, speakers_of(self.connection, first))
        case_id = self._rows("next_case")[0]["id"]
        case, entries = open_case(case_id, first, place, self.city, self.now)
        row = {
            **asdict(facts(first, place, self.city, self.now)),
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
        }
        if not self._rows("open_case", **row):
            return False
        add_lines(self.connection, entries)
        self._attach(case_id, [first])
        self.settled.opened.append(case_id)
        tell(self.connection, "case", case_id)
        self._join(hold(self.connection, case_id), [c for c in homeless if c.id != first.id])
        return True

    def _take_up_again(self, homeless: list[Change], cases: dict[int, Held]) -> bool:
        """Reopen the case that the system voided, if one of its events is back."""
        back = [c for c in homeless if c.case_id is not None]
        if not back:
            return False
        held = cases[min(c.case_id for c in back if c.case_id is not None)]
        event = min((self.events[c.id] for c in back), key=lambda e: (e.began, e.id))
        place = place_of(self.connection, event, speakers_of(self.connection, event))
        case, reopened = self._step(held.case, Verb.REOPEN, "its event stands again")
        case, entries = take_up(case, event, place, self.city, self.now)
        try:
            with self.connection.transaction():
                record(self.connection, case, [reopened, *entries])
        except errors.UniqueViolation:
            return False
        self.settled.reopened.append(case.id)
        others = [c for c in homeless if c.case_id != case.id]
        self._amend(self._join(hold(self.connection, case.id), others), refiled=True)
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
        record(self.connection, case, [entry])
        if case.id not in self.settled.opened:
            self.settled.joined.append(case.id)
        return Held(case, held.log)

    def _attach(self, case_id: int, events: list[Event]) -> None:
        self._rows_changed("attach_events", case_id=case_id, ids=[event.id for event in events])
        for event in events:
            self._freeze(case_id, event, speakers_of(self.connection, event))

    def _freeze(self, case_id: int, event: Event, speakers: list[Speaker]) -> None:
        self._rows_changed(
            "freeze",
            case_id=case_id,
            event_id=event.id,
            frozen_at=self.now,
            body=Jsonb(evidence_of(self.connection, event, speakers), dumps=_json),
        )

    def _gather(self, case_id: int) -> list[str]:
        """Freeze what channels add that have spoken up since their event came to the case."""
        spoken = []
        for change in self.changes:
            event = self.events[change.id]
            if change.was is None or change.case_id != case_id or not change.counts:
                continue
            if set(event.channels) - change.known:
                speakers = speakers_of(self.connection, event)
                new = [s for s in speakers if s.number not in change.known]
                self._freeze(case_id, event, new)
                spoken += [s.id for s in new]
        return spoken

    def _amend(self, held: Held, refiled: bool = False) -> None:
        """Bring the case in line with its events, or void it when none is left."""
        case = held.case
        [summed] = self._rows("cause", case_id=case.id, severities=SEVERITIES)
        leading = summed.pop("leading")
        if leading is None and not held.touched:
            reasons = sorted({c.standing for c in self.changes if not c.counts})
            case, entry = self._step(case, Verb.VOID, f"its events are {' and '.join(reasons)}")
            record(self.connection, case, [entry])
            self.settled.voided.append(case.id)
            return
        changed: dict[str, tuple[Any, Any]] = {}
        if leading is not None:
            event = self.events.get(leading) or as_event(self._rows("event", id=leading)[0])
            place = place_of(self.connection, event, speakers_of(self.connection, event))
            [before] = self._rows("case_facts", case_id=case.id)
            said = facts(event, place, self.city, self.now)
            changed = amend(before, Cause(**summed), said, held.touched, refiled)
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
        if spoken := self._gather(case.id):
            news.append(f"{len(spoken)} more of its channels have spoken")
            details["channels"] = spoken
        if details or news:
            case, entry = self._step(case, Verb.AMEND, "; ".join(news), details)
            if "department" in changed:
                case = replace(case, department=changed["department"][1] or "")
            record(self.connection, case, [entry])

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
        return step(
            case,
            verb,
            actor=SYSTEM,
            role=Role.SYSTEM,
            at=self.now,
            reason=reason,
            details=details or {},
        )

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


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
