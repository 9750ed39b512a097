"""The rules of the loop, a claim a sentence of the specification."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from story import AT, CITY, GAS, LIMIT, MINUTE, WATER, Story

from cases.case import Case, replay
from cases.catalogue import Limit
from cases.details import DETAILS
from cases.guards import APART, SIDES
from cases.stages import handling
from cases.transitions import NEEDS_REASON, NEXT, OF_DRILLS
from cases.words import ENDS, OPEN, Light, Outcome, Role, Satisfaction, Source, Stage, State, Verb
from cases.workflow import Refused, step

V, R, S = Verb, Role, State
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize("state", State)
def test_what_the_table_does_not_give_to_a_role_is_refused(state: State) -> None:
    for verb, role in product(Verb, Role):
        move = NEXT.get((state, verb))
        if move is not None and role in move.roles:
            continue
        said = "cannot" if move is None else f"{verb} of a case that is {state} is for .* not for"
        with pytest.raises(Refused, match=said):
            step(Case(7, state), verb, actor="a", role=role, at=AT, city=CITY, reason="why")


def test_every_word_has_its_name_in_the_language_of_the_field() -> None:
    for words in (State, Role, Outcome, Source, Light, Satisfaction):
        names = [word.zh for word in words]
        assert all(names)
        assert len(set(names)) == len(names)
    assert all(word.zh for words in (Verb, Stage) for word in words)


def test_from_every_open_state_a_case_can_come_to_its_end() -> None:
    for start in OPEN:
        reached, before = {start}, set[State]()
        while reached != before:
            before = set(reached)
            reached |= {move.after for (state, _), move in NEXT.items() if state in before}
        assert reached >= ENDS


def test_what_has_ended_stays_so_unless_it_is_reopened() -> None:
    leaving = {verb for (state, verb), move in NEXT.items() if state in ENDS and move.after in OPEN}
    assert leaving == {V.REOPEN}


def test_the_system_decides_nothing_that_people_must() -> None:
    verbs = {verb for (_, verb), move in NEXT.items() if R.SYSTEM in move.roles}
    assert verbs.isdisjoint(
        {V.VERIFY, V.REJECT, V.HANDLE, V.FEED_BACK, V.INSPECT, V.RETURN, V.EXTEND, V.EXEMPT}
    )


def test_who_mends_neither_inspects_nor_closes_and_who_sends_does_not_close() -> None:
    for (_, verb), move in NEXT.items():
        if verb in (V.VERIFY, V.INSPECT, V.CLOSE, V.REWORK):
            assert move.roles.isdisjoint({R.DEPARTMENT, R.PARTNER, R.DISPATCHER, R.COMMAND_LEAD})


# Is there a problem? --------------------------------------------------------------------------


@pytest.mark.parametrize("source", [Source.HOTLINE, Source.POLICE, Source.SYSTEM])
def test_what_the_public_reports_is_verified_on_site_before_it_is_accepted(source: Source) -> None:
    with pytest.raises(Refused, match="verified on site first"):
        Story(source).do(V.ACCEPT)
    assert Story(source).to(S.ACCEPTED).case.verified


@pytest.mark.parametrize("source", [Source.INSPECTOR, Source.VIDEO, Source.LEADER])
def test_what_an_inspector_a_camera_or_a_leader_reports_needs_no_verification(
    source: Source,
) -> None:
    assert Story(source).do(V.ACCEPT, R.INTAKE).case.state is S.ACCEPTED


def test_what_the_inspector_did_not_find_is_rejected_with_a_reason_and_not_filed() -> None:
    story = Story().do(V.ASK_VERIFY).do(V.VERIFY, found=False)
    with pytest.raises(Refused, match="found no such problem"):
        story.do(V.ACCEPT)
    with pytest.raises(Refused, match="reject needs a reason"):
        story.do(V.REJECT, reason="")
    assert story.do(V.REJECT).case.state is S.REJECTED
    assert story.case.filed is None


def test_a_verification_may_be_asked_for_again() -> None:
    story = Story().do(V.ASK_VERIFY).do(V.VERIFY, found=False)
    again = story.do(V.ASK_VERIFY).do(V.VERIFY, actor="inspector 2", found=True)
    assert again.do(V.ACCEPT).case.state is S.ACCEPTED


def test_a_case_is_filed_under_a_condition_of_the_catalogue() -> None:
    with pytest.raises(Refused, match="names a filing condition"):
        Story().to(S.ACCEPTED).do(V.FILE)


def test_the_shift_lead_may_refuse_to_file_with_a_reason() -> None:
    assert Story().to(S.ACCEPTED).do(V.REJECT, R.SHIFT_LEAD).case.state is S.REJECTED


# Who mends it? --------------------------------------------------------------------------------


def test_dispatch_needs_a_department_once() -> None:
    story = Story().to(S.FILED)
    with pytest.raises(Refused, match="dispatch needs a department"):
        story.do(V.DISPATCH)
    story.do(V.DISPATCH, department=WATER).do(V.RETURN, R.DEPARTMENT).do(V.DISPATCH)
    assert story.case.department == WATER


def test_another_department_than_before_is_a_redirect_with_a_reason_and_is_counted() -> None:
    story = Story().to(S.DISPATCHED).do(V.RETURN, R.DEPARTMENT)
    with pytest.raises(Refused, match="another department is a redirect"):
        story.do(V.DISPATCH, department=GAS)
    with pytest.raises(Refused, match="redirect needs a reason"):
        story.do(V.REDIRECT, reason=" ", department=GAS)
    with pytest.raises(Refused, match="another department than"):
        story.do(V.REDIRECT, department=WATER)
    story.do(V.REDIRECT, department=GAS)
    assert (story.case.department, story.case.redirects) == (GAS, 1)


def test_a_dispatcher_may_send_a_case_back_to_the_supervision_centre() -> None:
    assert Story().to(S.FILED).do(V.RETURN, R.DISPATCHER).case.state is S.ACCEPTED


@pytest.mark.parametrize(
    ("state", "role"),
    [(S.FILED, R.DISPATCHER), (S.DISPATCHED, R.DEPARTMENT), (S.HANDLING, R.DEPARTMENT)],
)
def test_every_return_needs_a_reason(state: State, role: Role) -> None:
    for nothing in ("", " \u3000", "\u200b\ufeff"):
        with pytest.raises(Refused, match="return needs a reason"):
            Story().to(state).do(V.RETURN, role, reason=nothing)


def test_what_a_department_returned_may_not_be_forwarded_to_closing_by_the_dispatcher() -> None:
    story = Story().to(S.HANDLING).do(V.RETURN, R.DEPARTMENT)
    for verb in (V.FEED_BACK, V.ASK_INSPECT, V.CLOSE):
        with pytest.raises(Refused, match=f"cannot {verb}"):
            story.do(verb, R.DISPATCHER)
    story.do(V.DISPATCH)
    with pytest.raises(Refused, match="cannot feed-back"):
        story.do(V.FEED_BACK, R.DISPATCHER)
    # Only the department itself can take it up again; then its result may be forwarded.
    assert story.do(V.HANDLE).do(V.FEED_BACK, R.DISPATCHER).case.state is S.FED_BACK


def test_a_case_handed_over_comes_back_done_or_with_a_reason() -> None:
    story = Story().to(S.FILED).do(V.HAND_OVER, to="110")
    assert (story.case.state, story.case.handed_to) == (S.HANDED_OVER, "110")
    with pytest.raises(Refused, match="return needs a reason"):
        story.do(V.RETURN, R.PARTNER, reason="")
    assert Story().to(S.FILED).do(V.HAND_OVER, to="110").do(V.RETURN).case.state is S.FILED
    assert story.do(V.FEED_BACK, R.PARTNER).case.state is S.FED_BACK


@pytest.mark.parametrize("state", [S.FED_BACK, S.INSPECTING, S.INSPECTED])
def test_what_others_said_was_done_and_was_not_goes_back_to_them(state: State) -> None:
    story = Story().to(S.HANDLING).do(V.HAND_OVER, R.DISPATCHER, "dispatch-er", to="110")
    story.do(V.FEED_BACK, R.PARTNER).to(state).do(V.REWORK, R.SHIFT_LEAD)
    run = story.case.running
    assert run is not None
    assert (story.case.state, run.owner) == (S.HANDED_OVER, "110")
    with pytest.raises(Refused, match="not for dispatcher"):
        story.do(V.FEED_BACK, R.DISPATCHER)
    assert story.do(V.FEED_BACK, R.PARTNER).case.state is S.FED_BACK


def test_what_came_back_from_others_is_its_department_s_again() -> None:
    story = Story().to(S.FILED).do(V.HAND_OVER, to="110").do(V.RETURN)
    story.do(V.DISPATCH, department=WATER).do(V.HANDLE).do(V.FEED_BACK, R.DEPARTMENT)
    assert story.do(V.REWORK, R.SHIFT_LEAD).case.state is S.HANDLING


# More time ------------------------------------------------------------------------------------


def extended(story: Story, amount: float, after: timedelta = MINUTE) -> Story:
    story.do(V.ASK_EXTENSION, amount=amount, after=after)
    return story.do(V.APPROVE).do(V.EXTEND)


def test_an_extension_is_approved_by_two_levels() -> None:
    story = Story().to(S.HANDLING).do(V.ASK_EXTENSION, amount=4)
    with pytest.raises(Refused, match="a dispatcher approves it first"):
        story.do(V.EXTEND)
    story.do(V.APPROVE)
    with pytest.raises(Refused, match="is approved already"):
        story.do(V.APPROVE, actor="dispatcher 2")
    before = story.case.due
    story.do(V.EXTEND)
    assert before is not None
    assert story.case.due is not None
    assert story.case.due > before
    assert story.case.limit is not None
    assert story.case.limit.amount == 12


@pytest.mark.parametrize("verb", [V.APPROVE, V.EXTEND, V.SUSPEND, V.REFUSE])
def test_what_nobody_asks_for_is_not_decided(verb: Verb) -> None:
    with pytest.raises(Refused, match=r"nobody asks: .* comes first"):
        Story().to(S.HANDLING).do(verb)
    with pytest.raises(Refused, match="nobody asks: appeal comes first"):
        Story().to(S.CLOSED).do(V.EXEMPT)


def test_one_person_is_not_two_levels() -> None:
    story = Story().to(S.HANDLING).do(V.ASK_EXTENSION, amount=4).do(V.APPROVE, actor="chief")
    with pytest.raises(Refused, match="chief did approve in this case and may not extend it"):
        story.do(V.EXTEND, actor="chief")


def test_a_limit_is_extended_at_most_twice() -> None:
    story = extended(extended(Story().to(S.HANDLING), 8), 8)
    with pytest.raises(Refused, match="at most 2 times"):
        story.do(V.ASK_EXTENSION, amount=1)


def test_each_extension_is_at_most_the_original_limit() -> None:
    story = extended(Story().to(S.HANDLING), 8)
    with pytest.raises(Refused, match="at most the original limit, 8 working-hours"):
        story.do(V.ASK_EXTENSION, amount=8.5)  # the limit is 16 by now


def test_an_extension_is_asked_before_the_deadline() -> None:
    with pytest.raises(Refused, match="asked before the deadline"):
        Story().to(S.HANDLING).do(V.ASK_EXTENSION, amount=1, after=4 * DAY)


def test_an_extension_that_was_asked_in_time_may_be_approved_after_the_deadline() -> None:
    story = Story().to(S.HANDLING)
    due = story.case.due
    assert due is not None
    extended(story, 4, after=due - story.now - MINUTE)
    assert story.now > due
    assert story.case.due == due + 6 * HOUR  # four of work, and the noon rest
    other = Story().to(S.HANDLING)
    with pytest.raises(Refused, match="asked before the deadline"):
        other.do(V.ASK_EXTENSION, amount=4, after=due - other.now)


def test_another_limit_gives_no_third_extension() -> None:
    story = extended(extended(Story().to(S.HANDLING), 8), 8).do(V.AMEND, R.SHIFT_LEAD, **LIMIT)
    with pytest.raises(Refused, match="at most 2 times"):
        story.do(V.ASK_EXTENSION, amount=1)


def test_what_was_asked_of_one_limit_is_not_granted_on_another() -> None:
    """Eight hours asked are not eight days granted."""
    story = Story().to(S.HANDLING).do(V.ASK_EXTENSION, amount=8).do(V.APPROVE)
    story.do(V.AMEND, R.SHIFT_LEAD, limit={"amount": 1, "class": "working-days"})
    with pytest.raises(Refused, match="nobody asks"):
        story.do(V.EXTEND)
    assert extended(story, 1).case.limit == Limit(amount=2, **{"class": "working-days"})


def test_what_is_asked_is_decided_before_more_is_asked() -> None:
    story = Story().to(S.HANDLING).do(V.ASK_EXTENSION, amount=4)
    with pytest.raises(Refused, match="ask-extension is not decided yet"):
        story.do(V.ASK_SUSPENSION, until=(AT + DAY).isoformat())
    with pytest.raises(Refused, match="ask-extension is not decided yet"):
        story.do(V.ASK_EXTENSION, amount=8)
    with pytest.raises(Refused, match="refuse needs a reason"):
        story.do(V.REFUSE, reason="")
    story.do(V.REFUSE).do(V.ASK_EXTENSION, amount=2)
    assert story.case.extensions == 0


def suspended(until: timedelta = 9 * DAY) -> Story:
    story = Story().to(S.HANDLING).do(V.ASK_SUSPENSION, until=(AT + until).isoformat())
    return story.do(V.APPROVE).do(V.SUSPEND)


def test_a_suspension_stops_the_clock_and_ends_by_itself() -> None:
    story = suspended()
    assert story.case.due is None
    with pytest.raises(Refused, match="has not ended yet"):
        story.do(V.RESUME, R.SYSTEM, after=DAY)
    story.do(V.RESUME, R.SYSTEM, after=AT + 9 * DAY - story.now)
    run = handling(story.case.runs)
    assert run is not None
    assert run.used == 4 * MINUTE  # dispatched, taken up, asked, approved, suspended
    assert story.case.state is S.HANDLING


def test_a_suspension_ends_on_its_day_whoever_ends_it_later() -> None:
    story = suspended().do(V.RESUME, R.DISPATCHER, reason="", after=20 * DAY)
    run = story.case.running
    assert run is not None
    assert run.since == AT + 9 * DAY


def test_a_suspension_may_end_early_with_a_reason() -> None:
    with pytest.raises(Refused, match="needs a reason"):
        suspended().do(V.RESUME, R.DISPATCHER, reason="")
    assert suspended().do(V.RESUME, R.DISPATCHER).case.state is S.HANDLING


def test_a_suspension_is_approved_by_two_levels() -> None:
    story = Story().to(S.HANDLING).do(V.ASK_SUSPENSION, until=(AT + DAY).isoformat())
    with pytest.raises(Refused, match="a dispatcher approves it first"):
        story.do(V.SUSPEND)
    with pytest.raises(Refused, match="chief did approve in this case and may not suspend it"):
        story.do(V.APPROVE, actor="chief").do(V.SUSPEND, actor="chief")
    assert story.do(V.SUSPEND).case.state is S.SUSPENDED


def test_a_case_is_suspended_once() -> None:
    story = suspended().do(V.RESUME, R.DISPATCHER)
    with pytest.raises(Refused, match="suspended once at most"):
        story.do(V.ASK_SUSPENSION, until=(AT + 20 * DAY).isoformat())


def test_a_suspension_is_not_approved_when_its_day_has_passed() -> None:
    story = Story().to(S.HANDLING).do(V.ASK_SUSPENSION, until=(AT + DAY).isoformat())
    with pytest.raises(Refused, match="has passed: refuse it"):
        story.do(V.APPROVE).do(V.SUSPEND, after=DAY)


@pytest.mark.parametrize("days", [366, 0, -1])
def test_a_suspension_lasts_a_year_at_most_and_ends_later_than_now(days: int) -> None:
    with pytest.raises(Refused, match="later than now and within 365 days"):
        Story().to(S.HANDLING).do(V.ASK_SUSPENSION, until=(AT + days * DAY).isoformat())


# Is it solved? --------------------------------------------------------------------------------


def test_closing_needs_the_closing_condition_seen_on_site() -> None:
    story = Story().to(S.INSPECTING).do(V.INSPECT, passed=False)
    with pytest.raises(Refused, match="did not find the closing condition met"):
        story.do(V.CLOSE, outcome="real")
    story.do(V.REWORK)
    assert (story.case.state, story.case.reworks) == (S.HANDLING, 1)
    assert story.do(V.FEED_BACK).to(S.CLOSED).case.state is S.CLOSED


@pytest.mark.parametrize("told", [{}, {"outcome": "fine"}, {"outcome": None}])
def test_closing_records_an_outcome_that_labels_the_rule(told: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=r"close needs details\.outcome: What the case turned out"):
        Story().to(S.INSPECTED).do(V.CLOSE, **told)


def sensed(state: State) -> Story:
    """A sensor's case that people have brought to `state`, its sensor not yet normal."""
    story = Story(Source.SENSOR).do(V.ACCEPT, R.SYSTEM).do(V.FILE, R.SYSTEM, **LIMIT)
    return story.do(V.DISPATCH, R.SYSTEM, department=WATER).to(state)


