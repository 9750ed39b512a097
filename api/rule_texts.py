"""Rule packs and their tests as people send them, and how what is wrong with them is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated

from pydantic import Field

from api.problem import Problem
from api.trying import trying
from rules.pack import BadPack, RuleSet
from rules.testing import Report, TestFile, examine_tests
from store.rule_changes import ChangeRefused

PackText = Annotated[
    str,
    Field(max_length=1_000_000, description="A rule pack as text, YAML; schema: /rules/schema"),
]
TestsText = Annotated[
    str, Field(max_length=1_000_000, description="What stands in the .test.yml beside a pack")
]
MOST_READINGS = 200_000  #: that tests may make up: a second or two of judging


@contextmanager
def refusals() -> Iterator[None]:
    """Tell what is wrong with a pack, and what cannot be changed, as problems."""
    try:
        yield
    except BadPack as why:
        raise Problem(
            HTTPStatus(422), str(why), "bad-pack", "The pack is not well written"
        ) from why
    except ChangeRefused as why:
        raise Problem(
            HTTPStatus.CONFLICT, str(why), "change-refused", "The change cannot be made"
        ) from why


def tested(rules: RuleSet, tests: TestFile, beside: RuleSet) -> Report:
    """Run the tests of a pack; refuse those that would keep the machine busy."""
    readings = sum(test.readings for test in tests.tests)
    if readings > MOST_READINGS:
        raise Problem(
            HTTPStatus(422),
            f"The tests make up {readings:,} readings, {MOST_READINGS:,} at most: "
            "use a longer `every`, or fewer or shorter segments.",
            "bad-tests",
            "The tests cannot be run",
        )
    return trying.run(rules, tests, beside)


def passed(rules: RuleSet, text: str, beside: RuleSet) -> None:
    """Refuse rules whose tests are not well written, or fail."""
    tests, faults = examine_tests(text)
    words = [fault.words for fault in faults]
    if tests is not None:
        words = [line for line in tested(rules, tests, beside).lines() if line.startswith("FAIL")]
    if words:
        raise Problem(
            HTTPStatus(422),
            f"Nothing was changed: {'; '.join(words)}.",
            "tests-fail",
            "The tests of the pack fail",
        )
