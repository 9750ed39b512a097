from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.catalogue import Limit, TimeClass
from cases.limits import UNITS, BadLimit, read_limit

HOURS, WORK, DAYS = TimeClass


@pytest.mark.parametrize(
    ("written", "amount", "time_class"),
    [
        ("2小时", 2, HOURS),
        ("2紧急工作时", 2, HOURS),
        ("２ 小时", 2, HOURS),
        ("30分钟", 0.5, HOURS),
        ("3自然日", 72, HOURS),
        ("2 emergency hours", 2, HOURS),
        ("2 emergency-hours", 2, HOURS),
        ("4工作时", 4, WORK),
        ("4 工作小时内", 4, WORK),
        ("1.5 working hours", 1.5, WORK),
        ("1个工作日", 1, DAYS),
        ("两个工作日", 2, DAYS),
        ("半个工作日", 0.5, DAYS),
        ("5工作日以内", 5, DAYS),
        ("1 working day", 1, DAYS),
        ("2 Business Days", 2, DAYS),
    ],
)
def test_a_limit_is_read_as_people_write_it(
    written: str, amount: float, time_class: TimeClass
) -> None:
    assert read_limit(written) == Limit(amount=amount, time_class=time_class)


def test_a_bare_number_is_in_the_unit_of_its_column() -> None:
    assert read_limit("2", "小时") == read_limit("2小时")
    assert read_limit("2工作日", "小时") == read_limit("2工作日")


@given(
    st.integers(1, 8700) | st.floats(0.1, 360, allow_nan=False).map(lambda n: round(n, 3)),
    st.sampled_from([*UNITS]),
    st.sampled_from(["", " ", "个", " 个 "]),
    st.sampled_from(["", "内", "以内"]),
)
def test_every_unit_keeps_its_class_and_its_amount(
    number: float, unit: str, between: str, after: str
) -> None:
    time_class, factor = UNITS[unit]
    longest = 366 * (1 if time_class is DAYS else 24)
    written = f"{number}{between}{unit}{after}"
    if number * factor > longest:
        with pytest.raises(BadLimit, match="longer than a year"):
            read_limit(written)
    else:
        limit = read_limit(written)
        assert limit.time_class is time_class
        assert limit.amount == pytest.approx(number * factor)


@given(st.text(max_size=30) | st.text("0123456789.半两一个小时工作日内 -e", max_size=12))
def test_any_text_is_a_limit_of_some_length_or_is_refused_with_a_mend(text: str) -> None:
    with suppress(BadLimit):
        assert 0 < read_limit(text).amount <= 366 * 24


@pytest.mark.parametrize("text", ["-2小时", "2-4小时", "2小时/4小时", "1e9小时", "∞小时", "小时"])
def test_what_may_mean_something_else_is_refused(text: str) -> None:
    with pytest.raises(BadLimit):
        read_limit(text)