def test_a_sensor_case_closes_when_the_sensor_was_normal_and_people_have_inspected() -> None:
    story = sensed(S.FED_BACK).do(V.CONFIRM)
    with pytest.raises(Refused, match="for system"):
        story.do(V.CLOSE, R.SHIFT_LEAD, outcome="real")
    assert story.to(S.INSPECTED).do(V.CLOSE, reason="", outcome="real").case.state is S.CLOSED


def test_closing_against_the_sensor_needs_a_reason() -> None:
    story = sensed(S.INSPECTED)
    with pytest.raises(Refused, match="not been normal for long enough"):
        story.do(V.CLOSE, reason="", outcome="real")
    assert story.do(V.CLOSE, outcome="sensor-fault").case.state is S.CLOSED


def test_the_system_closes_only_what_the_sensor_has_confirmed() -> None:
    with pytest.raises(Refused, match="only what the sensor has confirmed"):
        sensed(S.FED_BACK).do(V.CLOSE, R.SYSTEM, outcome="real")
    with pytest.raises(Refused, match="people inspect it first"):
        sensed(S.FED_BACK).do(V.CONFIRM).do(V.CLOSE, R.SYSTEM, outcome="real")
    assert trusted().do(V.CLOSE, R.SYSTEM, outcome="real").case.state is S.CLOSED


