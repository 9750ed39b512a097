"""Wall clocks of IANA zones for whole columns."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.localtime import FIRST_YEAR, LAST_YEAR, local_time, local_times

FIRST, LAST = (
    int(datetime(year, 1, 2, tzinfo=UTC).timestamp()) for year in (FIRST_YEAR, LAST_YEAR - 1)
)
ZONES = ["Asia/Shanghai", "Europe/Dublin", "America/New_York", "Australia/Lord_Howe", "UTC"]


@given(
    st.integers(FIRST, LAST).map(lambda second: datetime.fromtimestamp(second, UTC)),
    st.sampled_from(ZONES),
)
def test_it_says_what_the_calendar_says(at, zone):
    wanted = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    time = np.array([at.replace(tzinfo=None)], dtype="datetime64[us]")
    assert local_time(time, zone)[0] == np.datetime64(wanted, "us")


@pytest.mark.parametrize(
    ("said", "utc", "zone", "local"),
    [
        ("no summer time in China", "2026-07-01T16:00", "Asia/Shanghai", "2026-07-02T00:00"),
        ("the second before spring", "2026-03-29T00:59:59", "Europe/Dublin", "2026-03-29T00:59:59"),
        (
            "the hour that spring leaves out",
            "2026-03-29T01:00",
            "Europe/Dublin",
            "2026-03-29T02:00",
        ),
        (
            "the first two o'clock of autumn",
            "2026-10-25T00:30",
            "Europe/Dublin",
            "2026-10-25T01:30",
        ),
        ("the second one", "2026-10-25T01:30", "Europe/Dublin", "2026-10-25T01:30"),
        ("half an hour of summer", "2026-01-01T00:00", "Australia/Lord_Howe", "2026-01-01T11:00"),
    ],
)
def test_it_follows_the_changes_of_the_clock(said, utc, zone, local):
    assert local_time(np.array([utc], dtype="datetime64[us]"), zone)[0] == np.datetime64(local), (
        said
    )


def test_each_row_has_the_clock_of_its_own_place():
    time = np.array(["2026-07-01T12:00"] * 3, dtype="datetime64[us]")
    got = local_times(time, np.array([1, 0, 1]), ["Asia/Shanghai", "America/New_York"])
    assert got.astype("datetime64[h]").astype(str).tolist() == [
        "2026-07-01T08", "2026-07-01T20", "2026-07-01T08",
    ]  # fmt: skip


def test_a_zone_that_does_not_exist_is_an_error():
    with pytest.raises(ZoneInfoNotFoundError):
        local_time(np.array(["2026-07-01"], dtype="datetime64[us]"), "Asia/Atlantis")
