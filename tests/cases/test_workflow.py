from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cases.workflow import (
    APART,
    NEXT,
    OPEN,
    Case,
    Entry,
    Outcome,
    Refused,
    Role,
    State,
    Verb,
    step,
)

AT = datetime(2024, 3, 1, 6, 30, tzinfo=UTC)
DETAILS = {"outcome": "real", "department": "910000000000000431"}


def take(case: Case, verb: Verb, role: Role, **given: Any) -> tuple[Case, Entry]:
    given = {"actor": "somebody", "at": AT, "reason": "why", "details": DETAILS, **given}
    return step(case, verb, role=role, **given)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("role", Role)
def test_only_the_table_decides(state: State, verb: Verb, role: Role) -> None:
    case = Case(7, state, version=3, department="91")
    move = NEXT.get((state, verb))
    if move is None:
        with pytest.raises(Refused, match=f"^cannot {verb} a case that is {state}$"):
            take(case, verb, role)
    elif role not in move.roles:
        with pytest.raises(Refused, match=f"^{verb} of a case that is {state} is for .*not for"):
            take(case, verb, role)
    else:
        after, entry = take(case, verb, role)
        assert (after.state, after.version) == (move.after, 4)
        assert (entry.case_id, entry.version, entry.verb) == (7, 4, verb)
        assert (entry.before, entry.after, entry.role) == (state, move.after, role)


def test_every_word_has_its_name_in_the_language_of_the_field() -> None:
    for words in (State, Verb, Role, Outcome):
        names = [word.zh for word in words]
        assert all(names)
        assert len(set(names)) == len(names)


def test_from_every_open_state_a_case_can_come_to_its_end() -> None:
    for start in OPEN:
        reached, before = {start}, set[State]()
        while reached != before:
            before = set(reached)
            reached |= {move.after for (state, _), move in NEXT.items() if state in before}
        assert reached >= {State.CLOSED, State.VOID}


def test_what_is_closed_or_void_stays_so_unless_it_is_reopened() -> None:
    ends = {(state, verb) for state, verb in NEXT if state not in OPEN}
    assert ends == {(State.CLOSED, Verb.REOPEN), (State.VOID, Verb.REOPEN)}


def test_the_system_decides_nothing_that_people_must() -> None:
    verbs = {verb for (_, verb), move in NEXT.items() if Role.SYSTEM in move.roles}
    assert verbs.isdisjoint({Verb.HANDLE, Verb.FEED_BACK, Verb.INSPECT, Verb.CLOSE, Verb.RETURN})


def test_a_department_neither_inspects_nor_closes_and_a_dispatcher_does_not_close() -> None:
    for (_, verb), move in NEXT.items():
        if verb in (Verb.INSPECT, Verb.CLOSE):
            assert move.roles.isdisjoint({Role.DEPARTMENT, Role.DISPATCHER, Role.SYSTEM})


@pytest.mark.parametrize(
    ("verb", "earlier"), [(verb, earlier) for verb, others in APART.items() for earlier in others]
)
def test_nobody_judges_their_own_work_in_another_role(verb: Verb, earlier: Verb) -> None:
    [(state, move)] = [(s, m) for (s, v), m in NEXT.items() if v is verb]
    [role] = move.roles
    case = Case(7, state, version=3, by={earlier: "crew 1"})
    with pytest.raises(Refused, match=f"crew 1 did {earlier} in this case and may not {verb} it"):
        take(case, verb, role, actor="crew 1")
    assert take(case, verb, role, actor="crew 2")[0].state is move.after


@pytest.mark.parametrize("reason", ["", "  "])
@pytest.mark.parametrize(
    ("state", "verb", "role"),
    [
        (State.DISPATCHED, Verb.RETURN, Role.DEPARTMENT),
        (State.FED_BACK, Verb.RETURN, Role.INSPECTOR),
        (State.FILED, Verb.VOID, Role.SHIFT_LEAD),
        (State.CLOSED, Verb.REOPEN, Role.SHIFT_LEAD),
    ],
)
def test_a_step_back_needs_a_reason(state: State, verb: Verb, role: Role, reason: str) -> None:
    with pytest.raises(Refused, match=f"{verb} needs a reason"):
        take(Case(7, state), verb, role, reason=reason)


