"""Cases: the list, one of them, and its steps by people who look at it at the same time."""

import pytest

pytestmark = pytest.mark.server

HANDLE = {"verb": "handle", "actor": "crew 7", "role": "department"}


@pytest.fixture
def flood(own_client):
    [case] = own_client.get("/api/v1/cases?code=0506").json()["items"]
    return case


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("open=true&severity=orange", {"0506", "0103"}),
        ("state=accepted", set()),
        ("state=accepted&state=dispatched&severity=red", {"0502"}),
        ("department=12000000000000035B", {"0506", "0103"}),
        ("open=false", set()),
        ("light=red", set()),
        ("text=" + "积水点 3", {"0506"}),
        ("text=CONSTRUCTION&exercise=false", {"0301"}),
        ("area=330106&severity=red", {"0502"}),
        ("area=120000", set()),
    ],
)
def test_cases_are_chosen_by_state_class_department_and_severity(client, query, codes):
    items = client.get(f"/api/v1/cases?{query}").json()["items"]
    assert {case["code"] for case in items} == codes


def test_a_case_says_where_whose_and_how_long(client):
    [case] = client.get("/api/v1/cases?code=0506").json()["items"]
    assert case["title_zh"] == "道路积水"
    assert case["department_en"] == "Drainage office"
    assert case["component_name"].endswith("积水点 3")
    assert (case["found_after"], case["time_left"], case["light"]) == ("PT5M", "PT2H", "green")


def test_one_case_comes_with_log_events_and_frozen_evidence(client):
    [case] = client.get("/api/v1/cases?code=0506").json()["items"]
    answer = client.get(f"/api/v1/cases/{case['number']}")
    detail = answer.json()
    assert answer.headers["etag"].startswith(f'W/"{case["version"]}.')
    assert detail["case"] == case
    assert [line["verb"] for line in detail["log"]] == ["report", "accept", "file", "dispatch"]
    assert [event["rule"] for event in detail["events"]] == ["flood.road.standing-water"]
    [evidence] = detail["evidence"]
    assert evidence["body"]["curves"][0]["channel"] == "flood-003.depth"
    assert {choice["verb"] for choice in detail["choices"]} == {
        "redirect", "handle", "return", "hand-over", "ask-extension", "approve", "extend",
        "refuse", "void", "merge", "supervise", "urge", "note", "join", "amend",
    }  # fmt: skip
    [clock] = [clock for clock in detail["clocks"] if clock["since"]]
    assert (clock["stage"], clock["owner_en"], clock["due"]) == (
        "handling", "Drainage office", case["due"],
    )  # fmt: skip


def steps(client, case, body, **headers):
    return client.post(f"/api/v1/cases/{case['number']}/steps", json=body, headers=headers)


def test_a_step_moves_the_case_and_is_logged(own_client, flood):
    answer = steps(own_client, flood, HANDLE | {"version": flood["version"]})
    assert answer.status_code == 201
    assert answer.json()["case"]["state"] == "handling"
    assert answer.json()["log"][-1]["actor"] == "crew 7"
    assert answer.headers["etag"] == f'"{flood["version"] + 1}"'


@pytest.mark.parametrize(
    ("headers", "body", "status", "kind"),
    [
        ({}, {"version": 4}, 409, "case-moved-on"),
        ({"If-Match": '"4"'}, {}, 412, "case-moved-on"),
        ({"If-Match": "W/other"}, {}, 412, "about:blank"),
        ({}, {}, 428, "about:blank"),
    ],
)
def test_a_step_on_what_somebody_else_has_moved_is_refused(
    own_client, flood, headers, body, status, kind
):
    assert steps(own_client, flood, HANDLE, **{"If-Match": '"4"'}).status_code == 201
    again = {"verb": "feed-back", "actor": "crew 7", "role": "department"} | body
    answer = steps(own_client, flood, again, **headers)
    assert (answer.status_code, answer.json()["type"].split(":")[-1]) == (
        status,
        kind.split(":")[-1],
    )
    assert own_client.get("/api/v1/cases?code=0506").json()["items"][0]["version"] == 5


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (HANDLE | {"role": "inspector"}, "is for department, not for inspector"),
        (HANDLE | {"verb": "close"}, "cannot close a case that is dispatched"),
        (HANDLE | {"verb": "return"}, "return needs a reason"),
        (
            HANDLE
            | {"verb": "redirect", "role": "dispatcher", "reason": "not theirs"}
            | {"details": {"department": "x"}},
            "there is no department x",
        ),
    ],
)
def test_what_the_workflow_refuses_is_a_conflict_with_its_reason(own_client, flood, step, said):
    answer = steps(own_client, flood, step | {"version": 4})
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:lifeline:problem:step-refused"
    assert said in answer.json()["detail"]


def test_a_case_goes_all_the_way_to_its_end(own_client, flood):
    way = [
        ("handle", "department", "crew 7", {}),
        ("feed-back", "department", "crew 7", {}),
        ("ask-inspect", "intake", "desk 1", {}),
        ("inspect", "inspector", "inspector 2", {"passed": True}),
        ("close", "shift-lead", "lead 1", {"outcome": "real"}),
    ]
    for place, (verb, role, actor, details) in enumerate(way):
        step = {"verb": verb, "role": role, "actor": actor, "details": details, "reason": "done"}
        answer = steps(own_client, flood, step | {"version": 4 + place})
        assert answer.status_code == 201, answer.text
    case = answer.json()["case"]
    assert (case["state"], case["outcome"], case["time_left"]) == ("closed", "real", None)
    assert answer.json()["choices"][0]["verb"] == "reopen"
    assert own_client.get("/api/v1/cases?open=true&code=0506").json()["items"] == []
