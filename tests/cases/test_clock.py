from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from naive_clock import NaiveClock

from cases.catalogue import BadCatalogue, Limit, TimeClass
from cases.city import load_city
from cases.clock import Calendar, deadline, elapsed, length, load_calendar, reach
from cases.working_time import WorkingTime

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = load_calendar()


def limit(amount: float, time_class: str) -> Limit:
    return Limit.model_validate({"amount": amount, "class": time_class})


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("opened", "amount", "time_class", "due"),
    [
        # Emergency hours run through nights and holidays.
        ("2024-02-10 23:30", 2, "emergency-hours", "2024-02-11 01:30"),
        # Working hours: over lunch, over the evening, over a weekend.
        ("2024-03-01 11:00", 2, "working-hours", "2024-03-01 15:00"),
        ("2024-02-29 17:00", 2, "working-hours", "2024-03-01 09:00"),
        ("2024-03-01 17:00", 2, "working-hours", "2024-03-04 09:00"),
        # Opened outside working time: the clock starts when work does.
        ("2024-03-02 03:00", 4, "working-hours", "2024-03-04 12:00"),
        ("2024-03-01 13:00", 1, "working-hours", "2024-03-01 15:00"),
        # What ends with the morning ends at noon.
        ("2024-03-01 10:00", 2, "working-hours", "2024-03-01 12:00"),
        # A working day is eight working hours.
        ("2024-03-01 10:00", 1, "working-days", "2024-03-04 10:00"),
        ("2024-03-01 08:00", 1, "working-days", "2024-03-01 18:00"),
        ("2024-03-01 08:00", 0.5, "working-days", "2024-03-01 12:00"),
        # Spring Festival 2024 is 10 to 17 February; Sunday the 18th is worked.
        ("2024-02-09 17:00", 2, "working-hours", "2024-02-18 09:00"),
        # Sunday 4 February 2024 is worked in exchange.
        ("2024-02-03 12:00", 1, "working-days", "2024-02-04 18:00"),
        # National Day 2025: 1 to 8 October, worked on Sunday 28 September.
        ("2025-09-27 09:00", 1, "working-days", "2025-09-28 18:00"),
        ("2025-09-30 16:00", 4, "working-hours", "2025-10-09 10:00"),
        # 2026: 1 to 3 January, Sunday the 4th worked.
        ("2025-12-31 18:00", 1, "working-hours", "2026-01-04 09:00"),
    ],
)
def test_a_limit_runs_out(opened: str, amount: float, time_class: str, due: str) -> None:
    assert deadline(local(opened), limit(amount, time_class), CALENDAR, SHANGHAI) == local(due)


