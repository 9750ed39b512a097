from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from one_event import an_event

from cases.amending import Cause, amend
from cases.city import load_city
from cases.opening import facts
from cases.placing import Place

CITY = load_city()
T = datetime(2024, 3, 1, 6, tzinfo=UTC)
SAID = facts(an_event(), Place(), CITY)
BEFORE = {**asdict(SAID), "severity": "orange", "began": T, "found": T}
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("cause", "touched", "changes"),
    [
        (Cause(2, 1, T, T, "orange"), False, {}),
        (Cause(2, 1, T - HOUR, T, "red"), False, {"began": T - HOUR, "severity": "red"}),
        (Cause(2, 1, T + HOUR, T, "yellow"), False, {"began": T + HOUR, "severity": "yellow"}),
        (Cause(2, 1, T - HOUR, T, "red"), True, {"began": T - HOUR, "severity": "red"}),
        (Cause(2, 1, T + HOUR, T, "yellow"), True, {}),
    ],
    ids=[
        "nothing new",
        "sooner and more severe",
        "untouched: it was later and milder after all",
        "touched: sooner and more severe",
        "touched: never later, never milder",
    ],
)
def test_a_case_follows_its_events(cause: Cause, touched: bool, changes: dict[str, Any]) -> None:
    changed = amend(BEFORE, cause, SAID, touched)
    assert {name: after for name, (_, after) in changed.items()} == changes
    assert {name: before for name, (before, _) in changed.items()} == {
        name: BEFORE[name] for name in changes
    }


def test_until_somebody_touches_it_a_case_is_what_its_first_event_says() -> None:
    burst = facts(an_event(code="0501", condition="pipe-burst"), Place(), CITY)
    cause = Cause(2, 2, T, T, "orange")
    changed = amend(BEFORE, cause, burst, touched=False)
    assert changed["code"] == ("0506", "0501")
    assert amend(BEFORE, cause, burst, touched=True) == {}