def trusted() -> Story:
    """A case that its sensor confirms to be solved, of a class that is closed by it alone."""
    return sensed(S.HANDLING).do(V.FEED_BACK, inspection="trusted").do(V.CONFIRM)


@pytest.mark.parametrize("state", [S.FED_BACK, S.INSPECTING, S.INSPECTED])
def test_a_sensor_that_speaks_again_sends_the_case_back_to_work(state: State) -> None:
    story = sensed(state).do(V.REWORK, R.SYSTEM)
    assert (story.case.state, story.case.confirmed, story.case.passed) == (S.HANDLING, None, None)


def test_a_closed_case_is_reopened_when_the_sensor_speaks_again() -> None:
    story = trusted().do(V.CLOSE, R.SYSTEM, outcome="real")
    story.do(V.REOPEN, R.SYSTEM)
    assert (story.case.state, story.case.outcome) == (S.FILED, None)


# Words and ends -------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", sorted(NEEDS_REASON))
def test_what_goes_against_somebody_needs_a_reason(verb: Verb) -> None:
    state, role = next(
        (s, r) for (s, v), m in NEXT.items() if v is verb for r in sorted(m.roles - {R.SYSTEM})
    )
    with pytest.raises(Refused, match=f"{verb} needs a|needs details"):
        step(Case(7, state), verb, actor="a", role=role, at=AT, city=CITY, reason="  ")


