from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.times import EARLIEST, LATEST, microseconds
from ingest.unusable import Unusable

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "iso"),
    [
        ("2026-11-22T08:30:00Z", "2026-11-22T08:30:00+00:00"),
        ("2026-11-22t08:30:00z", "2026-11-22T08:30:00+00:00"),
        ("2026-11-22T16:30:00+08:00", "2026-11-22T08:30:00+00:00"),
        ("2026-11-22 16:30:00+0800", "2026-11-22T08:30:00+00:00"),
        ("2026-11-22T08:30:00", "2026-11-22T08:30:00+00:00"),  # no zone: UTC
        ("2026-11-22T08:30Z", "2026-11-22T08:30:00+00:00"),
        ("20261122T083000Z", "2026-11-22T08:30:00+00:00"),
        ("2026-11-22T08:30:00.5Z", "2026-11-22T08:30:00.5+00:00"),
        ("2026-11-22T08:30:00.123456789Z", "2026-11-22T08:30:00.123456+00:00"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00+00:00"),  # a leap second
        ("2016-12-31T23:59:60.25+00:00", "2017-01-01T00:00:00.25+00:00"),
        (" 2026-11-22T08:30:00Z ", "2026-11-22T08:30:00+00:00"),
        ("1795336200", "2026-11-22T08:30:00+00:00"),
        ("1701012012345", "2023-11-26T15:20:12.345+00:00"),  # not 1701-01-20T23:45
        ("1795336200.25", "2026-11-22T08:30:00.25+00:00"),
        (1795336200, "2026-11-22T08:30:00+00:00"),
        (1795336200.25, "2026-11-22T08:30:00.25+00:00"),
        (1795336200123, "2026-11-22T08:30:00.123+00:00"),
        (1795336200123456, "2026-11-22T08:30:00.123456+00:00"),
        (1795336200123456789, "2026-11-22T08:30:00.123456+00:00"),
        (99_999_999_999, "5138-11-16T09:46:39+00:00"),  # where seconds end
        (100_000_000_000, "1973-03-03T09:46:40+00:00"),  # and milliseconds begin
        (99_999_999_999_999, "5138-11-16T09:46:39.999+00:00"),
        (100_000_000_000_000, "1973-03-03T09:46:40+00:00"),  # microseconds
        (99_999_999_999_999_999, "5138-11-16T09:46:39.999999+00:00"),
        (100_000_000_000_000_000, "1973-03-03T09:46:40+00:00"),  # nanoseconds
        (0, "1970-01-01T00:00:00+00:00"),
        (86400, "1970-01-02T00:00:00+00:00"),
        (-86400, "1969-12-31T00:00:00+00:00"),
        ("1900-01-01T00:00:00Z", "1900-01-01T00:00:00+00:00"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59+00:00"),
    ],
)
def test_a_time_is_read_to_the_microsecond(sent, iso):
    expected = (datetime.fromisoformat(iso) - EPOCH) // timedelta(microseconds=1)
    assert microseconds(sent) == expected


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ("", 'the text ""'),
        ("yesterday", "expected ISO 8601"),
        ("2026-13-01T00:00:00Z", "expected ISO 8601"),
        ("2026-11-22", "no time of day"),
        ("22.11.2026 08:30", "expected ISO 8601"),
        ("1899-12-31T23:59:59Z", "1900"),
        ("0001-01-01T00:00:00+14:00", "1900"),
        ("9999-12-31T23:59:59-14:00", "9999"),
        (-3_000_000_000, "1900"),
        (1 << 200, "too large"),
        (True, "true"),
        (None, "null"),
        ([1], "an array"),
        ({"s": 1}, "an object"),
        ("2" * 100_000, "expected ISO 8601"),
        (float("inf"), "too large"),
    ],
)
def test_what_is_no_time_is_refused_with_a_reason(sent, reason):
    with pytest.raises(Unusable, match=reason):
        microseconds(sent)


@given(st.datetimes(datetime(1900, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001
def test_every_moment_survives_being_written_and_read(moment):
    assert EPOCH + timedelta(microseconds=microseconds(moment.isoformat())) == moment


@given(
    st.text(max_size=40) | st.floats() | st.integers() | st.text("0123456789-:TZ+. ", max_size=30)
)
def test_whatever_is_sent_is_a_time_in_range_or_refused(sent):
    with suppress(Unusable):
        assert EARLIEST <= microseconds(sent) <= LATEST