def test_what_people_decide_by_has_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        deadline(datetime(2024, 3, 1), limit(1, "working-hours"), CALENDAR, SHANGHAI)  # noqa: DTZ001


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_exchanged_days_are_weekends_and_free_days_are_few(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    working = sum(CALENDAR.is_working_day(day) for day in days)
    assert 247 <= working <= 252


def test_a_year_without_data_has_weekends_only() -> None:
    assert 2031 not in CALENDAR.years
    assert CALENDAR.is_working_day(date(2031, 10, 1))
    assert not CALENDAR.is_working_day(date(2031, 10, 4))


ZONES = tuple(
    ZoneInfo(name)
    for name in (
        "Asia/Shanghai",
        "Europe/Berlin",
        "America/St_Johns",  # half an hour beside the others
        "Australia/Lord_Howe",  # whose clocks are changed by half an hour
        "America/Santiago",  # ... at midnight
    )
)
NAIVE = {zone: NaiveClock(CALENDAR.is_working_day, zone) for zone in ZONES}
WORKING = TimeClass.WORKING_HOURS
MICROSECOND = timedelta(microseconds=1)

#: Of years that are known and of years that are not, to the microsecond.
instants = st.datetimes(
    datetime(2023, 1, 2),  # noqa: DTZ001
    datetime(2028, 6, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
) | st.builds(  # when something happens: midnight, noon, the ends of spans, feasts and leap days
    lambda day, hour, seconds: datetime(*day, hour, tzinfo=SHANGHAI) + timedelta(seconds=seconds),
    st.sampled_from(
        [(2024, 2, 9), (2024, 2, 18), (2024, 2, 29), (2025, 9, 30), (2026, 1, 4), (2028, 2, 29)]
    ),
    st.sampled_from([0, 8, 12, 14, 18, 23]),
    st.sampled_from([-1, 0, 1]),
)
spells = st.timedeltas(timedelta(0), timedelta(hours=60))
zones = st.sampled_from(ZONES)
classes = st.sampled_from(TimeClass)


@given(since=instants, left=spells, zone=zones)
def test_it_is_as_if_working_minutes_were_counted(
    since: datetime, left: timedelta, zone: ZoneInfo
) -> None:
    due = reach(since, left, WORKING, CALENDAR, zone)
    assert due == NAIVE[zone].reach(since, left // MICROSECOND)
    assert elapsed(since, due, WORKING, CALENDAR, zone) == left


@given(instants, instants, instants, classes, zones)
def test_time_that_has_passed_adds_up(
    a: datetime, b: datetime, c: datetime, time_class: TimeClass, zone: ZoneInfo
) -> None:
    a, b, c = sorted((a, b, c))
    first, second, whole = (
        elapsed(start, stop, time_class, CALENDAR, zone) for start, stop in ((a, b), (b, c), (a, c))
    )
    assert first + second == whole
    assert whole <= c - a
    assert elapsed(c, a, time_class, CALENDAR, zone) == timedelta(0)


@given(instants, spells.filter(bool), classes, zones)
def test_a_limit_is_used_up_when_it_is_and_not_before(
    since: datetime, left: timedelta, time_class: TimeClass, zone: ZoneInfo
) -> None:
    due = reach(since, left, time_class, CALENDAR, zone)
    assert elapsed(since, due, time_class, CALENDAR, zone) == left
    assert elapsed(since, due - MICROSECOND, time_class, CALENDAR, zone) < left


@given(instants, instants, spells, spells, classes, zones)
def test_who_begins_later_or_has_more_time_is_never_due_earlier(
    a: datetime, b: datetime, less: timedelta, more: timedelta, kind: TimeClass, zone: ZoneInfo
) -> None:
    a, b = sorted((a, b))
    less, more = sorted((less, more))
    due = reach(a, less, kind, CALENDAR, zone)
    assert due >= a
    assert due <= reach(b, less, kind, CALENDAR, zone)
    assert due <= reach(a, more, kind, CALENDAR, zone)


@given(instants, spells.filter(bool), spells, instants, classes, zones)
def test_a_clock_that_stood_has_lost_nothing_and_won_nothing(
    since: datetime, left: timedelta, ran: timedelta, on: datetime, kind: TimeClass, zone: ZoneInfo
) -> None:
    stopped = reach(since, min(ran, left), kind, CALENDAR, zone)
    on = max(on, stopped)
    used = elapsed(since, stopped, kind, CALENDAR, zone)
    due = reach(on, left - used, kind, CALENDAR, zone)
    assert elapsed(since, stopped, kind, CALENDAR, zone) + elapsed(
        on, due, kind, CALENDAR, zone
    ) == left  # fmt: skip


def test_sums_made_for_one_year_hold_for_any_order_of_questions() -> None:
    days = [datetime(year, 6, 5, 7, tzinfo=UTC) for year in (2026, 2031, 2019, 2026, 1999)]
    anew = load_calendar()
    for first, last in product(days, days):
        expected = elapsed(first, last, WORKING, load_calendar(), SHANGHAI)
        assert elapsed(first, last, WORKING, anew, SHANGHAI) == expected


def test_two_threads_may_ask_for_years_at_once() -> None:
    calendar = load_calendar()
    starts = [datetime(1999 + n, 1, 1, tzinfo=UTC) for n in range(16)]

    def due(since: datetime) -> datetime:
        return reach(since, timedelta(hours=9), WORKING, calendar, SHANGHAI)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(due, starts)) == [due(since) for since in starts]


def test_a_limit_that_a_century_does_not_end_is_told() -> None:
    with pytest.raises(OverflowError, match="do not end in a century"):
        deadline(local("2026-01-05 08:00"), limit(1e6, "working-days"), CALENDAR, SHANGHAI)


# Working time of a city's own ---------------------------------------------------------------


def worked(text: str, since: str, until: str, zone: str = "Asia/Shanghai") -> float:
    """Return the working hours between two times of the wall clock."""
    calendar = Calendar((), WorkingTime.model_validate(yaml.safe_load(text)))
    start, stop = (
        datetime.fromisoformat(time).replace(tzinfo=ZoneInfo(zone)) for time in (since, until)
    )
    return elapsed(start, stop, WORKING, calendar, ZoneInfo(zone)) / timedelta(hours=1)


SUMMER = """
spans: [08:00/12:00, 13:30/17:30]
seasons:
  - {name: {zh: 夏令, en: Summer}, first: 06-15, last: 09-15, spans: [07:30/11:30, 15:00/18:00]}
  - {name: {zh: 旧制, en: As it was}, first: 01-01, last: 12-31, until: 2025-12-31,
     spans: [08:00/12:00, 14:00/18:00]}
  - {name: {zh: 年末, en: Turn of the year}, first: 12-20, last: 01-10, spans: [09:00/12:00]}
"""


@pytest.mark.parametrize(
    ("text", "since", "until", "hours"),
    [
        ("spans: [00:00/24:00]", "2026-03-02 00:00", "2026-03-03 00:00", 24),
        ("spans: [00:00/24:00]", "2026-03-02 00:00", "2026-03-07 12:00", 120),
        ("spans: [00:00/06:00, 22:00/24:00]", "2026-03-02 21:00", "2026-03-03 07:00", 8),
        (SUMMER, "2026-06-12 00:00", "2026-06-13 00:00", 8),
        (SUMMER, "2026-06-15 00:00", "2026-06-16 00:00", 7),
        (SUMMER, "2026-09-15 00:00", "2026-09-17 00:00", 7 + 8),
        (SUMMER, "2026-12-31 00:00", "2027-01-02 00:00", 6),
        (SUMMER, "2025-12-31 13:30", "2026-01-01 00:00", 4),
        (SUMMER, "2025-12-31 13:30", "2026-01-01 12:00", 4 + 3),
    ],
)
def test_a_city_may_have_its_own_working_time_by_season(
    text: str, since: str, until: str, hours: float
) -> None:
    assert worked(text, since, until) == hours


def test_the_working_time_of_the_readme_is_one() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    _, _, section = readme.partition("**When people work**")
    text = section.split("```yaml\n")[1].partition("```")[0]
    assert worked(text, "2026-07-01 00:00", "2026-07-02 00:00") == 7.5
    assert worked(text, "2027-03-01 00:00", "2027-03-02 00:00") == 8


@pytest.mark.parametrize(
    ("day", "spans", "hours"),
    [
        ("2026-10-26", "00:00/08:00", 8),  # an ordinary night
        ("2026-03-29", "00:00/08:00", 7),  # an hour is left out of it
        ("2026-10-25", "00:00/08:00", 9),  # an hour comes twice
        ("2026-03-29", "02:30/06:00", 3),  # half past two does not come
        ("2026-10-25", "02:30/06:00", 4),  # ... or comes twice
        ("2026-03-29", "00:00/24:00", 23),
        ("2026-10-25", "00:00/24:00", 25),
    ],
)
def test_who_works_when_clocks_are_changed_works_by_the_wall_clock(
    day: str, spans: str, hours: float
) -> None:
    class EveryDay(Calendar):
        def is_working_day(self, day: date) -> bool:
            return True

    zone = ZoneInfo("Europe/Berlin")
    calendar = EveryDay((), WorkingTime.model_validate({"spans": [spans]}))
    midnight = datetime.combine(date.fromisoformat(day), time(), zone)
    following = midnight + timedelta(days=1)
    assert elapsed(midnight, following, WORKING, calendar, zone) == timedelta(hours=hours)


def test_a_working_day_is_as_long_as_the_city_says() -> None:
    text = "spans: [09:00/12:00, 13:00/17:00]\nworking_day: PT7H"
    calendar = Calendar((), WorkingTime.model_validate(yaml.safe_load(text)))
    assert length(limit(2, "working-days"), calendar) == timedelta(hours=14)


def test_a_citys_folder_says_when_it_works(tmp_path: Path) -> None:
    (tmp_path / "working-time.yml").write_text("spans: [09:00/17:00]", encoding="utf-8")
    city = load_city(tmp_path)
    opened = local("2026-03-06 08:00")
    due = deadline(opened, limit(1, "working-days"), city.calendar, city.zone)
    assert due == local("2026-03-06 17:00")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("spans: []", "spans: .* at least 1"),
        ("spans: [8:00/12:00]", "spans.0: .*'8:00/12:00' is no span like 08:00/12:00"),
        ("spans: [08:00/24:30]", "spans.0: .* is no span"),
        ("spans: [12:00/08:00]", "spans must follow each other"),
        ("spans: [08:00/12:00, 11:00/18:00]", "spans must follow each other"),
        ("spans: [08:00/12:00]\nworking_day: PT0S", "working_day: .* greater than"),
        (
            "spans: [08:00/12:00]\nseasons: [{name: {zh: 夏, en: S}, first: 13-01, last: 02-30,"
            " spans: [08:00/12:00]}]",
            "seasons.0.first",
        ),
    ],
)
def test_a_wrong_working_time_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "working-time.yml").write_text(text, encoding="utf-8")
    with pytest.raises(BadCatalogue, match=rf"working-time\.yml: .*{message}"):
        load_city(tmp_path)


def test_working_days_are_eight_working_hours() -> None:
    opened = local("2025-04-30 15:20")
    days = deadline(opened, limit(3, "working-days"), CALENDAR, SHANGHAI)
    assert days == deadline(opened, limit(24, "working-hours"), CALENDAR, SHANGHAI)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("holidays: []\nworked: [2030-01-07]", "2030-01-07 is no weekend day"),
        ("holidays: []\nworked: [2031-01-05]", "2031-01-05 is not a day of 2030"),
        (
            "worked: []\n"
            "holidays: [{name: {zh: 节, en: Feast}, first: 2030-01-02, last: 2030-01-01}]",
            "Feast ends before it begins",
        ),
    ],
)
def test_a_wrong_calendar_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "china.yml").write_text(f"year: 2030\nsource: test\n{text}\n", encoding="utf-8")
    with pytest.raises(BadCatalogue, match=rf"china\.yml: .*{message}"):
        load_calendar(tmp_path)
