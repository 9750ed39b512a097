"""Rules before they are in force: the schema for editors, checking a text, running its tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from api.problem import ON_ERROR
from api.resource import Resource
from api.rule_texts import PackText, TestsText, refusals, tested
from api.services import Given
from cases.catalogue import Catalogue
from rules.binding import binds
from rules.examine import Fault, examine
from rules.json_schema import json_schema
from rules.pack import RuleSet, read_pack
from rules.proofread import place, worth_telling
from rules.testing import examine_tests
from store.channels import channels
from store.database import Connection
from store.rule_changes import ChangeRefused, fit
from store.rule_versions import ruleset, standing

router = Resource("/rules", tags=["rules"])

#: A misfit names its rule, and often the field after it.
NAMED = re.compile(r"(?:rule )?([a-z0-9.-]+): (?:(explained_by|during)|(no filing condition))?")
FAULTY: dict[int | str, dict[str, Any]] = {
    422: ON_ERROR["default"] | {"description": "The pack or its tests are not well written"}
}


class Finding(BaseModel):
    """Something to mend, and where. Lines and columns count from 1; the end is the column after."""

    line: int
    column: int
    end_line: int
    end_column: int
    rule: str = Field(description="Empty for what is of the whole pack")
    field: str = Field(examples=["signals.deep.detect.0.high"])
    severity: Literal["error", "warning"]
    message: str = Field(description="What is wrong, and the mend")


class Signal(BaseModel):
    name: str
    channels: int = Field(description="That it would look at")


class Checked(BaseModel):
    """A rule of the text."""

    rule: str
    version: str = Field(description="Hash of its body")
    line: int = Field(description="Where it begins")
    in_force: bool = Field(description="It is just as the version in force")
    signals: list[Signal] = Field(description="Filled in where channels are counted")


class Check(BaseModel):
    """What a check found; without errors the pack can be put on trial or in force."""

    findings: list[Finding]
    rules: list[Checked]


class Text(BaseModel):
    model_config = ConfigDict(extra="forbid")

    pack: PackText
    channels: bool = Field(False, description="Count the channels at which each signal would look")


class Tests(BaseModel):
    model_config = ConfigDict(extra="forbid")

    pack: PackText
    tests: TestsText


class Outcome(BaseModel):
    """How one test went."""

    name: str
    line: int = Field(description="Of the test in its text")
    passed: bool
    problems: list[str] = Field(description="What was expected and did not happen, or the reverse")


class Report(BaseModel):
    passed: bool
    findings: list[Finding] = Field(description="Of the text of the tests; none of them was run")
    outcomes: list[Outcome]
    untested: list[str] = Field(description="Rules of the pack that no test expects to fire")


@router.get("/schema")
def show_schema(response: Response) -> dict[str, Any]:
    """The JSON Schema of rule packs: fields, words, units, by which editors complete and check."""
    response.headers["Cache-Control"] = "max-age=3600"
    return json_schema()


@router.post("/check")
def check_rules(services: Given, text: Text) -> Check:
    """Read a pack, and say all that is wrong with it; changes nothing."""
    examined = examine(text.pack)
    findings = [*_findings(text.pack, worth_telling(examined.faults), "error")]
    if examined.faults:
        return Check(findings=findings, rules=[])
    rules = RuleSet(examined.rules, dict.fromkeys(examined.rules, examined.pack), examined.bodies)
    places = {rule: ("rules", place) for place, rule in enumerate(rules.rules)}
    with services.pool.connection() as connection:
        faults = [*_misfits(connection, rules, services.city.catalogue, places)]
        findings += _findings(text.pack, faults, "error")
        now = {version.rule: version.version for version in standing(connection)}
        counts = _counts(connection, rules) if text.channels else {}
    blind = [
        Fault(
            f"signals.{name}: looks at no channel that there is; mind its quantity, kind, tags "
            "and attributes",
            (*places[rule], "signals", name),
            rule,
        )
        for rule, signals in counts.items()
        for name, count in signals.items()
        if not count
    ]
    findings += _findings(text.pack, blind, "warning")
    starts = [*place(text.pack, [Fault("", places[rule], rule) for rule in rules.rules])]
    return Check(
        findings=findings,
        rules=[
            Checked(
                rule=rule.id,
                version=rule.version,
                line=start.line,
                in_force=now.get(rule.id) == rule.version,
                signals=[
                    Signal(name=name, channels=n) for name, n in counts.get(rule.id, {}).items()
                ],
            )
            for rule, start in zip(rules, starts, strict=True)
        ],
    )


@router.post("/test", responses=FAULTY)
def test_rules(services: Given, asked: Tests) -> Report:
    """Run the tests of a pack through the engine itself; changes nothing.

    The names of files in the tests do not matter: they are run on the pack given, with what is
    in force of the rules that explain it and of those that the tests expect.
    """
    tests, faults = examine_tests(asked.tests)
    if tests is None:
        findings = [*_findings(asked.tests, faults, "error")]
        return Report(passed=False, findings=findings, outcomes=[], untested=[])
    with refusals():
        rules = read_pack(asked.pack, "pack")
        with services.pool.connection() as connection:
            beside = ruleset(standing(connection))
        report = tested(rules, tests, beside)
    ways = [Fault("", ("tests", number)) for number in range(len(tests.tests))]
    lines = [found.line for found in place(asked.tests, ways)]
    return Report(
        passed=report.passed,
        findings=[],
        outcomes=[
            Outcome(name=one.name, line=line, passed=one.passed, problems=list(one.problems))
            for one, line in zip(report.outcomes, lines, strict=True)
        ],
        untested=report.untested,
    )


def _findings(
    text: str, faults: list[Fault], severity: Literal["error", "warning"]
) -> Iterator[Finding]:
    for found in sorted(place(text, faults)):
        told = found._asdict()
        yield Finding(severity=severity, message=told.pop("words"), **told)


def _misfits(
    connection: Connection, rules: RuleSet, catalogue: Catalogue, places: dict[str, Any]
) -> Iterator[Fault]:
    """Yield what does not fit the rules in force, or the catalogue, at its field."""
    try:
        fit(connection, rules, catalogue)
        return
    except ChangeRefused as refused:
        lines = str(refused).splitlines()
    for words in lines:
        said = words.removeprefix("given: ")
        named = NAMED.match(said)
        if named is None or named[1] not in places:
            yield Fault(said)
            continue
        field = ("event", "condition") if named[3] else (named[2],) if named[2] else ("id",)
        yield Fault(said, (*places[named[1]], *field), named[1])


def _counts(connection: Connection, rules: RuleSet) -> dict[str, dict[str, int]]:
    """Return at how many channels each signal of each rule would look."""
    known = channels(connection)
    return {
        rule.id: {
            name: sum(binds(rule, signal, channel) for channel in known)
            for name, signal in rule.signals.items()
        }
        for rule in rules
    }
