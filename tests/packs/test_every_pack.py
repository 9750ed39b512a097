"""The packs that ship keep their own tests, and each rule has one in which it fires."""

import re
from pathlib import Path

import pytest

from rules.pack import BadPack, load
from rules.testing import check, files_of_tests, read_tests, run

PACKS = Path(__file__).parents[2] / "rules" / "packs"
FILES = files_of_tests(PACKS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_pack_does_what_its_test_file_says(file):
    report = run(file)
    assert report.passed, "\n".join(report.lines())


def test_every_pack_has_a_test_file_with_something_that_fires_and_something_that_must_not():
    packs = {p for p in PACKS.rglob("*.yml") if not p.name.endswith(".test.yml")}
    assert {p.with_suffix(".test.yml") for p in packs} == set(FILES)
    assert all(any(test.expect for test in read_tests(file).tests) for file in FILES)


#: What may stand in one language: standards by their numbers.
CITATION = re.compile(r"(GB/T|GB|IEC) [0-9.-]+(-[0-9]{4})?( \([0-9.-]+ V\))?")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("rule", [*load(PACKS)], ids=lambda rule: rule.id)
def test_every_rule_tells_people_in_both_languages_what_it_means_and_what_to_do(rule):
    assert all((rule.false_alarms, rule.steps))
    for words in (rule.title, rule.why, rule.source, *rule.false_alarms, *rule.steps):
        if isinstance(words, str):
            assert words is rule.source, f"{words}: in one language only"
            assert CITATION.fullmatch(words), f"{words}: in one language only"
        else:
            assert CHINESE.search(words.zh), words.zh
            assert words.en, words.zh
            assert not CHINESE.search(words.en), words.en


def test_all_packs_load_together_by_the_command_too():
    assert set(check(PACKS).rules) == set(load(PACKS).rules)


PACK = """
pack: road
rules:
  - id: road.deep
    title: {en: Deep, zh: 深}
    status: active
    why: deep
    source: none
    signals:
      deep: {select: {quantity: depth}, detect: [{with: level, high: 15 cm}]}
    per: device
    severity: [{at: 1.0, level: yellow}]
    event: {code_list: GB/T 30428.2-2013, code: "0506", condition: standing-water}
    case: {one_per: device}
"""
TESTS = """
rules: road.yml
tests:
  - name: deep water
    every: PT1M
    channels: {{a/depth: {{quantity: depth, unit: cm}}}}
    series: {{a/depth: [{{for: PT1H, level: 2}}, {{for: PT1H, level: {level}}}]}}
    expect: {expect}
"""


@pytest.mark.parametrize(
    ("case", "level", "expect", "problem"),
    [
        ("what it says happens", 30, "[{rule: road.deep}]", ""),
        ("nothing happens", 3, "[{rule: road.deep}]", "expected, but did not happen"),
        ("too much happens", 30, "[]", "happened, but was not expected: rule road.deep"),
        ("too early", 30, "[{rule: road.deep, raised_between: [PT2H, PT3H]}]", "did not happen"),
        ("not so bad", 30, "[{rule: road.deep, severity: red}]", "did not happen"),
    ],
)
def test_the_runner_tells_what_differs(tmp_path, case, level, expect, problem):
    (tmp_path / "road.yml").write_text(PACK, encoding="utf-8")
    (tmp_path / "road.test.yml").write_text(TESTS.format(level=level, expect=expect))
    report = run(tmp_path)
    told = "\n".join(report.lines())
    assert report.passed == (not problem), told
    assert problem in told


def test_a_rule_that_no_test_makes_fire_fails_the_run(tmp_path):
    (tmp_path / "road.yml").write_text(PACK, encoding="utf-8")
    (tmp_path / "road.test.yml").write_text(TESTS.format(level=3, expect="[]"))
    report = run(tmp_path / "road.yml")
    assert report.untested == ["road.deep"]
    assert not report.passed


@pytest.mark.parametrize(
    ("fault", "written", "words"),
    [
        ("a segment that says two things", "{for: PT1H, level: 2, ramp: [1, 2]}", "one of level"),
        ("a duration that YAML reads as a number", "{for: 12:30, level: 2}", "ISO 8601"),
        ("a misspelt field", "{for: PT1H, levle: 2}", "levle"),
    ],
)
def test_a_wrong_test_file_is_refused_with_its_name(tmp_path, fault, written, words):
    (tmp_path / "road.yml").write_text(PACK, encoding="utf-8")
    text = TESTS.format(level=3, expect="[]").replace("{for: PT1H, level: 2}", written)
    (tmp_path / "road.test.yml").write_text(text)
    with pytest.raises(BadPack, match=words) as refused:
        check(tmp_path)
    assert "road.test.yml" in str(refused.value)
