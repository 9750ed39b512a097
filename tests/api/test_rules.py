"""Rules over HTTP: versions, trials, who changed what; and what is refused."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from one_rule import BY, PACK, SAVED, TRIED

pytestmark = pytest.mark.server

RULES = "/api/v1/rules"


def test_a_rule_is_shown_with_all_its_versions_and_who_changed_them(own_client: Any) -> None:
    [saved] = own_client.post(f"{RULES}/save", json=SAVED).json()
    [tried] = own_client.post(f"{RULES}/shadow", json=TRIED).json()
    shown = own_client.get(f"{RULES}/water").json()
    assert (shown["state"]["version"], shown["state"]["trial"]) == (
        saved["version"],
        tried["version"],
    )
    assert [(t["version"], t["shadow"]) for t in shown["terms"]] == [
        (saved["version"], False),
        (tried["version"], True),
    ]
    assert [(line["verb"], line["actor"], line["reason"]) for line in shown["log"]] == [
        ("shadow", "chen", "to see"),
        ("save", "chen", "to see"),
    ]
    assert "15 cm" in str(shown["state"]["body"])


def test_one_step_back_after_a_promotion_leaves_the_version_of_before(own_client: Any) -> None:
    [saved] = own_client.post(f"{RULES}/save", json=SAVED).json()
    [tried] = own_client.post(f"{RULES}/shadow", json=TRIED).json()
    promoted = own_client.post(f"{RULES}/water/promote", json=BY).json()
    assert (promoted["version"], promoted["former"]) == (tried["version"], saved["version"])
    own_client.post(f"{RULES}/water/rollback", json=BY)
    [state] = own_client.get(RULES).json()
    assert (state["version"], state["trial"], state["versions"]) == (saved["version"], None, 2)


def test_the_log_comes_in_pages(own_client: Any) -> None:
    own_client.post(f"{RULES}/save", json=SAVED)
    for _ in range(2):
        own_client.post(f"{RULES}/shadow", json=TRIED)
        own_client.post(f"{RULES}/water/discard", json=BY)
    verbs, cursor = [], {}
    while True:
        page = own_client.get(f"{RULES}/water/log", params={"limit": 2, **cursor}).json()
        verbs += [line["verb"] for line in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert verbs == ["discard", "shadow", "discard", "shadow", "save"]


def test_a_trial_is_told_beside_what_is_in_force(own_client: Any, own_city: str) -> None:
    own_client.post(f"{RULES}/save", json=SAVED)
    [tried] = own_client.post(f"{RULES}/shadow", json=TRIED).json()
    with psycopg.connect(own_city) as connection:
        connection.execute(
            """INSERT INTO events (id, rule, version, scope, subject, code_list, code, condition,
                   severity, began, raised, found, ended, standing, channels, peak, case_key, why,
                   shadow, settled)
               SELECT gen_random_uuid(), 'water', %s, 'device', 'd' || n, 'L', '0506', 'x',
                   'yellow', in_force_from, in_force_from, in_force_from, NULL, 'standing',
                   ARRAY[n], 1.5, '',
                   '{"would_open": "0506|device|d"}', true, in_force_from
               FROM rule_versions, generate_series(1, 3) AS n WHERE shadow""",
            (tried["version"],),
        )
    told = own_client.get(f"{RULES}/water/comparison").json()
    assert told["trial"] == tried["version"]
    assert told["events"] == {"both": 0, "only_in_force": 0, "only_on_trial": 3}
    assert told["cases"] == {"both": 0, "only_in_force": 0, "only_on_trial": 1}
    assert [pair["subject"] for pair in told["pairs"]] == ["d1", "d2", "d3"]
    listed = own_client.get("/api/v1/events", params={"rule": "water"}).json()["items"]
    assert listed == []
    on_trial = own_client.get("/api/v1/events", params={"rule": "water", "shadow": True})
    assert len(on_trial.json()["items"]) == 3


REFUSED = [
    ("a trial that is not", "post", "/nothing/promote", BY, 409, "no version is on trial"),
    ("to discard what is not", "post", "/nothing/discard", BY, 409, "no version is on trial"),
    ("to go back where nothing was", "post", "/nothing/rollback", BY, 409, "no other version"),
    ("a comparison without a trial", "get", "/nothing/comparison", None, 409, "on trial"),
    ("a rule that is not", "get", "/nothing", None, 404, "There is no rule nothing"),
    ("nobody", "post", "/save", SAVED | {"actor": " "}, 409, "say who changes the rule"),
    ("no reason", "post", "/save", {"pack": PACK, "actor": "x", "reason": ""}, 422, "reason"),
    ("no pack", "post", "/save", BY | {"pack": "rules: 7"}, 422, "a pack is written"),
    ("a mistake in it", "post", "/shadow", BY | {"pack": PACK.replace("deep", "d", 1).replace(
        "quantity: depth", "quantity: dept")}, 422, "dept"),
    ("what no filing condition covers", "post", "/save",
     BY | {"pack": PACK.replace("standing-water", "dry")}, 409, "no filing condition"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "why"),
    [r[1:] for r in REFUSED],
    ids=[r[0] for r in REFUSED],
)
def test_what_is_refused_says_why(
    client: Any, method: str, path: str, body: Any, status: int, why: str
) -> None:
    answer = client.request(method, RULES + path, json=body)
    assert answer.status_code == status, answer.text
    assert why in answer.json()["detail"]


def test_the_limits_of_a_curve_are_those_of_the_version_now_in_force(own_client: Any) -> None:
    def limits() -> set[float]:
        [channel, *_] = own_client.get("/api/v1/channels?contains=flood-000").json()["items"]
        curve = own_client.get(f"/api/v1/channels/{channel['id']}/curve").json()
        return {line["value"] for line in curve["limits"] if line["rule"] == "water"}

    own_client.post(f"{RULES}/save", json=SAVED)
    before = limits()
    own_client.post(f"{RULES}/shadow", json=TRIED)
    own_client.post(f"{RULES}/water/promote", json=BY)
    after = limits()
    assert before
    assert after
    assert before != after
