"""The demo passes only if every problem is one case of its class and nothing else is any."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from deploy.demo.verdict import Opened, ahead_of_patrol, compare, moment, next_round
from simulators.truth import Happening

HOUR = 3_600_000_000
NOON = 1_788_494_400_000_000  # Friday 2026-09-04 12:00 in Shanghai
ZONE = ZoneInfo("Asia/Shanghai")


def happening(role="problem", devices=("road-1",), **other):
    given = {
        "id": "flood", "what": "Street flood", "kind": "flood", "place": "Quay Street",
        "zone": "harbour", "began": NOON, "ended": NOON + 2 * HOUR,
        "code_list": "GB/T 30428.2-2013", "code": "0506", "conditions": ("standing-water",),
    } | other  # fmt: skip
    return Happening(role=role, devices=devices, **given)


def case(number="C1", devices=("road-1",), **other):
    began = moment(NOON + HOUR // 2)
    given = {
        "state": "filed", "code_list": "GB/T 30428.2-2013", "code": "0506",
        "condition": "standing-water", "title": "Standing water", "department": "Drainage office",
        "began": began, "found": began, "opened": began, "due": began + timedelta(hours=2),
    } | other  # fmt: skip
    findings = ((given["began"], given["found"]),)
    return Opened(number=number, devices=frozenset(devices), **{"findings": findings} | given)


def test_one_case_of_the_right_class_is_right():
    verdict = compare([happening()], [case()])
    assert verdict.failures == []
    assert [(problem.id, opened.number) for problem, opened, _ in verdict.found] == [
        ("flood", "C1")
    ]


def test_two_problems_may_share_a_case_that_speaks_of_each():
    later = happening(id="second", began=NOON + 5 * HOUR, ended=NOON + 9 * HOUR)
    first, second = moment(NOON + HOUR), moment(NOON + 6 * HOUR)
    both = case(findings=((first, first), (second, second)))
    verdict = compare([happening(), later], [both])
    assert verdict.failures == []
    assert [found for _, _, found in verdict.found] == [first, second]
    only_the_first = case(findings=((first, first),))
    assert "second: Street flood (Quay Street) has no case" in " ".join(
        compare([happening(), later], [only_the_first]).failures
    )


@pytest.mark.parametrize(
    ("cases", "said"),
    [
        ([], "has no case"),
        ([case(code="0501")], "has no case"),
        ([case(condition="drain-overflow")], "has no case"),
        ([case(devices=("road-2",))], "has no case"),
        ([case(), case("C2")], "became several cases"),
        ([case(), case("C2", devices=("road-9",))], "nothing happened there"),
        ([case(began=moment(NOON - 9 * HOUR))], "has no case"),
    ],
)
def test_what_is_missing_or_too_many_is_said(cases, said):
    assert said in " | ".join(compare([happening()], cases).failures)


def test_a_decoy_that_became_a_case_is_named():
    decoy = happening("decoy", ("cover-1",), id="lorry", code="", code_list="", conditions=())
    failures = compare([decoy], [case(devices=("cover-1",))]).failures
    assert len(failures) == 1
    assert "it is lorry, a decoy" in failures[0]


def test_a_case_that_the_system_withdrew_is_no_case():
    verdict = compare([happening("decoy")], [case(state="void")])
    assert (verdict.failures, verdict.void) == ([], 1)


def test_the_next_round_is_at_nine_in_the_morning():
    assert next_round(moment(NOON), ZONE).isoformat() == "2026-09-05T09:00:00+08:00"
    assert next_round(moment(NOON - 4 * HOUR), ZONE).isoformat() == "2026-09-04T09:00:00+08:00"


@pytest.mark.parametrize(
    ("problem", "found", "words"),
    [
        (happening(ended=NOON + 48 * HOUR), NOON + HOUR, ("20 h 00 min", "")),
        (happening(), NOON + HOUR, ("20 h 00 min", "over by then")),
        (happening(visible=False), NOON + HOUR, ("20 h 00 min", "which sees nothing")),
        (happening(ended=NOON + 48 * HOUR), NOON + 23 * HOUR, ("2 h 00 min later", "")),
        (happening(visible=False), NOON + 24 * 40 * HOUR, ("39 d later", "which sees nothing")),
    ],
)
def test_the_lead_over_a_patrol_in_words(problem, found, words):
    assert ahead_of_patrol(problem, moment(found), ZONE) == words
