"""What is wrong in a text is told at its place, and what the store keeps is a text again."""

import json
from pathlib import Path

import pytest
import yaml
from bad_packs import GOOD, MISTAKES
from hypothesis import given
from hypothesis import strategies as st

from rules.pack import BadPack, load, read_pack
from rules.proofread import proofread
from rules.testing import examine_tests, files_of_tests, run_text, texts_of_tests
from rules.write_pack import WIDTH, write_pack

PACKS = Path("rules/packs")
SHIPPED = load(PACKS)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.claim)
def test_a_mistake_is_told_within_the_text_with_the_words_of_the_loader(mistake):
    text = mistake.text()
    with pytest.raises(BadPack) as refused:
        read_pack(text)
    found = proofread(text)
    lines = text.split("\n")
    for each in found:
        assert each.words in str(refused.value)
        assert each.line == each.end_line <= len(lines)
        assert 1 <= each.column < each.end_column <= len(lines[each.line - 1]) + 2
    assert found == sorted(found)


UNDERLINED = [
    ("a value that is none of the words", "level: yellow", "level: pink", "pink"),
    ("a field that is not", "per: component", "pre: component", "component"),
    ("a limit in another unit", "high: 15 cm", "high: 15 V", "15 V"),
    ("a parameter that is not", "high: 15 cm}", "high: 15 cm, wide: 2}", "2"),
    ("a need of no signal", "needs: {deep: 1", "needs: {dep: 1", "needs"),
    ("a key written twice", "    status: active", "    why: x\n    status: active", "w"),
    ("a quantity that is not known", "quantity: depth", "quantity: deptth", "deptth"),
]


@pytest.mark.parametrize(
    ("before", "after", "marked"), [row[1:] for row in UNDERLINED], ids=[r[0] for r in UNDERLINED]
)
def test_what_is_underlined_is_what_is_wrong(before, after, marked):
    text = GOOD.replace(before, after, 1)
    lines = text.split("\n")
    found = proofread(text)
    assert marked in [lines[f.line - 1][f.column - 1 : f.end_column - 1] for f in found]


@given(st.text(max_size=200))
def test_any_text_is_read_or_told_what_is_wrong_with_it(text):
    found = proofread(text)
    if not found:
        assert read_pack(text)
    for each in found:
        assert each.line >= 1
        assert each.words


@given(st.integers(0, len(GOOD)), st.integers(0, 40), st.text(max_size=3))
def test_any_cut_of_a_good_text_is_read_or_told(at, length, put):
    text = GOOD[:at] + put + GOOD[at + length :]
    if not proofread(text):
        read_pack(text)


@pytest.mark.parametrize("rule", list(SHIPPED), ids=lambda rule: rule.id)
def test_a_rule_from_the_store_is_written_as_the_same_version(rule):
    stored = json.loads(json.dumps(SHIPPED.body[rule.id], sort_keys=True))  # as jsonb keeps it
    text = write_pack(SHIPPED.pack[rule.id], [stored])
    again = read_pack(text)
    assert again.rules[rule.id].version == rule.version
    assert again.pack[rule.id] == SHIPPED.pack[rule.id]
    assert text.split("\n")[2:4][0].startswith(f"  - id: {rule.id}")


def test_fields_come_in_the_order_of_the_schema_and_lines_are_not_long():
    [body] = read_pack(GOOD).body.values()
    text = write_pack("x", [json.loads(json.dumps(body, sort_keys=True))])
    written = list(yaml.safe_load(text)["rules"][0])
    assert written == [name for name in yaml.safe_load(GOOD)["rules"][0] if name in written]
    assert max(map(len, text.split("\n"))) <= WIDTH + 12


def test_the_tests_of_a_pack_pass_on_its_rules_one_by_one():
    texts = texts_of_tests(PACKS / "flood")
    assert set(texts) == {r.id for r in SHIPPED if r.id.startswith("flood.")}
    for rule in ("flood.road.standing-water", "flood.road.rising"):
        tests, _ = examine_tests(texts[rule])
        report = run_text(SHIPPED.only([rule]), tests, SHIPPED)
        assert report.passed, report.lines()


def test_a_test_file_of_the_packs_has_no_fault():
    for file in files_of_tests(PACKS):
        assert examine_tests(file.read_text(encoding="utf-8"))[1] == [], file
