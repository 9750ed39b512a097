"""Texts that everybody may read: people's numbers are gone, those of things are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.masking import without_people


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call 13800138000 back", "call *** back"),
        ("call +86 138-0013-8000, please", "call ***, please"),
        ("电话13800138000。", "电话***。"),
        ("office 0571-87654321", "office ***"),
        ("identity card 11010519491231002X", "identity card ***"),
        ("write to li.na@mail.example.cn.", "write to ***."),
        ("component 330106010300000112 is whole", "component 330106010300000112 is whole"),
        ("well 3301060103000001 lacks its cover", "well 3301060103000001 lacks its cover"),
        ("cell 330106001002003", "cell 330106001002003"),
        ("deep 0.15 m at 2026-07-01 06:00", "deep 0.15 m at 2026-07-01 06:00"),
        ("case 20260701-000001", "case 20260701-000001"),
        ("at 120.15512345678, 30.27498765432", "at 120.15512345678, 30.27498765432"),
    ],
)
def test_numbers_of_people_are_not_shown_and_numbers_of_things_are(text: str, shown: str) -> None:
    assert without_people(text) == shown


def test_the_caller_is_not_named_in_what_they_told() -> None:
    told = "张三丰 of number 87654321 (8765-4321) says that water stands"
    shown = "*** of number *** (***) says that water stands"
    assert without_people(told, "张三丰", "8765 4321") == shown


@given(
    phone=st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    before=st.text(alphabet="水on the road，。 ", max_size=20),
    after=st.text(alphabet="水on the road，。 ", max_size=20),
)
def test_no_mobile_number_gets_through_wherever_it_stands(
    phone: str, before: str, after: str
) -> None:
    assert phone not in without_people(before + phone + after)
    assert without_people(before + after) == before + after
