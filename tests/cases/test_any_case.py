"""Whatever anybody tries in whatever order: what must never come about, told apart from the guards.

The claims here read the log alone, so that a guard that is forgotten is missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from story import AT, CITY, GAS, LIMIT, WATER, Story

from cases.case import Entry, replay
from cases.transitions import NEXT
from cases.words import ENDS, Role, Source, State, Verb
from cases.workflow import Refused

V, R, S = Verb, Role, State
ACTORS = ("an", "bo", "chen", "ding", "er", "fang")
SUPERVISION = {R.INTAKE, R.SHIFT_LEAD, R.INSPECTOR}
COMMAND = {R.DISPATCHER, R.COMMAND_LEAD}
MENDING = {R.DEPARTMENT, R.PARTNER}
TALK = {V.NOTE, V.URGE, V.SUPERVISE, V.CALL_BACK, V.JOIN}
WITH_REASON = {V.RETURN, V.REJECT, V.VOID, V.REDIRECT, V.REOPEN, V.REWORK, V.REFUSE, V.APPEAL}


def since(log: list[Entry], *verbs: Verb) -> list[Entry]:
    """Return what was done after the last of `verbs`, or all."""
    places = [n for n, entry in enumerate(log) if entry.verb in verbs]
    return log[places[-1] + 1 :] if places else log


def broken(log: list[Entry]) -> Iterator[str]:
    """Yield what the last line of the log must not have been, after the lines before it."""
    *before, last = log
    did = {(entry.actor, entry.verb) for entry in before}
    if last.verb not in TALK and last.role not in (R.SYSTEM, R.LEADER):
        mine = next(s for s in (SUPERVISION, COMMAND, MENDING, {R.EVALUATOR}) if last.role in s)
        for entry in before:
            stands_aside = entry.verb in TALK or entry.role in (R.SYSTEM, R.LEADER)
            if entry.actor == last.actor and not stands_aside and entry.role not in mine:
                yield f"{last.actor} acted as {entry.role} and as {last.role}"
    if last.verb is V.CLOSE and (last.actor, V.INSPECT) in did:
        yield "who inspected closed"
    if last.verb is V.FILE and {(last.actor, V.REPORT), (last.actor, V.VERIFY)} & did:
        yield "who reported or verified filed"
    if last.verb in (V.EXTEND, V.SUSPEND):
        asked = since(before, V.EXTEND, V.SUSPEND, V.REFUSE)
        verb = V.ASK_EXTENSION if last.verb is V.EXTEND else V.ASK_SUSPENSION
        askers = [e.actor for e in asked if e.verb is verb]
        approvers = [e.actor for e in asked if e.verb is V.APPROVE]
        if len(approvers) != 1 or len({*askers, *approvers, last.actor}) != 3:
            yield "more time without somebody who asks and two others who approve"
    if last.verb is V.FEED_BACK and last.role is R.DISPATCHER:
        by_department = [
            e.verb for e in before if e.role is R.DEPARTMENT and e.verb in (V.HANDLE, V.RETURN)
        ]
        if by_department[-1] is V.RETURN:
            yield "a dispatcher forwarded what the department returned"
    if last.verb in WITH_REASON and not last.reason.strip():
        yield f"{last.verb} without a reason"
    if last.verb is V.ACCEPT and log[0].details["source"] in (Source.HOTLINE, Source.POLICE):
        found = [e.details["found"] for e in before if e.verb is V.VERIFY]
        if not found or not found[-1]:
            yield "accepted what nobody has seen"
    if last.verb is V.CLOSE:
        life = since(before, V.FEED_BACK, V.REWORK)
        if last.role is R.SYSTEM:
            if not any(e.verb is V.CONFIRM for e in life):
                yield "the system closed what no sensor confirmed"
        elif not any(e.verb is V.INSPECT and e.details["passed"] for e in life):
            yield "closed what no inspector passed"
        sensed = log[0].details["source"] == Source.SENSOR
        if sensed and not last.reason.strip() and not any(e.verb is V.CONFIRM for e in life):
            yield "closed against the sensor without a reason"
    sent = since(before, V.DISPATCH, V.REDIRECT, V.REOPEN)
    if (
        last.verb is V.VOID
        and any(e.verb is V.HANDLE for e in sent)
        and not any(e.verb is V.RETURN for e in sent)
    ):
        yield "voided what a department had taken up"


class AnyCase(RuleBasedStateMachine):
    @initialize(source=st.sampled_from(Source))
    def report(self, source: Source) -> None:
        self.story = Story(source)

    @rule(
        verb=st.sampled_from(Verb),
        role=st.sampled_from(Role),
        actor=st.sampled_from(ACTORS),
        reason=st.sampled_from(["", "because"]),
        after=st.sampled_from([timedelta(0), timedelta(minutes=3), timedelta(days=2)]),
        department=st.sampled_from([WATER, GAS]),
        passed=st.booleans(),
        amount=st.sampled_from([0.5, 8.0, 9.0]),
        days=st.sampled_from([-1, 3, 400]),
    )
    def try_a_step(
        self, verb: Verb, role: Role, actor: str, reason: str, after: timedelta, **given: Any
    ) -> None:
        before, lines = self.story.case, len(self.story.log)
        try:
            self.story.do(verb, role, actor, reason, after, **self._said(given))
        except Refused as refused:
            assert self.story.case is before
            assert len(self.story.log) == lines
            assert str(refused)  # noqa: PT017

    @rule(
        actor=st.sampled_from(ACTORS),
        choose=st.randoms(use_true_random=False),
        department=st.sampled_from([WATER, GAS]),
        passed=st.booleans(),
    )
    def try_what_the_table_has(self, actor: str, choose: Any, **given: Any) -> None:
        """Take a step that is possible here, so that long stories come about."""
        ways = sorted((v, r) for (s, v), m in NEXT.items() if s is self.story.case.state
                      for r in m.roles if v not in TALK)  # fmt: skip
        verb, role = choose.choice(ways)
        told = {"amount": 2.0, "days": 5, **given}
        self.try_a_step(verb, role, actor, "because", timedelta(minutes=7), **told)

    @rule()
    def go_the_usual_way(self) -> None:
        if self.story.case.state not in ENDS:
            verb, role, details = self.story._next()
            try:
                self.story.do(verb, role, f"{role} by trade", **details)
            except Refused:
                return

    def _said(self, given: dict[str, Any]) -> dict[str, Any]:
        until = self.story.now + timedelta(days=given["days"])
        return {
            "department": given["department"], "passed": given["passed"],
            "found": given["passed"], "amount": given["amount"], "until": until.isoformat(),
            "outcome": "real", "to": "110", "into": "N1", "satisfaction": "fair", **LIMIT,
        }  # fmt: skip

    @invariant()
    def nothing_forbidden_was_done(self) -> None:
        log = self.story.log
        assert list(broken(log)) == [] if len(log) > 1 else True

    @invariant()
    def the_log_is_a_chain_and_tells_all(self) -> None:
        log, case = self.story.log, self.story.case
        assert [e.before for e in log] == [None, *(e.after for e in log[:-1])]
        assert [e.version for e in log] == [*range(1, len(log) + 1)]
        assert (case.state, case.version) == (log[-1].after, len(log))

    def teardown(self) -> None:
        if hasattr(self, "story"):
            assert replay(self.story.log, CITY) == self.story.case

    @invariant()
    def counted_things_keep_to_their_counts(self) -> None:
        verbs = [e.verb for e in self.story.log]
        assert verbs.count(V.EXTEND) <= 2 * (1 + verbs.count(V.AMEND) + verbs.count(V.FILE))
        assert verbs.count(V.SUSPEND) <= 1
        assert verbs.count(V.APPEAL) <= 1
        assert verbs.count(V.EXEMPT) <= verbs.count(V.APPEAL)
        assert self.story.case.level <= 4

    @invariant()
    def an_outcome_is_for_what_has_ended(self) -> None:
        case = self.story.case
        assert case.outcome is None or case.state in ENDS
        assert case.outcome is not None or case.state is not S.CLOSED
        assert (case.closed is not None) == (case.state in ENDS)

    @invariant()
    def one_clock_runs_and_none_when_nobody_owes_anything(self) -> None:
        case = self.story.case
        runs = [run for run in case.runs if run.since is not None]
        assert len(runs) <= 1
        assert not (runs and case.state in (*ENDS, S.SUSPENDED))
        for run in case.runs:
            assert run.used >= timedelta(0)
            assert run.ended is None or run.since is None
            assert run.began >= AT


TestAnyCase = AnyCase.TestCase
TestAnyCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
