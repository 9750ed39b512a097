"""Statistics for everybody tell of no few people, not even to who can subtract."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.disclosure import printable, withheld

TABLE = [
    ({}, set(), "nothing has nothing to hide"),
    ({"a": 9, "b": 5}, set(), "five are enough"),
    ({"a": 9, "b": 0}, set(), "a nought tells of nobody"),
    ({"a": 9, "b": 4, "c": 7}, {"b", "c"}, "one alone would be what is missing from the sum"),
    ({"a": 9, "b": 4, "c": 3}, {"b", "c"}, "two that are seven together hide each other"),
    ({"a": 9, "b": 1, "c": 2, "d": 8}, {"b", "c", "d"}, "two that are three together do not"),
    ({"a": 3}, {"a"}, "the only one"),
]


@pytest.mark.parametrize(("parts", "left_out", "why"), TABLE, ids=[row[2] for row in TABLE])
def test_what_is_left_out(parts, left_out, why) -> None:
    assert withheld(parts, 5) == left_out, why


PARTS = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.integers(0, 30), max_size=9)


@given(PARTS, st.integers(1, 9))
def test_no_small_count_can_be_had_by_subtraction(parts, least) -> None:
    left_out = withheld(parts, least)
    assert all(count == 0 or count >= least for key, count in parts.items() if key not in left_out)
    missing = sum(parts[key] for key in left_out)
    others = [key for key, count in parts.items() if count and key not in left_out]
    # What is missing from the sum is many, of several; or nothing else is there to hide it behind.
    assert not left_out or not others or (missing >= least and len(left_out) > 1)


STREETS = st.dictionaries(
    st.tuples(st.sampled_from(["110101", "110102", "110103"]), st.sampled_from(["001", "002", ""])),
    st.integers(1, 12),
)


@given(STREETS)
def test_streets_do_not_add_up_to_a_district_that_is_withheld(counted) -> None:
    streets = {"".join(key): count for key, count in counted.items()}
    districts: dict[str, float] = {}
    for key, count in streets.items():
        districts[key[:6]] = districts.get(key[:6], 0) + count
    upper, lower = printable(districts, streets, 5)
    assert set(upper) == set(districts)
    assert set(lower) == set(streets)
    for key in streets:
        if upper[key[:6]] is None:
            assert lower[key] is None
        assert lower[key] in (None, streets[key])