def test_an_appeal_is_made_once_after_closing_and_only_of_what_was_overtime() -> None:
    in_time = Story().to(S.CLOSED)
    with pytest.raises(Refused, match="handled in time"):
        in_time.do(V.APPEAL)
    late = Story().to(S.HANDLING).do(V.FEED_BACK, after=9 * DAY).to(S.CLOSED).do(V.APPEAL)
    with pytest.raises(Refused, match="one appeal a closing"):
        late.do(V.REFUSE).do(V.APPEAL)


def test_what_was_granted_to_a_closing_is_not_for_the_next() -> None:
    late = Story().to(S.HANDLING).do(V.FEED_BACK, after=9 * DAY).to(S.CLOSED)
    late.do(V.APPEAL).do(V.EXEMPT).do(V.REOPEN)
    assert not late.case.exempt
    late.to(S.HANDLING).do(V.FEED_BACK, after=9 * DAY).to(S.CLOSED)
    assert late.do(V.APPEAL).do(V.EXEMPT).case.exempt


def test_an_appeal_that_is_granted_exempts_the_statistic_and_the_fact_stays() -> None:
    late = Story().to(S.HANDLING).do(V.FEED_BACK, after=9 * DAY).to(S.CLOSED)
    late.do(V.APPEAL).do(V.EXEMPT)
    run = handling(late.case.runs)
    assert run is not None
    assert (late.case.exempt, run.in_time) == (True, False)


