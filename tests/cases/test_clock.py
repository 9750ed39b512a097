from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.catalogue import BadCatalogue, Limit
from cases.clock import Calendar, deadline, load_calendar

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


def naive_deadline(opened: datetime, minutes: int, calendar: Calendar, zone: ZoneInfo) -> datetime:
    """Count working minutes one at a time."""
    now = opened.astimezone(UTC)
    while minutes:
        there = now.astimezone(zone)
        hour = there.hour + there.minute / 60
        if calendar.is_working_day(there.date()) and (8 <= hour < 12 or 14 <= hour < 18):
            minutes -= 1
        now += timedelta(minutes=1)
    return now


@given(
    opened=st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 15)),  # noqa: DTZ001
    minutes=st.integers(1, 2000),
    zone=st.sampled_from([SHANGHAI, ZoneInfo("Europe/Berlin"), ZoneInfo("America/St_Johns")]),
)
def test_it_is_as_if_working_minutes_were_counted(
    opened: datetime, minutes: int, zone: ZoneInfo
) -> None:
    opened = opened.replace(second=0, microsecond=0, tzinfo=UTC)
    due = deadline(opened, limit(minutes / 60, "working-hours"), CALENDAR, zone)
    expected = naive_deadline(opened, minutes, CALENDAR, zone)
    assert abs(due - expected) < timedelta(milliseconds=1)


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
