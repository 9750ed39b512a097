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
    grid_cell_code,
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