def test_a_case_is_voided_before_a_department_has_taken_it_up_and_not_after() -> None:
    assert Story().to(S.DISPATCHED).do(V.VOID, R.SHIFT_LEAD).case.state is S.VOID
    with pytest.raises(Refused, match="is for system, not for shift-lead"):
        Story().to(S.HANDLING).do(V.VOID, R.SHIFT_LEAD)


@pytest.mark.parametrize("state", OPEN)
def test_the_end_of_a_drill_takes_its_case_wherever_it_is_and_never_a_live_one(
    state: State,
) -> None:
    end = {"reason": "the drill has ended", "outcome": "exercise"}
    case = at(state, exercise=True).do(V.VOID, R.SYSTEM, **end).case
    assert (case.state, case.outcome) == (S.VOID, Outcome.EXERCISE)
    if state in OF_DRILLS:
        with pytest.raises(Refused, match="people are at it"):
            at(state).do(V.VOID, R.SYSTEM, **end)


def at(state: State, **told: Any) -> Story:
    """A case in a state, on the shortest way there."""
    if state is S.SUSPENDED:
        story = Story(**told).to(S.HANDLING)
        until = story.now + 3 * DAY
        return story.do(V.ASK_SUSPENSION, until=until.isoformat()).do(V.APPROVE).do(V.SUSPEND)
    if state is S.HANDED_OVER:
        return Story(**told).to(S.FILED).do(V.HAND_OVER, R.DISPATCHER, to="110")
    return Story(**told).to(state)


