"""Tests of rules are run beside the API: bounded in time, and others are answered meanwhile."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.problem import Problem
from api.trying import MOST_WAITING, Trying
from rules.pack import RuleSet, load, read_pack
from rules.testing import TestFile as Written
from rules.testing import examine_tests, run_text

PACKS = Path("rules/packs")
ROAD = PACKS / "flood" / "road.yml"


@pytest.fixture(scope="module")
def asked() -> tuple[RuleSet, Written, RuleSet]:
    tests, faults = examine_tests(ROAD.with_suffix(".test.yml").read_text(encoding="utf-8"))
    assert tests is not None, faults
    return read_pack(ROAD.read_text(encoding="utf-8"), "pack"), tests, load(PACKS)


@pytest.fixture(scope="module")
def endless(asked: tuple[RuleSet, Written, RuleSet]) -> tuple[RuleSet, Written, RuleSet]:
    """Few readings, and minutes of work: as many tests as a text of a megabyte may have."""
    pack, tests, beside = asked
    return pack, tests.model_copy(update={"tests": tests.tests[:1] * 50_000}), beside


def test_what_is_run_apart_is_as_it_is_here(asked: tuple[RuleSet, Written, RuleSet]) -> None:
    trying = Trying()
    assert trying.run(*asked) == run_text(*asked)
    assert trying.run(*asked).passed  # by the same process


def test_a_run_that_takes_too_long_is_stopped_and_the_next_is_run(
    asked: tuple[RuleSet, Written, RuleSet], endless: tuple[RuleSet, Written, RuleSet]
) -> None:
    trying = Trying(longest=5)
    began = time.monotonic()
    with pytest.raises(Problem, match="stopped after 5 s"):
        trying.run(*endless)
    assert time.monotonic() - began < 15
    assert Trying().run(*asked).passed


def test_a_process_that_has_ended_for_want_of_work_is_no_fault(
    asked: tuple[RuleSet, Written, RuleSet],
) -> None:
    trying = Trying()
    trying.run(*asked)
    assert trying._process is not None
    trying._process.terminate()
    trying._process.wait()
    assert trying.run(*asked).passed


def test_those_who_wait_are_few_and_the_others_are_told(
    endless: tuple[RuleSet, Written, RuleSet],
) -> None:
    trying = Trying(longest=2)
    with ThreadPoolExecutor(MOST_WAITING + 1) as pool:
        tries = [pool.submit(trying.run, *endless) for _ in range(MOST_WAITING + 1)]
        refused = [each.exception() for each in tries]
    said = sorted(each.status for each in refused if isinstance(each, Problem))
    assert said == [*[422] * MOST_WAITING, 503]
