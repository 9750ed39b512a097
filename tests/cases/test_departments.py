# ruff: noqa: E501 - a sentence a row
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cases.catalogue import BadCatalogue, Filing, load_catalogue
from cases.departments import Departments, load_departments

WATER = {
    "code": "91110000802100433B",
    "name": {"zh": "水", "en": "City water"},
    "roles": ["water"],
}
WEST = {
    "code": "91330100799655058B",
    "name": {"zh": "西", "en": "West water"},
    "roles": ["water"],
    "areas": ["330106", "330108002"],
}
TWO = Departments.model_validate(
    {"version": "1", "source": "test", "fallback": WEST["code"], "departments": [WATER, WEST]}
)


@pytest.mark.parametrize(
    ("role", "area", "name"),
    [
        ("water", "330106001002003", "West water"),
        ("water", "330108002001001", "West water"),
        ("water", "330108003001001", "City water"),
        ("water", "", "City water"),
        ("gas", "330108003001001", "West water"),
    ],
    ids=["its county", "its street", "the next street", "place unknown", "nobody's: the fallback"],
)
def test_the_closest_department_with_the_role_answers(role: str, area: str, name: str) -> None:
    assert TWO.responsible(role, area).name.en == name


def test_the_departments_of_the_demo_load() -> None:
    assert load_departments().responsible("gas", "340199001001001").name.zh == "燃气公司"


def test_a_mistyped_code_is_named(tmp_path: Path) -> None:
    file = tmp_path / "departments.yml"
    file.write_text(
        'version: "1"\nsource: t\nfallback: "91110000802100433C"\ndepartments:\n'
        '  - {code: "91110000802100433C", name: {zh: 水, en: Water}, roles: [water]}\n',
        encoding="utf-8",
    )
    with pytest.raises(BadCatalogue, match=r"departments\.0\.code: .*check character 'C', not 'B'"):
        load_departments(file)


THIRD = "9144030071526726XG"
CATALOGUE = load_catalogue()
GB, CJ = "GB/T 30428.2-2013", "CJ/T 214-2007"
FLOOD = CATALOGUE.condition(GB, "0506", "standing-water")
COLLAPSE = CATALOGUE.condition(GB, "0505", "road-collapse")
COVER = CATALOGUE.condition(GB, "0103", "cover-missing")
TOUTING = CATALOGUE.condition(GB, "0128", "commercial-noise")
POWER = CATALOGUE.condition(GB, "0128", "damaged")
TOUTING_OF_OLD = CATALOGUE.condition(CJ, "0508", "commercial-noise")


def departments(*matrix: dict[str, str], **others: Any) -> Departments:
    named = {"code": THIRD, "name": {"zh": "三", "en": "Third"}}
    return Departments.model_validate(
        {
            "version": "1", "source": "test", "fallback": WEST["code"],
            "departments": [WATER, WEST, named], "matrix": matrix,
        }
        | others
    )  # fmt: skip


def row(problem_class: str, area: str, responsible: str, **others: str) -> dict[str, str]:
    return {"class": problem_class, "area": area, "responsible": responsible, **others}


W, F, T = WATER["code"], WEST["code"], THIRD
#: A sentence, the matrix, what happened where, and who is responsible.
MATRICES: list[tuple[str, list[dict[str, str]], Filing, str, str]] = [
    ("the longer area decides", [row("0506", "", W), row("", "330106", T)], FLOOD, "330106001", T),
    ("whatever the order", [row("", "330106", T), row("0506", "", W)], FLOOD, "330106001", T),
    ("in one area the closer class", [row("05", "33", W), row("0506", "33", T)], FLOOD, "3301", T),
    ("a major class before any", [row("", "33", W), row("05", "33", T)], FLOOD, "3301", T),
    ("another major class says nothing", [row("04", "", W), row("", "", T)], FLOOD, "", T),
    ("another area says nothing", [row("0506", "330107", W), row("", "", T)], FLOOD, "330106", T),
    ("a street does not fit its district", [row("", "330106001", W), row("", "", T)], FLOOD, "330106", T),
    ("a row of its list before one of any", [row("0508", "", W), row("0508", "", T, code_list=CJ)], TOUTING_OF_OLD, "", T),
    ("a row of another list says nothing", [row("0506", "", W, code_list=CJ), row("", "", T)], FLOOD, "", T),
    ("an event's number may be a component's", [row("0128", "", W, kind="component"), row("0128", "", T, kind="event")], TOUTING, "", T),
    ("and the other way round", [row("0128", "", W, kind="event"), row("0128", "", T, kind="component")], POWER, "", T),
    ("nobody in the matrix: by role", [row("04", "", T)], FLOOD, "330106", F),
]  # fmt: skip


@pytest.mark.parametrize(
    ("matrix", "filing", "area", "code"),
    [each[1:] for each in MATRICES],
    ids=[each[0] for each in MATRICES],
)
def test_the_matrix_says_who_is_responsible(
    matrix: list[dict[str, str]], filing: Filing, area: str, code: str
) -> None:
    assert departments(*matrix).dispatched(filing, area).code == code


def test_each_side_is_said_by_the_closest_row_that_names_it() -> None:
    two = departments(row("", "", W, maintaining=F), {"class": "0103", "area": "", "owning": T})
    found = two.who(COVER.problem, GB, "330106")
    assert {side: named.code for side, named in found.items()} == {
        "responsible": W, "owning": T, "maintaining": F
    }  # fmt: skip
    assert found["owning"].why == "三 Third: 权属 owning for 0103 in the city, by the matrix"


def test_the_department_that_keeps_a_component_comes_before_the_matrix() -> None:
    matrix = departments(row("0103", "", W))
    assert matrix.dispatched(COVER, "330106", "3301060103000001", T).code == T
    assert matrix.dispatched(COVER, "330106", "3301060103000001", "").code == W
    assert matrix.dispatched(FLOOD, "330106", "3301060103000001", T).code == F, (
        "an event's is its own"
    )


def test_what_nobody_owns_goes_to_the_fallback_and_says_so() -> None:
    nobody = departments().dispatched(COLLAPSE, "330106")
    assert nobody == (F, "西 West water: nobody owns roads in 330106")


class_of = st.sampled_from(["", "05", "0506", "01", "0103", "04"])
area_of = st.sampled_from(["", "33", "3301", "330106", "330106001", "330107"])


@given(
    st.dictionaries(st.tuples(class_of, area_of), st.sampled_from([W, F, T]), max_size=12), area_of
)
def test_the_matrix_agrees_with_asking_from_the_narrowest_question_on(
    rows: dict[tuple[str, str], str], area: str
) -> None:
    """The naive twin: cut the area's end off, and for each area widen the class."""
    matrix = departments(*(row(*key, code) for key, code in rows.items()))
    for length in range(len(area), -1, -1):
        for wanted in ("0506", "05", ""):
            if (wanted, area[:length]) in rows:
                expected = rows[wanted, area[:length]]
                assert matrix.dispatched(FLOOD, area).code == expected
                return
    assert matrix.dispatched(FLOOD, area).code == F


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        ([row("0506", "", "91110000802100433C")], "matrix, row 1: no department has the code"),
        ([row("0506", "", W), row("0506", "", T)], "matrix, row 2: 0506 in the city is there twice"),
        ([{"class": "0506", "area": "33"}], "matrix, row 1: 0506 in 33 names no department"),
        ([row("506", "", W)], "matrix.0.class"),
        ([row("0506", "33O1", W)], "matrix.0.area"),
    ],
)  # fmt: skip
def test_a_matrix_that_cannot_hold_is_refused(matrix: list[dict[str, str]], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        departments(*matrix)