def test_supervision_orders_and_urging_leave_a_case_where_it_is_and_are_counted() -> None:
    story = Story().to(S.HANDLING).do(V.SUPERVISE, R.LEADER).do(V.URGE).do(V.URGE)
    assert (story.case.state, story.case.supervised, story.case.urges) == (S.HANDLING, True, 2)


def test_what_is_overdue_goes_up_the_four_levels_and_no_further() -> None:
    story = Story().to(S.HANDLING)
    for _ in range(5):
        story.do(V.ESCALATE, R.SYSTEM)
    assert story.case.level == 4
    story.do(V.REDIRECT, department=GAS)
    assert story.case.level == 4, "who looks at a case goes on looking, whoever has it"
    assert story.to(S.CLOSED).do(V.REOPEN).case.level == 1, "nothing of it is overdue"


def test_a_caller_is_called_back_after_the_end() -> None:
    with pytest.raises(Refused, match="cannot call-back"):
        Story().do(V.CALL_BACK, satisfaction="satisfied")
    story = Story().to(S.CLOSED).do(V.CALL_BACK, satisfaction="fair")
    assert story.case.satisfaction is Satisfaction.FAIR


# Nobody judges their own work -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "verb", "role", "earlier"),
    [
        (S.VERIFYING, V.VERIFY, R.INSPECTOR, "reporter"),
        (S.ACCEPTED, V.FILE, R.SHIFT_LEAD, "verify-er"),
        (S.ACCEPTED, V.FILE, R.SHIFT_LEAD, "reporter"),
        (S.FILED, V.DISPATCH, R.DISPATCHER, "file-er"),
        (S.DISPATCHED, V.HANDLE, R.DEPARTMENT, "dispatch-er"),
        (S.INSPECTING, V.INSPECT, R.INSPECTOR, "dispatch-er"),
        (S.INSPECTING, V.INSPECT, R.INSPECTOR, "feed-back-er"),
        (S.INSPECTED, V.CLOSE, R.SHIFT_LEAD, "inspect-er"),
        (S.INSPECTED, V.CLOSE, R.SHIFT_LEAD, "handle-er"),
        (S.INSPECTED, V.REWORK, R.SHIFT_LEAD, "dispatch-er"),
    ],
)
def test_nobody_judges_their_own_work(state: State, verb: Verb, role: Role, earlier: str) -> None:
    details = {"found": True, "passed": True, "outcome": "real", "department": WATER, **LIMIT}
    story = Story().to(state)
    with pytest.raises(Refused, match=f"{earlier} .* in this case and may not"):
        story.do(verb, role, earlier, **details)
    assert story.do(verb, role, "somebody else", **details).case.version == len(story.log)


