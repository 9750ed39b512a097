# ruff: noqa: E501 - a sentence a row
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cases.catalogue import (
    BadCatalogue,
    Catalogue,
    CodeList,
    TimeClass,
    UnknownCondition,
    load_catalogue,
)
from cases.coverage import uncovered
from cases.departments import load_departments
from cases.versions import followed
from rules.pack import load

GB = "GB/T 30428.2-2013"
CJ = "CJ/T 214-2007"
CATALOGUE = load_catalogue()
PACKS = Path(__file__).parents[2] / "rules" / "packs"


#: Every row of the specification's two tables of classes: both lists, then each list's own.
COVERS = "cover-missing cover-broken cover-rattles cover-surround"
GRATE = f"{COVERS} grate-blocked drain-overflow"
POWER = "damaged door-open power-outage power-quality overheating"
REGULATOR = "fallen damaged regulator-fault gas-leak"
CLASSES = {
    CJ: {
        "0101 上水井盖": COVERS,
        "0102 污水井盖": COVERS,
        "0103 雨水井盖": COVERS,
        "0104 雨水箅子": GRATE,
        "0105 电力井盖": COVERS,
        "0106 路灯井盖": COVERS,
        "0107 通讯井盖": COVERS,
        "0108 电视井盖": COVERS,
        "0109 网络井盖": COVERS,
        "0110 热力井盖": COVERS,
        "0111 燃气井盖": COVERS,
        "0112 公安井盖": COVERS,
        "0113 消防设施": "damaged",
        "0114 无主井盖": COVERS,
        "0115 通讯交接箱": "damaged door-open",
        "0116 电力设施": POWER,
        "0117 立杆": "damaged",
        "0118 路灯": "lamp-out lamps-late",
        "0132 供水器": "pipe-leak",
        "0133 高压线铁塔": "damaged",
        "0134 变压器（箱）": POWER,
        "0135 燃气调压站（箱）": REGULATOR,
        "0206 地下通道": "standing-water",
        "0308 环保监测站": "damaged",
        "0310 污水口监测站": "damaged",
        "0311 噪声显示屏": "damaged",
        "0602 工地": "damaged",
        "0606 防汛墙": "damaged",
        "0401 路面塌陷": "road-collapse",
        "0402 供水管道破裂": "pipe-burst pipe-leak",
        "0403 燃气管道破裂": "gas-leak",
        "0404 排水管道堵塞破裂": "drain-overflow drain-broken",
        "0405 热力管道破裂": "pipe-burst",
        "0406 道路积水": "standing-water",
        "0408 架空线缆损坏": "line-down",
        "0301 施工扰民": "construction-noise",
        "0508 商业噪音": "commercial-noise",
        "0499 其他突发事件": "power-outage power-quality regulator-fault",
    },
    GB: {
        "0101 上水井盖": COVERS,
        "0102 污水井盖": COVERS,
        "0103 雨水井盖": COVERS,
        "0104 雨水箅子": GRATE,
        "0106 路灯井盖": COVERS,
        "0110 热力井盖": COVERS,
        "0111 燃气井盖": COVERS,
        "0114 园林井盖": COVERS,
        "0118 化粪池井盖": COVERS,
        "0123 不明井盖": COVERS,
        "0125 供水器": "pipe-leak",
        "0126 沟槽盖板": COVERS,
        "0128 电力设施": POWER,
        "0137 路灯": "lamp-out lamps-late",
        "0149 燃气调压站（箱）": REGULATOR,
        "0207 地下通道": "standing-water",
        "0503 加油站": "damaged",
        "0504 液化气站": "damaged gas-leak",
        "0506 水域附属设施": "damaged",
        "0508 防汛墙": "damaged",
        "0505 路面塌陷": "road-collapse",
        "0501 供水管道破裂": "pipe-burst pipe-leak",
        "0502 燃气管道破裂": "gas-leak",
        "0503 排水管道堵塞破裂": "drain-overflow drain-broken",
        "0504 热力管道破裂": "pipe-burst",
        "0506 道路积水": "standing-water",
        "0508 架空线缆损坏": "line-down",
        "0301 施工扰民": "construction-noise",
        "0128 商业噪音": "commercial-noise",
        "0595 其他突发事件": "power-outage power-quality regulator-fault",
        "0596 地方扩展突发事件": "power-outage power-quality regulator-fault",
    },
}


