"""What a report must say, what its case is called, and what of it everybody may read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from cases.city import load_city
from cases.placing import Place
from cases.reporting import BY, BadReport, Report, classify, columns
from cases.words import Role, Source

CITY = load_city()
NOW = datetime(2026, 7, 1, 6, tzinfo=UTC)
ROAD: dict[str, Any] = {"source": "hotline", "actor": "operator 3", "text": "water", "lon": 120.1,
                        "lat": 30.2}  # fmt: skip
NEW, OLD = "GB/T 30428.2-2013", "CJ/T 214-2007"


def report(**changes: Any) -> Report:
    return Report.model_validate(ROAD | changes)


def test_every_source_but_the_sensor_reports_in_a_role_of_its_own() -> None:
    assert set(BY) == set(Source) - {Source.SENSOR}
    assert report(source="inspector").entered_as is Role.INSPECTOR
    assert report(source="police", external_id="1", role="intake").entered_as is Role.INTAKE


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"source": "sensor"}, "by rules, not by a report"),
        ({"role": "system"}, "the system reports nothing itself"),
        ({"source": "police"}, "a hand-over from 110 has a number there"),
        ({"lat": None}, "lon and lat come together"),
        ({"lon": None, "lat": None}, "say where"),
        ({"lon": None, "lat": None, "address": "  "}, "say where"),
        ({"lat": 91}, "less than or equal to 90"),
        ({"lat": float("nan")}, "than or equal to"),
        ({"code": "0506"}, "code_list and code come together"),
        ({"code_list": NEW}, "code_list and code come together"),
        ({"condition": "standing-water"}, "a condition with both"),
        ({"text": ""}, "at least 1 character"),
        ({"accuracy": "D"}, "'A', 'B' or 'C'"),
        ({"severity": "purple"}, "'blue', 'yellow', 'orange' or 'red'"),
        ({"reported": "2026-07-01T06:00:00"}, "timezone"),
        ({"caller": {"phone": "call me"}}, "match pattern"),
        ({"colour": "red"}, "Extra inputs are not permitted"),
    ],
)
def test_a_report_that_cannot_be_used_says_why(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        report(**changes)


@pytest.mark.parametrize(
    ("known", "case"),
    [
        ({}, ("lifeline-local-1", "98", "unlisted", "目录外问题")),
        ({"code_list": NEW, "code": "0506", "kind": "event"}, (NEW, "0506", "", "道路积水")),
        (
            {"code_list": NEW, "code": "0506", "condition": "standing-water"},
            (NEW, "0506", "standing-water", "道路积水"),
        ),
        ({"code_list": NEW, "code": "0103"}, (NEW, "0103", "", "雨水井盖")),
        ({"code_list": OLD, "code": "0406"}, (OLD, "0406", "", "道路积水")),
    ],
)
def test_a_case_is_called_what_is_known_of_it(known: dict[str, str], case: tuple[str, ...]) -> None:
    told = classify(report(**known), CITY)
    assert (told["code_list"], told["code"], told["condition"]) == case[:3]
    assert told["title_zh"].startswith(case[3])


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({"code_list": NEW, "code": "0506"}, "the component 水域附属设施 and the event 道路积水"),
        ({"code_list": NEW, "code": "7777"}, "has no class 7777"),
        ({"code_list": "X", "code": "0506"}, "X has no class 0506"),
        ({"code_list": NEW, "code": "0103", "kind": "event"}, "has no event 0103"),
        ({"code_list": NEW, "code": "0506", "condition": "on-fire"}, "no filing condition"),
    ],
)
def test_a_class_that_is_none_or_two_is_refused(known: dict[str, str], why: str) -> None:
    with pytest.raises(BadReport, match=why):
        classify(report(**known), CITY)


@pytest.mark.parametrize(
    ("times", "began", "found"),
    [
        ({}, NOW, NOW),
        (
            {"reported": NOW - timedelta(hours=2)},
            NOW - timedelta(hours=2),
            NOW - timedelta(hours=2),
        ),
        ({"happened": NOW - timedelta(days=1)}, NOW - timedelta(days=1), NOW),
        # Their clock is ahead; nothing is found before it began.
        ({"reported": NOW + timedelta(minutes=4)}, NOW, NOW),
        ({"happened": NOW + timedelta(days=1)}, NOW, NOW),
    ],
)
def test_a_case_was_found_when_its_source_was_told(
    times: dict[str, datetime], began: datetime, found: datetime
) -> None:
    told = columns(report(**times), Place(), NOW, CITY)
    assert (told["began"], told["found"], told["opened"]) == (began, found, NOW)


def test_a_report_from_the_future_is_refused() -> None:
    with pytest.raises(BadReport, match="which is still to come"):
        report(reported=NOW + timedelta(hours=1)).told(NOW)
