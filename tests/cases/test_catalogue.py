from pathlib import Path

import pytest

from cases.catalogue import BadCatalogue, TimeClass, UnknownCondition, load_catalogue
from cases.coverage import uncovered
from cases.departments import load_departments
from rules.pack import load

GB = "GB/T 30428.2-2013"
CJ = "CJ/T 214-2007"
CATALOGUE = load_catalogue()
PACKS = Path(__file__).parents[2] / "rules" / "packs"


@pytest.mark.parametrize(
    ("code_list", "code", "slug", "amount", "time_class"),
    [
        (GB, "0506", "standing-water", 2, "emergency-hours"),
        (CJ, "0406", "standing-water", 2, "emergency-hours"),
        (GB, "0501", "pipe-burst", 1, "emergency-hours"),
        (CJ, "0402", "pipe-burst", 1, "emergency-hours"),
        (GB, "0502", "gas-leak", 1, "emergency-hours"),
        (GB, "0103", "cover-missing", 2, "emergency-hours"),
        (GB, "0103", "cover-broken", 4, "working-hours"),
        (GB, "0103", "cover-rattles", 2, "working-days"),
        (GB, "0103", "cover-surround", 5, "working-days"),
        (GB, "0104", "grate-blocked", 1, "working-days"),
        (GB, "0503", "drain-overflow", 4, "working-hours"),
        (GB, "0503", "drain-broken", 1, "emergency-hours"),
        (GB, "0301", "construction-noise", 2, "emergency-hours"),
        (GB, "0149", "fallen", 1, "working-days"),
        (GB, "0137", "lamps-late", 2, "working-hours"),
    ],
)
def test_the_published_limits_are_kept(
    code_list: str, code: str, slug: str, amount: float, time_class: str
) -> None:
    filing = CATALOGUE.condition(code_list, code, slug)
    assert filing.condition.limit.amount == amount
    assert filing.condition.limit.time_class is TimeClass(time_class)
    assert filing.condition.source == "published table"


def test_one_number_may_be_a_component_and_an_event() -> None:
    assert CATALOGUE.condition(GB, "0128", "power-outage").problem.kind == "component"
    assert CATALOGUE.condition(GB, "0128", "commercial-noise").problem.kind == "event"


def test_the_generations_do_not_answer_for_each_other() -> None:
    with pytest.raises(UnknownCondition, match="'standing-water' for class 0406 of GB/T"):
        CATALOGUE.condition(GB, "0406", "standing-water")


def test_a_component_is_named_with_what_is_wrong_with_it() -> None:
    assert CATALOGUE.condition(GB, "0506", "standing-water").title.zh == "道路积水"
    assert CATALOGUE.condition(GB, "0111", "gas-leak").title.zh == "燃气井盖：井内可燃气体超限"


def test_every_role_has_a_department() -> None:
    roles = {role for d in load_departments().departments for role in d.roles}
    assert {filing.problem.responsible for filing in CATALOGUE} <= roles


def test_every_rule_that_opens_cases_names_a_condition_of_the_catalogue() -> None:
    rules = load(PACKS)
    assert any(rule.case != "none" for rule in rules)
    assert uncovered(rules, CATALOGUE) == []


def test_a_rule_without_a_filing_condition_is_named() -> None:
    rule = next(rule for rule in load(PACKS) if rule.event.code == "0506")

    def said(**changed: str) -> str:
        event = rule.event.model_copy(update=changed)
        (words,) = uncovered([rule.model_copy(update={"event": event})], CATALOGUE)
        return words

    lacking = f"{rule.id}: no filing condition 'meteorite' for class 0506 of {GB}; "
    assert said(condition="meteorite") == lacking + "its conditions are standing-water"
    assert said(code="9999").endswith(", 0506, 0508, 0595, 0596")
    assert f"; code lists are {CJ}, {GB}" in said(code_list="GB")


GOOD = """
code_list: local
version: "1"
source: test
classes:
  - code: "98"
    kind: event
    name: {zh: 名, en: name}
    responsible: water
    conditions:
      - slug: wet
        text: {zh: 湿, en: wet}
        limit: {amount: 2, class: working-hours}
        closed_when: {zh: 干, en: dry}
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("working-hours", "lunch-hours", r"classes\.0\.conditions\.0\.limit\.class: .*'working-h"),
        ("amount: 2", "amount: 0", r"classes\.0\.conditions\.0\.limit\.amount: .*greater than 0"),
        ("slug: wet", "slug: Wet!", r"classes\.0\.conditions\.0\.slug: "),
        ('code: "98"', 'code: "985"', r"classes\.0\.code: "),
        ("responsible: water", "", r"classes\.0\.responsible: Field required"),
        ("closed_when:", "closed:", r"classes\.0\.conditions\.0\.closed_when: Field required"),
        ("classes:", "classes: [", "not YAML"),
    ],
)
def test_a_fault_is_named_with_file_and_place(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    (tmp_path / "local.yml").write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(BadCatalogue, match=rf"(?s)local\.yml: .*{message}"):
        load_catalogue(tmp_path)


def test_a_condition_written_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "b.yml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(BadCatalogue, match="local: 98 has two 'wet'"):
        load_catalogue(tmp_path)


def test_a_catalogue_without_the_unlisted_condition_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(BadCatalogue, match="unlisted"):
        load_catalogue(tmp_path)