@pytest.mark.parametrize(
    ("code_list", "named", "slugs"),
    [(code_list, *row) for code_list, rows in CLASSES.items() for row in rows.items()],
)
def test_every_class_of_both_generations_is_there_with_its_conditions(
    code_list: str, named: str, slugs: str
) -> None:
    code, name = named.split()
    conditions = {
        f.condition.slug
        for f in CATALOGUE
        if (f.code_list, f.problem.code, f.problem.name.zh) == (code_list, code, name)
    }
    assert set(slugs.split()) <= conditions


def test_the_lists_hold_no_class_that_the_specification_does_not_name() -> None:
    for code_list, rows in CLASSES.items():
        held = {(f.problem.code, f.problem.name.zh) for f in CATALOGUE if f.code_list == code_list}
        assert held == {tuple(named.split()) for named in rows}


COVER_CODES = ("0101", "0102", "0103", "0104", "0106", "0110", "0111", "0114")
HOURS, WORK, DAYS = "emergency-hours", "working-hours", "working-days"
#: Every row of the published table: what, where in CJ/T 214 and in GB/T 30428.2, its limit.
PUBLISHED = [
    ("cover-missing", COVER_CODES, COVER_CODES, 2, HOURS),
    ("cover-broken", COVER_CODES, COVER_CODES, 4, WORK),
    ("cover-rattles", COVER_CODES, COVER_CODES, 2, DAYS),
    ("cover-surround", COVER_CODES, COVER_CODES, 5, DAYS),
    ("grate-blocked", ["0104"], ["0104"], 1, DAYS),
    ("pipe-leak", ["0132"], ["0125"], 2, HOURS),
    ("damaged", ["0116"], ["0128"], 4, DAYS),
    ("door-open", ["0116"], ["0128"], 1, DAYS),
    ("lamp-out", ["0118"], ["0137"], 2, DAYS),
    ("lamps-late", ["0118"], ["0137"], 2, WORK),
    ("fallen", ["0135"], ["0149"], 1, DAYS),
    ("damaged", ["0135"], ["0149"], 2, DAYS),
    ("pipe-burst", ["0402", "0405"], ["0501", "0504"], 1, HOURS),
    ("pipe-leak", ["0402"], ["0501"], 1, HOURS),
    ("gas-leak", ["0403"], ["0502"], 1, HOURS),
    ("drain-overflow", ["0404"], ["0503"], 4, WORK),
    ("drain-broken", ["0404"], ["0503"], 1, HOURS),
    ("standing-water", ["0206", "0406"], ["0207", "0506"], 2, HOURS),
    ("construction-noise", ["0301"], ["0301"], 2, HOURS),
    ("commercial-noise", ["0508"], ["0128"], 2, HOURS),
]


