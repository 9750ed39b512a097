"""A case's story, told a step at a time: who does what, when, as the tests of casework need it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cases.case import Case, Entry
from cases.city import City, load_city
from cases.transitions import NEXT
from cases.words import Role, Source, State, Verb
from cases.workflow import begin, step

CITY = load_city()
WATER, GAS = "91000000000000027B", "910000000000000431"
#: A Friday morning, in working time.
AT = datetime(2026, 3, 6, 9, tzinfo=UTC) - timedelta(hours=8)
MINUTE = timedelta(minutes=1)
#: Eight working hours; a limit of four would end the same day.
LIMIT: dict[str, Any] = {"limit": {"amount": 8, "class": "working-hours"}}

V, R = Verb, Role
#: The way through the loop that a report of the public takes.
WAY: tuple[tuple[State, Verb, Role, dict[str, Any]], ...] = (
    (State.VERIFYING, V.ASK_VERIFY, R.INTAKE, {}),
    (State.REPORTED, V.VERIFY, R.INSPECTOR, {"found": True}),
    (State.ACCEPTED, V.ACCEPT, R.INTAKE, {}),
    (State.FILED, V.FILE, R.SHIFT_LEAD, LIMIT),
    (State.DISPATCHED, V.DISPATCH, R.DISPATCHER, {"department": WATER}),
    (State.HANDLING, V.HANDLE, R.DEPARTMENT, {}),
    (State.FED_BACK, V.FEED_BACK, R.DEPARTMENT, {}),
    (State.INSPECTING, V.ASK_INSPECT, R.INTAKE, {}),
    (State.INSPECTED, V.INSPECT, R.INSPECTOR, {"passed": True}),
    (State.CLOSED, V.CLOSE, R.SHIFT_LEAD, {"outcome": "real"}),
)


class Story:
    """A case and its log. Each step takes a minute unless told otherwise."""

    def __init__(
        self,
        source: Source = Source.HOTLINE,
        at: datetime = AT,
        city: City = CITY,
        case_id: int = 7,
        **told: Any,
    ) -> None:
        self.city, self.now = city, at
        role = Role.SYSTEM if source is Source.SENSOR else Role.INTAKE
        case, entry = begin(
            case_id,
            actor="reporter",
            role=role,
            at=at,
            city=city,
            details={"source": source, **told},
        )
        self.case: Case = case
        self.log: list[Entry] = [entry]

    def do(
        self,
        verb: Verb,
        role: Role | None = None,
        actor: str = "",
        reason: str = "because",
        after: timedelta = MINUTE,
        **details: Any,
    ) -> Story:
        """Take a step; raises Refused and leaves everything as it was."""
        role = role or self._usual(verb)
        self.case, entry = step(
            self.case,
            verb,
            actor=actor or f"{role} 1",
            role=role,
            at=self.now + after,
            city=self.city,
            reason=reason,
            details=details,
        )
        self.now += after
        self.log.append(entry)
        return self

    def to(self, state: State, after: timedelta = MINUTE) -> Story:
        """Go on along the usual way until the case is in `state`."""
        while self.case.state is not state:
            verb, role, details = self._next()
            # Two roles of one person are for the tests that ask what comes of it.
            self.do(verb, role, f"{verb}-er", after=after, **details)
        return self

    def _next(self) -> tuple[Verb, Role, dict[str, Any]]:
        if self.case.state is State.SUSPENDED:
            return V.RESUME, R.DISPATCHER, {}
        if self.case.state is State.HANDED_OVER:
            return V.FEED_BACK, R.PARTNER, {}
        if self.case.state is State.REPORTED:
            to_verify = self.case.source in self.city.policy.verify and self.case.found is None
            place = 0 if to_verify else 2
        else:
            places = {State.VERIFYING: 1} | {
                state: n + 1 for n, (state, *_) in enumerate(WAY) if n > 1
            }
            place = places[self.case.state]
        _, verb, role, details = WAY[place]
        return verb, role, details

    def _usual(self, verb: Verb) -> Role:
        roles = NEXT[self.case.state, verb].roles if (self.case.state, verb) in NEXT else {R.INTAKE}
        people = [role for role in Role if role in roles and role is not Role.SYSTEM]
        return people[0] if people else Role.SYSTEM