@pytest.mark.parametrize("details", [{}, {"outcome": "fine"}, {"outcome": None}])
def test_closing_needs_an_outcome_that_labels_the_rule(details: dict[str, Any]) -> None:
    case = Case(7, State.INSPECTED)
    with pytest.raises(Refused, match="close needs an outcome: one of real, false, duplicate"):
        take(case, Verb.CLOSE, Role.SHIFT_LEAD, details=details)


@pytest.mark.parametrize("outcome", Outcome)
def test_a_closed_case_bears_its_outcome_until_it_is_reopened(outcome: Outcome) -> None:
    case = Case(7, State.INSPECTED)
    closed, _ = take(case, Verb.CLOSE, Role.SHIFT_LEAD, details={"outcome": str(outcome)})
    assert closed.outcome is outcome
    assert take(closed, Verb.REOPEN, Role.SHIFT_LEAD)[0].outcome is None


def test_dispatch_needs_a_department_once() -> None:
    case = Case(7, State.FILED)
    with pytest.raises(Refused, match="dispatch needs a department"):
        take(case, Verb.DISPATCH, Role.DISPATCHER, details={})
    sent, _ = take(case, Verb.DISPATCH, Role.DISPATCHER, details={"department": "water"})
    assert sent.department == "water"
    again = replace(sent, state=State.FILED)
    assert take(again, Verb.DISPATCH, Role.DISPATCHER, details={})[0].department == "water"


def test_a_time_without_a_zone_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="time zone"):
        take(Case(7, State.FILED), Verb.DISPATCH, Role.DISPATCHER, at=AT.replace(tzinfo=None))


class AnyCase(RuleBasedStateMachine):
    """Whatever anybody tries, the log tells the whole story of the case."""

    def __init__(self) -> None:
        super().__init__()
        self.case = Case(7, State.REPORTED, 1)
        self.log: list[Entry] = []

    @rule(
        verb=st.sampled_from(Verb),
        role=st.sampled_from(Role),
        actor=st.sampled_from(["crew 1", "crew 2", "crew 3"]),
        reason=st.sampled_from(["", "because"]),
        details=st.sampled_from([{}, DETAILS, {"outcome": "false"}]),
    )
    def try_a_step(
        self, verb: Verb, role: Role, actor: str, reason: str, details: dict[str, str]
    ) -> None:
        before = self.case
        at = AT + timedelta(minutes=len(self.log))
        try:
            self.case, entry = step(
                before, verb, actor=actor, role=role, at=at, reason=reason, details=details
            )
        except Refused as refused:
            assert self.case is before
            assert str(refused)  # noqa: PT017
        else:
            self.log.append(entry)

    @rule()
    def go_the_next_way(self) -> None:
        """Take the first step that the table has, so that long stories come about."""
        for (state, verb), move in NEXT.items():
            if state is self.case.state and verb not in (Verb.VOID, Verb.RETURN):
                self.try_a_step(verb, min(move.roles), f"{verb}-er", "because", DETAILS)
                return

    @invariant()
    def the_log_is_a_chain(self) -> None:
        states = [State.REPORTED, *(entry.after for entry in self.log)]
        assert [entry.before for entry in self.log] == states[:-1]
        assert [entry.version for entry in self.log] == [*range(2, len(self.log) + 2)]
        assert (self.case.state, self.case.version) == (states[-1], len(self.log) + 1)

    @invariant()
    def an_outcome_is_for_what_has_ended(self) -> None:
        assert self.case.outcome is None or self.case.state not in OPEN
        assert self.case.outcome is not None or self.case.state is not State.CLOSED

    @invariant()
    def a_closed_case_was_inspected_by_another(self) -> None:
        if self.case.state is State.CLOSED:
            last = {entry.verb: entry.actor for entry in self.log}
            assert last[Verb.INSPECT] != last[Verb.CLOSE]
            assert last[Verb.FEED_BACK] not in (last[Verb.INSPECT], last[Verb.CLOSE])


TestAnyCase = AnyCase.TestCase
TestAnyCase.settings = settings(max_examples=40, stateful_step_count=40)