@pytest.mark.parametrize(
    "name", ["inspect-er ", " Inspect-Er", "ｉｎｓｐｅｃｔ-er", "INSPECT-ER", "inspect-\u200ber"]
)
def test_one_person_is_one_however_the_name_is_typed(name: str) -> None:
    story = Story().to(S.INSPECTED)
    with pytest.raises(Refused, match="did inspect in this case and may not close"):
        story.do(V.CLOSE, R.SHIFT_LEAD, name, outcome="real")
    story = Story().to(S.INSPECTING)
    with pytest.raises(Refused, match="acted as department in this case"):
        story.do(V.INSPECT, R.INSPECTOR, f"  {name} ".replace("inspect", "feed-back")
                 .replace("Inspect", "Feed-Back").replace("INSPECT", "FEED-BACK")
                 .replace("ｉｎｓｐｅｃｔ", "ｆｅｅｄ-back"), passed=True)  # fmt: skip


def test_a_step_names_who_takes_it_and_the_log_keeps_no_needless_blanks() -> None:
    for name in (" ", "\u3000\t", "\u200b"):
        with pytest.raises(Refused, match="names who takes it"):
            Story().do(V.NOTE, R.INTAKE, name)
    assert Story().do(V.NOTE, R.INTAKE, "  Crew   7 ").log[-1].actor == "Crew 7"


