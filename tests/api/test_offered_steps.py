"""What a case offers to somebody is what it lets them do, and nothing else."""

import pytest
from signed_in import as_person, session

from cases.words import Verb
from store.access import Grant

pytestmark = pytest.mark.server

DRAINAGE, GAS = "12000000000000035B", "910000000000000431"
HERE, ELSEWHERE = "330106", "330102"
PERSONS = {
    "Wang": Grant("intake"),
    "Chen": Grant("shift-lead", area=HERE),
    "Liu": Grant("dispatcher"),
    "Sun": Grant("department", DRAINAGE),
    "Gao": Grant("department", GAS),
    "Far": Grant("shift-lead", area=ELSEWHERE),
}


@pytest.fixture
def asked(guarded):
    """Asks as one of the persons: asked("Sun", "get", path, ...)."""
    client, url = guarded
    headers = {name: as_person(session(url, name, grant)) for name, grant in PERSONS.items()}

    def asked(name, method, path, **more):
        return client.request(method, f"/api/v1/cases{path}", headers=headers[name], **more)

    return asked


@pytest.fixture
def flood(asked):
    [case] = asked("Chen", "get", "?code=0506").json()["items"]
    return case


def step(asked, name, case, verb, **more):
    body = {"verb": verb, "role": PERSONS[name].role, "version": case["version"]} | more
    return asked(name, "post", f"/{case['number']}/steps", json=body)


def offered(asked, name, case):
    answer = asked(name, "get", f"/{case['number']}")
    return {each["verb"]: each for each in answer.json()["choices"]} if answer.is_success else None


def test_what_is_not_offered_is_refused_to_everybody(asked, flood):
    for name, grant in PERSONS.items():
        mine = offered(asked, name, flood)
        assert (mine is None) is (name in ("Gao", "Far")), name
        for verb in set(Verb) - (mine or {}).keys():
            answer = step(asked, name, flood, verb, reason="why not")
            assert answer.status_code == (404 if mine is None else 409), (name, verb)
        for verb, choice in (mine or {}).items():
            assert choice["roles"] == [grant.role], verb


def test_what_is_offered_and_refused_by_nothing_is_let_in(asked, flood):
    for name in ("Liu", "Sun", "Chen"):
        for verb in ("urge", "note", "supervise"):
            if verb in offered(asked, name, flood):
                assert step(asked, name, flood, verb, reason="hurry").status_code == 201
    refused = offered(asked, "Liu", flood)["approve"]
    assert refused["why_not"] == "nobody asks: ask-extension or ask-suspension comes first"
    answer = step(asked, "Liu", flood, "approve")
    assert (answer.status_code, answer.json()["detail"]) == (409, refused["why_not"])


def test_a_department_that_lost_a_case_may_look_at_it_and_not_act_on_it(asked, flood):
    told = {"reason": "it is a gas pipe", "details": {"department": GAS}}
    answer = step(asked, "Liu", flood, "redirect", **told)
    assert answer.status_code == 201, answer.text
    moved = answer.json()["case"]
    assert offered(asked, "Sun", moved) == {}
    answer = step(asked, "Sun", moved, "handle")
    assert (answer.status_code, answer.json()["type"].split(":")[-1]) == (403, "not-your-case")
    assert step(asked, "Gao", moved, "handle").status_code == 201


def test_a_step_says_what_it_must_be_told(asked, flood):
    redirect = offered(asked, "Liu", flood)["redirect"]
    assert redirect["needs_reason"]
    assert redirect["details"]["required"] == ["department"]
    close = asked("Chen", "get", f"/{flood['number']}").json()
    assert close["missing"][0] == "the department takes it up"
    assert close["missing"][-1] == "a shift lead closes it"
