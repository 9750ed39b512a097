"""Whatever anybody tries in whatever order: what must never come about, told apart from the guards.

The claims here read the log alone, so that a guard that is forgotten is missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
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
#: Few people, two of each side, so that they meet what they did before.
ACTORS = {
    R.INTAKE: "centre", R.SHIFT_LEAD: "centre", R.INSPECTOR: "centre", R.DISPATCHER: "command",
    R.COMMAND_LEAD: "command", R.DEPARTMENT: "crew", R.PARTNER: "crew", R.EVALUATOR: "office",
    R.LEADER: "leader", R.SYSTEM: "lifeline",
}  # fmt: skip
EVERYBODY = [f"{side} {n}" for side in sorted(set(ACTORS.values())) for n in (1, 2)]
EVERYBODY += [name.upper() + " " for name in EVERYBODY]  # the same people
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
    before = [replace(entry, actor=entry.actor.lower()) for entry in before]
    last = replace(last, actor=last.actor.lower())
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
        if by_department[-1:] != [V.HANDLE]:
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
            fed_back = [e for e in before if e.verb is V.FEED_BACK][-1]
            if fed_back.details.get("inspection") != "trusted":
                yield "the system closed what people were to inspect"
        elif not any(e.verb is V.INSPECT and e.details["passed"] for e in life):
            yield "closed what no inspector passed"
        sensed = log[0].details["source"] == Source.SENSOR
        if sensed and not last.reason.strip() and not any(e.verb is V.CONFIRM for e in life):
            yield "closed against the sensor without a reason"
    sent = since(before, V.DISPATCH, V.REDIRECT, V.REOPEN)
    taken_up = {e.verb for e in sent} & {V.HANDLE, V.RETURN} == {V.HANDLE}
    if last.verb is V.VOID and taken_up:
        yield "voided what a department had taken up"
    yield from more_time_than_is_due(before, last)
    yield from sent_astray(before, last)


def more_time_than_is_due(before: list[Entry], last: Entry) -> Iterator[str]:
    if last.verb is V.ASK_EXTENSION:
        filed = [e for e in before if e.verb is V.FILE][-1]
        if last.details["amount"] > filed.details["limit"]["amount"]:
            yield "extended by more than the original limit"
        if sum(e.verb is V.EXTEND for e in before if e.version > filed.version) >= 2:
            yield "extended a third time"
    asked = [e for e in before if e.verb is V.ASK_SUSPENSION]
    until = datetime.fromisoformat(asked[-1].details["until"]) if asked else last.at
    if last.verb is V.SUSPEND and not last.at < until <= asked[-1].at + timedelta(days=365):
        yield "suspended until the past or for too long"
    if last.verb is V.RESUME:
        if last.role is R.SYSTEM and last.at < until:
            yield "resumed by itself before the day agreed on"
        if last.role is not R.SYSTEM and not last.reason.strip():
            yield "resumed early without a reason"
    if last.verb in (V.APPROVE, V.REFUSE, V.EXEMPT):
        undecided = since(before, V.EXTEND, V.SUSPEND, V.REFUSE, V.EXEMPT, V.RETURN, V.FEED_BACK)
        if not {V.ASK_EXTENSION, V.ASK_SUSPENSION, V.APPEAL} & {e.verb for e in undecided}:
            yield "decided what nobody asked for"


def sent_astray(before: list[Entry], last: Entry) -> Iterator[str]:
    sent_to = [e.details["department"] for e in before if e.verb in (V.DISPATCH, V.REDIRECT)]
    outside = any(e.verb is V.HAND_OVER for e in before)
    if last.verb is V.REDIRECT and sent_to and last.details["department"] == sent_to[-1]:
        yield "redirected to where it was"
    again = last.verb is V.DISPATCH and last.role is R.DISPATCHER and sent_to and not outside
    if again and last.details["department"] != sent_to[-1]:
        yield "sent elsewhere without saying so"


class AnyCase(RuleBasedStateMachine):
    @initialize(
        source=st.sampled_from([Source.HOTLINE, Source.SENSOR, Source.INSPECTOR]),
        start=st.sampled_from([S.REPORTED, S.FILED, S.HANDLING, S.INSPECTED, S.CLOSED]),
    )
    def report(self, source: Source, start: State) -> None:
        """Begin somewhere on the way, so that what is late in a story is tried as often."""
        self.story = Story(source).to(start)

    @rule(
        verb=st.sampled_from(Verb),
        role=st.sampled_from(Role),
        actor=st.sampled_from(EVERYBODY),
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
            # What the system corrects has tests of its own.
            told = {} if verb is V.AMEND else self._said(given)
            self.story.do(verb, role, actor, reason, after, **told)
        except Refused as refused:
            assert self.story.case is before
            assert len(self.story.log) == lines
            assert str(refused)  # noqa: PT017

    @rule(
        who=st.sampled_from([1, 2]),
        choose=st.randoms(use_true_random=False),
        department=st.sampled_from([WATER, GAS]),
        passed=st.booleans(),
        reason=st.sampled_from(["because", "because", ""]),
        after=st.sampled_from([timedelta(minutes=7), timedelta(days=1)]),
        amount=st.sampled_from([2.0, 8.0, 9.0]),
        days=st.sampled_from([5, 5, -1, 400]),
    )
    def try_what_the_table_has(
        self, who: int, choose: Any, reason: str, after: timedelta, **given: Any
    ) -> None:
        """Take a step that is possible here, so that long stories come about."""
        ways = sorted((v, r) for (s, v), m in NEXT.items() if s is self.story.case.state
                      for r in m.roles if v not in TALK)  # fmt: skip
        verb, role = choose.choice(ways)
        self.try_a_step(verb, role, f"{ACTORS[role]} {who}", reason, after, **given)

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
            "inspection": "trusted" if given["passed"] else "required",
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
        assert verbs.count(V.EXTEND) <= 2
        assert verbs.count(V.SUSPEND) <= 1
        assert [e.verb for e in since(self.story.log, V.REOPEN)].count(V.APPEAL) <= 1
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
TestAnyCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
