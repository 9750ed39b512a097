"""One case of the invented city, lived step by step through the real workflow."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from cases.case import Case, Entry
from cases.catalogue import Filing
from cases.city import City
from cases.clock import length, reach
from cases.opening import SYSTEM, filed
from cases.stages import handling
from cases.timers import timers
from cases.words import Role, Source, Verb
from cases.workflow import begin, step

#: Posts of a district: how many people share the work of each role.
POSTS = {
    Role.INTAKE: 12,
    Role.SHIFT_LEAD: 4,
    Role.INSPECTOR: 216,  # 16 districts: the 3,449 of Beijing
    Role.DISPATCHER: 10,
    Role.COMMAND_LEAD: 2,
    Role.DEPARTMENT: 6,
    Role.EVALUATOR: 2,
    Role.LEADER: 1,
    Role.PARTNER: 1,
}


@dataclass
class Life:
    """A case, its log, and when the last of it happened."""

    random: Random
    city: City
    filing: Filing
    source: Source
    district: str
    department: str
    at: datetime  #: of the report, then of the last step
    entries: list[Entry] = field(default_factory=list)
    fired: dict[tuple[int, str], datetime] = field(default_factory=dict)
    case: Case = field(init=False)

    def __post_init__(self) -> None:
        sensed = self.source is Source.SENSOR
        role = Role.SYSTEM if sensed else _REPORTERS.get(self.source, Role.INTAKE)
        actor = "invented-rule" if sensed else self.someone(role)
        told = {"source": str(self.source)}
        self.case, entry = begin(
            0, actor=actor, role=role, at=self.at, city=self.city, details=told
        )
        self.entries.append(entry)

    def someone(self, role: Role) -> str:
        whose = self.department[-6:] if role is Role.DEPARTMENT else self.district
        return f"{role}-{whose}-{self.random.randrange(POSTS[role]) + 1:03}"

    def minutes(self, usual: float) -> timedelta:
        """Return a delay, `usual` on the median, now and then several times as long."""
        return timedelta(seconds=round(usual * 60 * self.random.lognormvariate(0, 0.5)) + 1)

    def do(
        self,
        verb: Verb,
        role: Role,
        usual: float = 4,
        *,
        at: datetime | None = None,
        reason: str = "",
        actor: str = "",
        **details: Any,
    ) -> None:
        """Take a step some minutes from now, or `at`; before it, what the clocks have done."""
        when = max(at or self.at + self.minutes(usual), self.at + timedelta(seconds=1))
        self.let_pass(when)
        self._step(verb, role, actor or self._who(verb, role), when, reason, details)

    def _who(self, verb: Verb, role: Role) -> str:
        """Return who does it: a department's crew stays, everybody else is on another shift."""
        if role is Role.SYSTEM:
            return SYSTEM
        for _ in range(20):
            actor = self.someone(role)
            if not any(actor in people for people in self.case.did.values()):
                return actor
        return actor

    def let_pass(self, until: datetime) -> None:
        """Let the clocks do what they do before `until`: escalate, end a suspension."""
        while True:
            ahead = [
                timer
                for timer in timers(self.case, self.city)
                if timer.at <= until and (timer.run, timer.kind) not in self.fired
            ]
            if not ahead:
                return
            timer = min(ahead, key=lambda each: each.at)
            self.fired[timer.run, timer.kind] = timer.at
            verb = _BY_CLOCK.get(timer.kind.partition("-")[0])
            if verb is not None and timer.at > self.at:
                self._step(verb, Role.SYSTEM, SYSTEM, timer.at, "", {})

    def _step(
        self, verb: Verb, role: Role, actor: str, at: datetime, reason: str, details: dict[str, Any]
    ) -> None:
        self.case, entry = step(
            self.case,
            verb,
            actor=actor,
            role=role,
            at=at,
            city=self.city,
            reason=reason,
            details=details,
        )
        self.entries.append(entry)
        self.at = at

    def file(self, role: Role) -> None:
        when = self.at + self.minutes(4)
        self.do(Verb.FILE, role, at=when, **filed(self.filing, when, self.city))

    def into_limit(self, share: float) -> datetime:
        """Return when `share` of the limit of handling has been used from now on."""
        run = handling(self.case.runs)
        if run is None:
            raise ValueError("nobody handles it")
        allowed = length(run.allowed, self.city.calendar)
        time_class = run.allowed.time_class
        return reach(self.at, allowed * share, time_class, self.city.calendar, self.city.zone)


_REPORTERS = {Source.INSPECTOR: Role.INSPECTOR, Source.LEADER: Role.LEADER}
#: What the system does when a timer fires; a yellow light moves nothing.
_BY_CLOCK = {"overdue": Verb.ESCALATE, "resume": Verb.RESUME}
