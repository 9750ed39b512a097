"""The page on the specification: each rule is kept where it says, by tests that are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from story import CITY, MINUTE, Story

from cases.catalogue import Limit
from cases.words import Role, Source, Stage, Verb

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "cases" / "SPECIFICATION.md"
V, R = Verb, Role
HOUR = timedelta(hours=1)


class Rule(NamedTuple):
    says: str
    files: list[str]
    tests: list[str]


def rules() -> Iterator[Rule]:
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and not line.startswith("| rule"):
            says, files, tests = line.strip("| ").split(" | ")
            yield Rule(says, re.findall("`(.+?)`", files), re.findall("`(.+?)`", tests))


@cache
def texts() -> list[str]:
    return [file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("*.py")]


def is_there(test: str) -> bool:
    """Tell whether there is such a test, and the row of its table that stands in brackets."""
    name, _, row = test.rstrip("]").partition("[")
    defined = re.compile(rf"^(def {name}\(|{name} = )", re.MULTILINE)
    return any(defined.search(text) and (not row or f'"{row}"' in text) for text in texts())


@pytest.mark.parametrize("rule", [*rules()], ids=lambda rule: rule.says)
def test_a_rule_is_kept_where_it_says_by_tests_that_are_there(rule: Rule) -> None:
    assert rule.tests
    assert [test for test in rule.tests if not is_there(test)] == []
    assert [file for file in rule.files if not (ROOT / file).is_file()] == []


def test_a_test_that_is_not_there_is_missed() -> None:
    assert not is_there("test_that_nobody_wrote")
    assert not is_there("test_a_rule_of_the_clocks[no such row]")


def test_no_rule_stands_twice() -> None:
    # A clause that goes on from the row before it begins with dots.
    whole = [rule.says for rule in rules()]
    assert len(whole) > 80
    assert len(set(whole)) == len(whole)


# What no other test tells ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "minutes"),
    [(Stage.INTAKE, 15), (Stage.DISPATCH, 15), (Stage.VERIFY, 30), (Stage.INSPECT, 30)],
)
def test_the_desks_have_the_published_limits(stage: Stage, minutes: int) -> None:
    limit = Limit.model_validate({"amount": minutes / 60, "class": "emergency-hours"})
    assert CITY.policy.stages[stage] == limit


def test_the_clock_of_intake_stands_for_every_task_of_verifying() -> None:
    """Four minutes, and five, and two: the hours that the inspectors took are theirs."""
    story = Story(Source.HOTLINE).do(V.ASK_VERIFY, after=4 * MINUTE)
    story.do(V.VERIFY, after=HOUR, found=False).do(V.ASK_VERIFY, after=5 * MINUTE)
    story.do(V.VERIFY, R.INSPECTOR, "inspector 2", after=HOUR, found=True)
    story.do(V.ACCEPT, after=2 * MINUTE)
    told = [(run.stage, run.used, run.in_time) for run in story.case.runs[:-1]]
    assert told == [
        (Stage.INTAKE, 11 * MINUTE, True),
        (Stage.VERIFY, HOUR, False),
        (Stage.VERIFY, HOUR, False),
    ]


#: What the published table says that a condition is closed by, where it is the same in all classes.
CLOSED_BY = {
    "cover-missing": "Restored",
    "cover-broken": "Replaced or repaired",
    "cover-rattles": "Replaced or repaired",
    "cover-surround": "Repaired",
    "grate-blocked": "Cleared",
    "door-open": "Shut",
    "lamp-out": "Repaired",
    "fallen": "Restored",
    "drain-broken": "Hazard removed and fenced",
    "construction-noise": "Stopped",
    "commercial-noise": "Stopped",
    "gas-leak": "Hazard removed and fenced",
}
#: Where it is not: by the Chinese name of the class.
CLOSED_IN = {
    ("standing-water", "地下通道"): "Pumped out",
    ("standing-water", "道路积水"): "Water gone, traffic restored",
    ("pipe-leak", "供水器"): "Leak stopped",
}


@pytest.mark.parametrize("code_list", ["CJ/T 214-2007", "GB/T 30428.2-2013"])
def test_every_published_condition_is_closed_by_its_own(code_list: str) -> None:
    held = [f for f in CITY.catalogue if f.code_list == code_list]
    assert {f.condition.slug for f in held} >= set(CLOSED_BY)
    for filing in held:
        slug, said = filing.condition.slug, filing.condition.closed_when
        assert said.zh
        assert said.en == CLOSED_BY.get(slug, said.en)
        assert said.en == CLOSED_IN.get((slug, filing.problem.name.zh), said.en)
    assert {(f.condition.slug, f.problem.name.zh) for f in held} >= set(CLOSED_IN)
