"""Indicators, scores and grades: published definitions, worked by hand."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cases.grades import Band, Grade, Grading, Weights, grade, rank, rework_points, score
from cases.indicators import INDICATORS, MEASURES, SUMS, Tally, evaluate
from cases.periods import BadPeriod, month_of, period_of, stretch

ZONE = ZoneInfo("Asia/Shanghai")
GRADING = Grading()
NOTHING: dict[str, float] = {}
#: 200 cases fell due: 190 handled, 180 of them in time, 170 closed, 160 in time, 10 reworked once.
MONTH = {
    "due": 200, "handled": 190, "handled_in_time": 180, "closed": 170, "closed_in_time": 160,
    "reworked": 10, "reworks": 12, "handling_hours": 570,
    "reported": 400, "taken_up": 300, "valid": 280, "duplicate": 20,
    "filed": 300, "filed_rightly": 285, "public_first": 60,
    "to_dispatch": 290, "dispatched": 280, "dispatched_in_time": 261, "dispatched_rightly": 266,
    "returned": 14, "called_back": 50, "satisfied": 47,
}  # fmt: skip

WORKED = [
    ("closing_rate", 85.0, "closed / due"),
    ("on_time_closing_rate", 80.0, "closed in time / due"),
    ("rework_rate", 5.0, "reworked / due: cases, however often each was sent back"),
    ("handling_rate", 95.0, "handled / to be handled"),
    ("on_time_handling_rate", 90.0, "handled in time / to be handled"),
    ("filing_rate", 75.0, "filed / reported"),
    ("filing_accuracy", 95.0, "(filed - voided) / filed"),
    ("dispatch_accuracy", 95.0, "(dispatched - redirected) / dispatched"),
    ("on_time_dispatch_rate", 90.0, "one not dispatched and late counts against it"),
    ("valid_report_rate", 70.0, "valid / reported"),
    ("duplicate_rate", 5.0, "duplicates / reported"),
    ("miss_rate", 20.0, "found by the public first / filed"),
    ("return_rate", 5.0, "returned by departments / dispatched"),
    ("satisfaction", 94.0, "satisfied or fair / called back"),
    ("mean_handling_time", 3.0, "hours / handled"),
]


@pytest.mark.parametrize(("name", "value", "why"), WORKED, ids=[row[0] for row in WORKED])
def test_each_indicator_is_as_the_specification_defines_it(
    name: str, value: float, why: str
) -> None:
    assert evaluate(name, Tally(MONTH, NOTHING)).value == pytest.approx(value), why


@pytest.mark.parametrize("name", INDICATORS)
def test_nothing_of_nothing_is_neither_nought_nor_all(name: str) -> None:
    assert evaluate(name, Tally(NOTHING, NOTHING)).value is None


def test_both_numbers_of_an_indicator_are_of_one_cohort_and_all_have_words() -> None:
    for name, one in INDICATORS.items():
        assert MEASURES[one.top].cohort is MEASURES[one.bottom].cohort, name
        assert one.bottom not in SUMS
        assert one.zh
        assert one.en
        assert one.formula_en
    assert set(SUMS) < set(MEASURES)
    assert all(measure.zh and measure.en for measure in MEASURES.values())


def test_a_granted_appeal_takes_a_case_out_of_overtime_alone() -> None:
    tally = Tally(MONTH, {"due": 10, "handled": 10, "handled_in_time": 0, "closed": 10,
                          "closed_in_time": 0, "reworked": 1})  # fmt: skip
    assert evaluate("on_time_handling_rate", tally).value == pytest.approx(100 * 180 / 190)
    assert evaluate("on_time_handling_rate", tally, exempt=True).value == pytest.approx(90)
    assert evaluate("on_time_closing_rate", tally).value == pytest.approx(100 * 160 / 190)
    assert evaluate("closing_rate", tally) == evaluate("closing_rate", tally, exempt=True)
    assert evaluate("rework_rate", tally).value == pytest.approx(5)


def test_the_composite_score_is_10_rework_count_30_closing_30_on_time_30_not_reworked() -> None:
    # 12 reworks in a month are 40 points.
    expected = 0.1 * 40 + 0.3 * 85 + 0.3 * 90 + 0.3 * 95
    assert score(Tally(MONTH, NOTHING), 1, GRADING) == pytest.approx(expected)
    # The same number over a year is one a month: 90 points.
    assert score(Tally(MONTH, NOTHING), 12, GRADING) == pytest.approx(expected + 0.1 * 50)
    assert score(Tally(NOTHING, NOTHING), 1, GRADING) is None


POINTS = [(0, 100), (1, 90), (2, 90), (3, 75), (5, 75), (10, 60), (20, 40), (50, 20), (51, 0)]


@pytest.mark.parametrize(("reworks", "points"), POINTS)
def test_the_number_of_reworks_gives_points_by_bands(reworks: float, points: float) -> None:
    assert rework_points(reworks, 1, GRADING) == points


GRADES = [
    (100, "A"), (90, "A"), (89.96, "A"), (89.94, "B"), (75, "B"), (74.9, "C"), (60, "C"),
    (59.9, "D"), (40, "D"), (39.9, "E"), (0, "E"), (None, None),
]  # fmt: skip


@pytest.mark.parametrize(("value", "name"), GRADES)
def test_grades_begin_where_the_score_as_printed_reaches_them(
    value: float | None, name: str | None
) -> None:
    assert grade(value, GRADING) == name


def test_the_ranking_shares_ranks_and_puts_last_what_had_nothing_due() -> None:
    def closed(part: int) -> Tally:
        counts = {"due": 100, "handled": 100, "handled_in_time": 100, "closed": part}
        return Tally(counts, NOTHING)

    ranked = rank(
        {"idle": Tally(NOTHING, NOTHING), "b": closed(90), "a": closed(90), "c": closed(80),
         "best": closed(100)},
        1, GRADING,
    )  # fmt: skip
    assert [(row.key, row.rank) for row in ranked] == [
        ("best", 1), ("a", 2), ("b", 2), ("c", 4), ("idle", None),
    ]  # fmt: skip
    assert ranked[0].score == 100
    assert ranked[0].grade == "A"


COUNTS = st.integers(0, 1000)


@given(due=COUNTS, parts=st.lists(st.floats(0, 1), min_size=4, max_size=4), reworks=COUNTS)
def test_a_score_is_between_0_and_100_and_never_falls_by_closing_more(
    due: int, parts: list[float], reworks: int
) -> None:
    handled, in_time, closed, reworked = (int(due * part) for part in parts)
    counts = {"due": due, "handled": handled, "handled_in_time": in_time, "closed": closed,
              "reworked": reworked, "reworks": reworks}  # fmt: skip
    one = score(Tally(counts, NOTHING), 1, GRADING)
    if not due:
        assert one is None
        return
    more = score(Tally(counts | {"closed": due}, NOTHING), 1, GRADING)
    assert one is not None
    assert more is not None
    assert 0 <= one <= more + 1e-9 <= 100 + 1e-6


FAULTS = [
    (lambda: Weights(rework_count=20), "100 in all"),
    (lambda: Grading(rework_points=(Band(up_to=5, points=1), Band(up_to=2, points=2))), "go up"),
    (lambda: Grading(grades=(Grade(name="A", least=90),)), "from 0 on"),
]


@pytest.mark.parametrize(("make", "said"), FAULTS, ids=[said for _, said in FAULTS])
def test_a_scheme_that_cannot_be_is_refused(make, said) -> None:
    with pytest.raises(ValidationError, match=said):
        make()


PERIODS = [
    ("2026-10", (2026, 9, 30, 16), (2026, 10, 31, 16), 1, "a month begins at the city's midnight"),
    ("2026-12", (2026, 11, 30, 16), (2026, 12, 31, 16), 1, "and ends with the year"),
    ("2026-Q1", (2025, 12, 31, 16), (2026, 3, 31, 16), 3, "a quarter"),
    ("2026-Q4", (2026, 9, 30, 16), (2026, 12, 31, 16), 3, "the last"),
    ("2026", (2025, 12, 31, 16), (2026, 12, 31, 16), 12, "a year"),
]


@pytest.mark.parametrize(("name", "since", "until", "months", "why"), PERIODS)
def test_periods_are_the_citys(name, since, until, months, why) -> None:
    period = period_of(name, ZONE)
    assert (period.since, period.until) == (
        datetime(*since, tzinfo=UTC), datetime(*until, tzinfo=UTC),
    ), why  # fmt: skip
    assert period.months == months


@pytest.mark.parametrize(
    "written", ["", "2026-13", "2026-0", "26-10", "2026-Q5", "2026-10-01", "²"]
)
def test_what_is_no_period_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(BadPeriod, match="2026-10"):
        period_of(written, ZONE)


def test_the_month_of_a_moment_and_those_before_it() -> None:
    at = datetime(2026, 1, 31, 16, tzinfo=UTC)  # midnight of 1 February
    assert month_of(at, ZONE).name == "2026-02"
    assert [month_of(at, ZONE, back).name for back in (1, 2, 14)] == [
        "2026-01", "2025-12", "2024-12",
    ]  # fmt: skip


def test_a_stretch_of_any_length_has_its_months() -> None:
    year = stretch(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert year.months == pytest.approx(12, abs=0.01)
    with pytest.raises(BadPeriod):
        stretch(year.until, year.since)
