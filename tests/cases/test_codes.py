from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.codes import (
    COMPONENT_16_DRAFT,
    COMPONENT_18_BY_TABLE,
    BadCode,
    ComponentCode,
    Split,
    case_number,
    check_department_code,
    component_code,
    extensions_out_of_order,
    grid_cell_code,
    split_of,
)


@pytest.mark.parametrize(
    ("code", "split", "parts"),
    [
        ("3401990103000012", None, ("340199", "0103", "000012")),
        ("3401990103000012", COMPONENT_16_DRAFT, ("340199", "01030", "00012")),
        ("340199010300100012", None, ("340199", "0103", "00012")),
        ("340199010310000012", COMPONENT_18_BY_TABLE, ("340199", "0103", "000012")),
    ],
)
def test_a_component_code_is_taken_apart(
    code: str, split: Split | None, parts: tuple[str, str, str]
) -> None:
    assert component_code(code, split) == ComponentCode(*parts)


def test_a_grid_cell_code_is_taken_apart_in_both_forms() -> None:
    assert grid_cell_code("330106001002003")["serial"] == "003"
    assert grid_cell_code("33010600100203")["serial"] == "03"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("340199", "has 6 characters; it needs 16 or 18 digits"),
        ("990199010300001x", "county '990199' .* begins with no province"),
        ("34019901030000１2", r"serial '0000１2' \(digits 11 to 16\) is not all digits"),
        ("3401990003000012", r"major class '00' \(digits 7 to 8\) is all zeros"),
        ("3401990103000000", "serial '000000' .* is all zeros"),
    ],
)
def test_a_bad_component_code_is_refused_by_its_segment(code: str, message: str) -> None:
    with pytest.raises(BadCode, match=message):
        component_code(code)


def test_a_bad_grid_cell_code_is_refused_by_its_segment() -> None:
    with pytest.raises(BadCode, match="needs 14 or 15 digits"):
        grid_cell_code("3301060010020")
    with pytest.raises(BadCode, match="street '000'"):
        grid_cell_code("330106000002003")


@given(st.text(max_size=20) | st.text("0123456789", min_size=14, max_size=18))
def test_any_text_is_a_code_or_is_refused(text: str) -> None:
    for parse in (component_code, grid_cell_code, check_department_code):
        with suppress(BadCode):
            parse(text)


@pytest.mark.parametrize("code", ["91110000802100433B", "9144030071526726XG", "91330100799655058B"])
def test_published_department_codes_pass(code: str) -> None:
    assert check_department_code(code) == code


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("91110000802100433C", "check character 'C', not 'B'"),
        ("91110000802100443B", "check character"),
        ("9111000080210043IB", "holds I"),
        ("9111", "has 4 characters"),
    ],
)
def test_a_mistyped_department_code_is_refused(code: str, message: str) -> None:
    with pytest.raises(BadCode, match=message):
        check_department_code(code)


def test_a_case_number_bears_the_local_day() -> None:
    late = datetime(2024, 2, 29, 16, 30, tzinfo=UTC)
    assert case_number(late, 42, ZoneInfo("Asia/Shanghai")) == "20240301-000042"


FORMS = ("6+2+2+6", "6+2+3+5", "6+2+2+3+5", "6+2+2+2+6")


@given(st.sampled_from(FORMS), st.data())
def test_the_segments_of_a_code_put_together_are_the_code(form: str, data: st.DataObject) -> None:
    split = split_of(form)
    segments = [
        data.draw(st.integers(1, 10**width - 1).map(lambda n, width=width: f"{n:0{width}}"))
        for _, width in split[1:]
    ]
    county = data.draw(st.sampled_from(["110101", "340199", "659001"]))
    code = component_code("".join([county, *segments]), split)
    assert code == ComponentCode(county, "".join(segments[:2]), segments[-1])
    strange = data.draw(st.integers(0, sum(width for _, width in split) - 1))
    written = "".join([county, *segments])
    with pytest.raises(BadCode, match="not all digits"):
        component_code(f"{written[:strange]}O{written[strange + 1 :]}", split)


@pytest.mark.parametrize(
    "form", ["", "6", "6+2+2", "5+3+2+6", "6+2+2+7", "6+2+2+0+6", "6+x+2+6", "6+2+2+２+6", "6 + 2"]
)
def test_a_form_of_no_code_is_refused(form: str) -> None:
    with pytest.raises(BadCode, match="no form of a component's code"):
        split_of(form)


@pytest.mark.parametrize(
    ("codes", "wrong"),
    [
        ([], []),
        (["99", "98"], []),
        (["98"], ["98"]),
        (["0599", "0598", "0699"], []),
        (["0599", "0597"], ["0597"]),
        (["05080", "05999"], []),
        (["05079"], ["05079"]),
        (["0599", "0601", "05001"], ["05001", "0601"]),
    ],
)
def test_extensions_count_down_from_99_or_are_080_to_999(
    codes: list[str], wrong: list[str]
) -> None:
    assert sorted(code for code, _ in extensions_out_of_order(codes)) == wrong


@given(st.sets(st.integers(1, 99), max_size=8))
def test_only_a_run_that_ends_at_99_is_in_order(minors: set[int]) -> None:
    found = extensions_out_of_order(f"05{minor:02}" for minor in minors)
    assert (found == []) == (minors == set(range(100 - len(minors), 100)))


@given(
    st.sampled_from(["91110000802100433B", "9144030071526726XG", "91330100799655058B"]),
    st.integers(0, 17),
    st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"),
)
def test_one_mistyped_character_of_a_department_code_is_always_found(
    code: str, place: int, letter: str
) -> None:
    typed = code[:place] + letter + code[place + 1 :]
    if typed == code:
        assert check_department_code(typed)
    else:
        with pytest.raises(BadCode):
            check_department_code(typed)
