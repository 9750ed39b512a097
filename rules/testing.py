"""The tests of rule packs: *.test.yml beside a pack, run through the engine itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import yaml
from pydantic import ValidationError

from rules.duration import Duration, iso, microseconds
from rules.engine import Engine
from rules.event import Event, Standing
from rules.examine import Fault, Unwritten, read_yaml
from rules.judgement import Remembered
from rules.mend import mends
from rules.pack import BadPack, RuleSet, explaining, load, merge
from rules.scenario import Scenario
from rules.schema import Status
from rules.written import Names, Schema

#: Readings are judged in stretches of this much receive time, as they would arrive.
STRETCH = np.timedelta64(6, "h")


class Expectation(Schema):
    """One event; what is left out does not matter. Times are since the start of the test."""

    rule: str
    subject: str = ""
    severity: str = ""
    standing: Standing | None = None
    """Left out: standing or over."""
    raised_between: tuple[Duration, Duration] | None = None
    cleared_between: tuple[Duration, Duration] | None = None

    def fits(self, event: Event, start: np.datetime64) -> bool:
        wanted = (Standing.STANDING, Standing.OVER) if self.standing is None else (self.standing,)
        return (
            event.rule == self.rule
            and self.subject in ("", event.subject)
            and self.severity in ("", event.severity)
            and event.standing in wanted
            and _between(event.raised, self.raised_between, start)
            and _between(event.ended, self.cleared_between, start)
        )


class PackTest(Scenario):
    name: str
    expect: tuple[Expectation, ...]
    """All events that would open a case, and those of the other rules named here."""


class TestFile(Schema):
    rules: Names
    """Pack files under test, beside this file."""
    load_also: Names = ()
    """Packs that explain; their events are not looked at unless expected."""
    tests: tuple[PackTest, ...]


@dataclass(frozen=True)
class Outcome:
    """How one test went; `problems` is empty if it passed."""

    file: str
    name: str
    problems: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.problems


@dataclass
class Report:
    outcomes: list[Outcome] = field(default_factory=list)
    untested: list[str] = field(default_factory=list)
    """Rules that no test expects to fire."""

    @property
    def passed(self) -> bool:
        return not self.untested and all(outcome.passed for outcome in self.outcomes)

    def lines(self) -> list[str]:
        """Return the report as people read it."""
        told: list[str] = []
        for outcome in self.outcomes:
            told.append(f"{'ok  ' if outcome.passed else 'FAIL'} {outcome.file}: {outcome.name}")
            told += [f"       {problem}" for problem in outcome.problems]
        told += [f"FAIL {rule}: no test in which it fires" for rule in self.untested]
        failed = sum(not outcome.passed for outcome in self.outcomes)
        return [*told, f"{len(self.outcomes)} tests, {failed} failed"]


def check(path: Path | str) -> RuleSet:
    """Read a pack or a folder of packs, and their test files; raise BadPack if they are wrong."""
    path = Path(path)
    files = files_of_tests(path)
    for file in files:
        read_tests(file)
    if path.is_dir():
        return load(path)
    return load(path) if not files else _rules_of(files[0], read_tests(files[0]))


def run(path: Path | str) -> Report:
    """Run the tests of a pack, of a folder of packs, or of one test file."""
    report, fired, known = Report(), set[str](), set[str]()
    for file in files_of_tests(Path(path)):
        written = read_tests(file)
        ruleset = _rules_of(file, written)
        tested = merge((name, load(file.parent / name)) for name in written.load_also)
        under_test = {rule.id for rule in ruleset} - set(tested.rules)
        known |= {rule.id for rule in ruleset.judged()} & under_test
        for test in written.tests:
            fired |= {expected.rule for expected in test.expect}
            events = judge(ruleset, test)
            problems = compare(ruleset, under_test, test, events)
            report.outcomes.append(Outcome(str(file), test.name, tuple(problems)))
    report.untested = sorted(known - fired)
    return report


def texts_of_tests(path: Path) -> dict[str, str]:
    """Return, for each rule of a folder of packs, the text of the test file that tests it.

    A test file that cannot be read is left out: `check` says what is wrong with it.
    """
    texts: dict[str, str] = {}
    for file in files_of_tests(path):
        text = file.read_text(encoding="utf-8")
        written, _ = examine_tests(text)
        for name in () if written is None else written.rules:
            if (file.parent / name).exists():
                texts |= dict.fromkeys(load(file.parent / name).rules, text)
    return texts


def files_of_tests(path: Path) -> list[Path]:
    """Return the test files meant by a folder, a pack file or a test file."""
    if path.is_dir():
        return sorted(path.rglob("*.test.yml"))
    if path.name.endswith(".test.yml"):
        return [path]
    beside = path.with_suffix(".test.yml")
    return [beside] if beside.exists() else []


def read_tests(file: Path) -> TestFile:
    """Return a test file; raise BadPack with all that is wrong in it."""
    read, faults = examine_tests(file.read_text(encoding="utf-8"))
    if read is None:
        raise BadPack(f"{file}: {'; '.join(fault.words for fault in faults)}")
    return read


def examine_tests(text: str) -> tuple[TestFile | None, list[Fault]]:
    """Return what a test file says, or all that is wrong in it."""
    try:
        _, written = read_yaml(text, yaml.SafeLoader)
        return TestFile.model_validate(written), []
    except Unwritten as refused:
        return None, [refused.fault]
    except ValidationError as refused:
        return None, [Fault(words, where) for where, words in mends(refused, TestFile)]


def run_text(pack: RuleSet, tests: TestFile, beside: RuleSet) -> Report:
    """Run tests on a pack that is not in a file yet.

    The files that they name are the pack itself and, of `beside`, what explains its rules or
    what the tests expect to happen. Raises BadPack where they do not fit each other.
    """
    expected = {each.rule for test in tests.tests for each in test.expect}
    named = [name for name in beside.rules if name in expected and name not in pack.rules]
    also = beside.only(named)
    ruleset = merge(
        [("pack", pack), ("beside", also), ("explaining", explaining([pack, also], beside))]
    )
    report, fired = Report(), set[str]()
    for test in tests.tests:
        fired |= {each.rule for each in test.expect}
        problems = compare(ruleset, set(pack.rules), test, judge(ruleset, test))
        report.outcomes.append(Outcome("pack", test.name, tuple(problems)))
    report.untested = sorted({rule.id for rule in pack.judged()} - fired)
    return report


def _rules_of(file: Path, written: TestFile) -> RuleSet:
    names = (*written.rules, *written.load_also)
    return merge((name, load(file.parent / name)) for name in names)


def judge(ruleset: RuleSet, scenario: Scenario) -> list[Event]:
    """Return the events, as they stand at the end, that the engine makes of a scenario."""
    channels, batch = scenario.build()
    history = Remembered()
    engine = Engine(ruleset, channels, history)
    events: dict[UUID, Event] = {}
    end = scenario.start + microseconds(scenario.length)
    at = scenario.start
    until = max([end, *batch.received[-1:]])  # rows are in the order of their receipt
    while at <= until:
        part = batch[(batch.received >= at) & (batch.received < at + STRETCH)]
        at = at + STRETCH
        if len(part):
            history.add(part)
            engine.judge(part)
        engine.advance(min(at, end))
        events.update({event.id: event for event in engine.settle().events})
    return [event for event in events.values() if event.standing is not Standing.WITHDRAWN]


def compare(
    ruleset: RuleSet, under_test: set[str], test: PackTest, events: Iterable[Event]
) -> list[str]:
    """Return what is missing and what is too much."""
    named = {expected.rule for expected in test.expect}
    left = [
        e for e in events if e.rule in named or (_opens_a_case(ruleset, e) and e.rule in under_test)
    ]
    problems: list[str] = []
    for expected in test.expect:
        fitting = [event for event in left if expected.fits(event, test.start)]
        if fitting:
            left.remove(fitting[0])
        else:
            problems.append(f"expected, but did not happen: {_said(expected)}")
    problems += [f"happened, but was not expected: {_told(event, test.start)}" for event in left]
    return problems


def _opens_a_case(ruleset: RuleSet, event: Event) -> bool:
    rule = ruleset.rules[event.rule]
    return (
        rule.status is Status.ACTIVE
        and rule.case != "none"
        and event.standing is not Standing.EXPLAINED
    )


def _between(
    at: np.datetime64 | None,
    bounds: tuple[timedelta, timedelta] | None,
    start: np.datetime64,
) -> bool:
    if bounds is None:
        return True
    if at is None:
        return False
    return bool(microseconds(bounds[0]) <= at - start <= microseconds(bounds[1]))


def _said(expected: Expectation) -> str:
    said: dict[str, Any] = expected.model_dump(exclude_none=True)
    return ", ".join(f"{k} {_short(v)}" for k, v in said.items() if v not in ("", None))


def _short(value: Any) -> str:
    return " to ".join(iso(v) for v in value) if isinstance(value, tuple) else str(value)


def _told(event: Event, start: np.datetime64) -> str:
    ended = "" if event.ended is None else f", cleared {iso(event.ended - start)}"
    return (
        f"rule {event.rule}, subject {event.subject}, severity {event.severity}, "
        f"{event.standing}, raised {iso(event.raised - start)}{ended}"
    )