def test_an_evaluator_of_an_appeal_has_taken_no_part_in_the_case() -> None:
    late = Story().to(S.HANDLING).do(V.FEED_BACK, after=9 * DAY).to(S.CLOSED).do(V.APPEAL)
    with pytest.raises(Refused, match="close-er acted as shift-lead"):
        late.do(V.EXEMPT, actor="close-er")


def test_what_somebody_did_before_others_did_it_again_still_counts() -> None:
    story = Story().to(S.DISPATCHED).do(V.RETURN, R.DEPARTMENT).do(V.DISPATCH, actor="another")
    story.to(S.INSPECTING)
    with pytest.raises(Refused, match="dispatch-er acted as dispatcher"):
        story.do(V.INSPECT, actor="dispatch-er", passed=True)


def test_every_role_stands_on_one_side_but_the_system_and_leaders() -> None:
    stands = [role for roles in SIDES.values() for role in roles]
    assert sorted([*stands, R.SYSTEM, R.LEADER]) == sorted(Role)
    assert all(APART.values())


# The log ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [S.REJECTED, S.CLOSED, S.SUSPENDED, S.FILED])
def test_a_case_is_what_its_log_says(state: State) -> None:
    stories = {
        S.REJECTED: lambda: Story().do(V.REJECT),
        S.CLOSED: lambda: Story().to(S.CLOSED),
        S.SUSPENDED: suspended,
        S.FILED: lambda: Story().to(S.HANDLING).do(V.RETURN, R.DEPARTMENT),
    }
    story = stories[state]()
    assert story.case.state is state
    assert replay(story.log, story.city) == story.case


def test_what_a_step_must_say_is_named_when_it_is_missing() -> None:
    for verb in DETAILS:
        if verb in (V.DISPATCH, V.VOID, V.CONFIRM):
            continue
        state, role = next((s, min(m.roles)) for (s, v), m in NEXT.items() if v is verb)
        with pytest.raises(Refused, match=f"{verb} needs details\\."):
            step(Case(7, state), verb, actor="a", role=role, at=AT, city=CITY, reason="r")


@pytest.mark.parametrize("typed", [False, "false", "no", 0])
def test_what_is_typed_means_what_it_says(typed: Any) -> None:
    assert Story().do(V.ASK_VERIFY).do(V.VERIFY, found=typed).case.found is False
    assert Story().to(S.INSPECTING).do(V.INSPECT, passed=typed).case.passed is False
    assert sensed(S.FED_BACK).do(V.CONFIRM).do(V.CONFIRM, holds=typed).case.confirmed is None


def test_amounts_and_names_are_read_as_they_are_meant() -> None:
    story = Story().to(S.HANDLING).do(V.ASK_EXTENSION, amount=" 4 ")
    assert story.log[-1].details == {"amount": 4.0}
    with pytest.raises(Refused, match="another department than"):
        story.do(V.REDIRECT, department=f" {WATER} ")
    with pytest.raises(Refused, match=r"details\.to"):
        story.do(V.HAND_OVER, to="  ")


@pytest.mark.parametrize("back", [timedelta(seconds=1), HOUR, 9 * DAY])
def test_a_clock_that_is_set_back_turns_no_clock_of_a_case_back(back: timedelta) -> None:
    story = Story().to(S.HANDLING)
    since = story.now
    story.do(V.RETURN, R.DEPARTMENT, after=HOUR).do(V.DISPATCH, after=-back)
    moments = [entry.at for entry in story.log]
    assert moments == sorted(moments)
    run = story.case.running
    assert run is not None
    assert (run.used, run.since) == (HOUR + MINUTE, since + HOUR)


def test_a_time_without_a_zone_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="time zone"):
        step(
            Case(7, S.FILED), V.DISPATCH, actor="a", role=R.DISPATCHER,
            at=AT.replace(tzinfo=None), city=CITY,
        )  # fmt: skip