@pytest.mark.parametrize(
    ("code_list", "code", "slug", "amount", "time_class"),
    [
        (code_list, code, slug, amount, time_class)
        for slug, older, newer, amount, time_class in PUBLISHED
        for code_list, codes in ((CJ, older), (GB, newer))
        for code in codes
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
    assert said(condition="meteorite") == lacking + "its conditions are damaged, standing-water"
    assert said(code="9999").endswith(", 0506, 0508, 0595, 0596")
    assert f"; code lists are {CJ}, {GB}" in said(code_list="GB")


GOOD = """
code_list: local
version: "1"
source: test
classes:
  - code: "99"
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
        ('code: "99"', 'code: "985"', r"classes\.0\.code: "),
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
    with pytest.raises(BadCatalogue, match="local: 99 has two 'wet'"):
        load_catalogue(tmp_path)


def test_a_catalogue_without_the_unlisted_condition_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(BadCatalogue, match="unlisted"):
        load_catalogue(tmp_path)


UNLISTED = (
    GOOD.replace("local", "lifeline-local-1", 1)
    .replace("wet\n", "unlisted\n", 1)
    .replace('code: "99"', 'code: "98"')
    + GOOD.partition("classes:\n")[2]
)  # and its 99, without which there is no 98


def a_list(version: str, since: str = "", until: str = "", hours: int = 2) -> CodeList:
    written = yaml.safe_load(GOOD.replace("amount: 2", f"amount: {hours}"))
    term = {"in_force_from": since or None, "in_force_until": until or None}
    return CodeList.model_validate({**written, "version": version, **term})


def catalogue(*lists: CodeList) -> Catalogue:
    return Catalogue([*lists, CodeList.model_validate(yaml.safe_load(UNLISTED))])


def time(text: str) -> datetime:
    return datetime.fromisoformat(text)


NEW_YEAR, MARCH = "2026-01-01T00:00:00+08:00", "2026-03-01T00:00:00+08:00"


@pytest.mark.parametrize(
    ("at", "version"),
    [
        ("1990-01-01T00:00:00+08:00", "1"),
        ("2025-12-31T23:59:59+08:00", "1"),
        ("2025-12-31T16:00:00+00:00", "2"),
        (NEW_YEAR, "2"),
        ("2026-02-28T23:59:59.999999+08:00", "2"),
        (MARCH, "3"),
        ("2100-01-01T00:00:00+08:00", "3"),
    ],
)
def test_a_condition_is_that_of_the_version_of_its_time(at: str, version: str) -> None:
    found = catalogue(a_list("3", MARCH), a_list("1", "", NEW_YEAR), a_list("2", NEW_YEAR, MARCH))
    assert found.condition("local", "99", "wet", at=time(at)).version == version
    assert [f.version for f in found.in_force(time(at)) if f.code_list == "local"] == [version]


def test_without_a_time_the_newest_version_answers_that_has_it() -> None:
    found = catalogue(a_list("1", "", NEW_YEAR), a_list("2", NEW_YEAR))
    assert found.condition("local", "99", "wet").version == "2"
    assert [f.version for f in found if f.code_list == "local"] == ["2"]


def test_between_two_versions_there_may_be_none() -> None:
    found = catalogue(a_list("1", "", NEW_YEAR), a_list("2", MARCH))
    with pytest.raises(UnknownCondition, match="'wet' for class 99 of local at 2026-02-01"):
        found.condition("local", "99", "wet", at=time("2026-02-01T00:00:00+08:00"))


@pytest.mark.parametrize(
    ("lists", "words"),
    [
        ([("1", "", ""), ("2", NEW_YEAR, "")], "local: versions 1 and 2 are both in force at 2026-01-01"),
        ([("1", "", MARCH), ("2", NEW_YEAR, "")], "end 1 with in_force_until"),
        ([("1", "", ""), ("2", "", "")], "are both in force"),
        ([("1", "", NEW_YEAR), ("1", MARCH, "")], "version 1 is in force at two different times"),
    ],
)  # fmt: skip
def test_two_versions_in_force_at_once_are_refused(
    lists: list[tuple[str, str, str]], words: str
) -> None:
    with pytest.raises(BadCatalogue, match=words):
        catalogue(*(a_list(*each) for each in lists))


@given(st.lists(st.integers(0, 400), min_size=1, max_size=8, unique=True), st.integers(-1, 401))
def test_versions_that_follow_each_other_agree_with_looking_through_them(
    days: list[int], day: int
) -> None:
    """The naive twin: the last of the versions that have begun."""
    start = time(NEW_YEAR)
    lists: list[CodeList] = []
    for number, each in enumerate(sorted(days)):
        new = a_list(str(number), (start + timedelta(days=each)).isoformat(), hours=number + 1)
        lists = followed(lists, [new])
    begun = [number for number, each in enumerate(sorted(days)) if each <= day]
    at = start + timedelta(days=day)
    if begun:
        filing = catalogue(*lists).condition("local", "99", "wet", at=at)
        assert filing.version == str(begun[-1])
    else:
        with pytest.raises(UnknownCondition):
            catalogue(*lists).condition("local", "99", "wet", at=at)


def test_a_version_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValidationError, match="version 1 ends before it is in force"):
        a_list("1", MARCH, NEW_YEAR)


def test_a_list_may_have_one_form_of_codes_a_length() -> None:
    written = yaml.safe_load(GOOD)
    with pytest.raises(ValidationError, match="two forms have one length"):
        CodeList.model_validate({**written, "component_codes": ["6+2+2+6", "6+2+3+5"]})


def test_an_extension_that_does_not_count_down_is_refused() -> None:
    with pytest.raises(BadCatalogue, match="local: 97: extensions count down from 99, so 99 comes"):
        catalogue(CodeList.model_validate(yaml.safe_load(GOOD.replace('"99"', '"97"'))))
