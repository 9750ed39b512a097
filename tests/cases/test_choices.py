"""What a person may do with a case: of their roles, as themselves, and where a reason helps."""

from story import Story

from cases.choices import choices
from cases.details import ASKED, DETAILS
from cases.transitions import NEXT
from cases.words import Role, Source, State, Verb


def offered(story, actor, *roles):
    found = choices(story.case, story.now, story.city, actor, roles or None)
    return {each.verb: each for each in found}


def test_steps_of_other_roles_are_not_offered():
    story = Story(Source.INSPECTOR).to(State.DISPATCHED)
    for role in Role:
        table = {v for (s, v), move in NEXT.items() if s is State.DISPATCHED and role in move.roles}
        assert offered(story, "somebody", role).keys() == (set() if role is Role.SYSTEM else table)


def test_a_step_is_offered_in_the_role_in_which_nothing_refuses_it():
    story = Story(Source.INSPECTOR).to(State.ACCEPTED)
    story.do(Verb.FILE, Role.SHIFT_LEAD, "Chen", limit={"amount": 1, "class": "working-days"})
    urge = offered(story, "Chen", Role.SHIFT_LEAD, Role.LEADER)[Verb.URGE]
    assert (urge.roles, urge.why_not) == ((Role.LEADER, Role.SHIFT_LEAD), "")
    sent = offered(story, "Chen", Role.DISPATCHER)[Verb.DISPATCH]
    assert sent.roles == (Role.DISPATCHER,)
    assert sent.why_not == "Chen acted as shift-lead in this case and may not act as dispatcher"
    assert not sent.reason_helps


def test_a_sensor_that_is_not_normal_yet_is_overcome_by_a_reason_and_a_failed_inspection_is_not():
    story = Story(Source.SENSOR).to(State.INSPECTED)
    close = offered(story, "Chen", Role.SHIFT_LEAD)[Verb.CLOSE]
    assert "not been normal for long enough" in close.why_not
    assert close.reason_helps
    story = Story(Source.INSPECTOR).to(State.INSPECTING)
    story.do(Verb.INSPECT, Role.INSPECTOR, "Zhao", passed=False)
    close = offered(story, "Chen", Role.SHIFT_LEAD)[Verb.CLOSE]
    assert "rework" in close.why_not
    assert not close.reason_helps


def test_what_people_are_asked_for_is_what_the_log_must_say_and_more():
    for verb, model in DETAILS.items():
        assert issubclass(ASKED[verb], model)
    asked = ASKED[Verb.FILE].model_json_schema()["properties"]
    assert {"code_list", "code", "condition", "photos"} == set(asked)
