import math
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intakes import NOON, add_channels, intake, readings

from ingest.batch import Batch
from ingest.quality import UNUSABLE, Quality
from store.database import Connection
from store.history import readings_between
from store.readings import Writer
from store.rollups import ask_redo, roll

DAY = np.timedelta64(1, "D")
Row = tuple[int, int, float, int]
Bucket = tuple[int, float, float, float, float, int]


@pytest.fixture
def writer(database: Connection) -> Writer:
    add_channels(database, 2)  # every 5 s
    add_channels_of_noise(database)
    return Writer(database)


def add_channels_of_noise(database: Connection) -> None:
    database.execute("INSERT INTO devices (id, status) VALUES ('n1', 'active'), ('m1', 'active')")
    database.execute(
        "INSERT INTO channels (id, device, name, quantity, unit, interval) VALUES"
        " ('n1/l', 'n1', 'l', 'sound_level', 'dB', 'PT1S'),"
        " ('m1/p', 'm1', 'p', 'pressure', 'Pa', 'PT15M')"
    )
    database.commit()


def rolled(database: Connection, resolution: str) -> dict[tuple[int, int], Bucket]:
    columns = readings_between(database, [1, 2, 3, 4], NOON - DAY, NOON + DAY, resolution)
    names = ["count", "mean", "lowest", "highest", "last", "flagged"]
    keys = zip(
        columns["channel"].tolist(), ((columns["time"] - NOON).astype(int) // 10**6).tolist(),
        strict=True,
    )  # fmt: skip
    rows = zip(*(columns[name].tolist() for name in names), strict=True)
    return dict(zip(keys, rows, strict=True))


def naive(batches: list[Batch], seconds: int) -> dict[tuple[int, int], Bucket]:
    """Roll up by dictionary: the first reading of a key counts, in buckets of `seconds`."""
    kept: dict[tuple[int, int], tuple[float, int]] = {}
    for batch in batches:
        for channel, time, value, quality in zip(
            batch.channel.tolist(), (batch.time - NOON).astype(int).tolist(),
            batch.value.tolist(), batch.quality.tolist(), strict=True,
        ):  # fmt: skip
            kept.setdefault((channel, time), (value, quality))
    buckets: dict[tuple[int, int], list[tuple[int, float, int]]] = defaultdict(list)
    for (channel, time), (value, quality) in kept.items():
        begins = time // (seconds * 10**6) * seconds
        buckets[channel, begins].append((time, value, quality))
    return {key: naive_bucket(key[0], sorted(rows)) for key, rows in buckets.items()}


def naive_bucket(channel: int, rows: list[tuple[int, float, int]]) -> Bucket:
    good = [v for _, v, q in rows if not q & UNUSABLE and not math.isnan(v)]
    flagged = sum(bool(q & UNUSABLE) for _, _, q in rows)
    if not good:
        return (0, math.nan, math.nan, math.nan, math.nan, flagged)
    mean = sum(good) / len(good)
    if channel == 3:
        mean = 10 * math.log10(sum(10 ** (v / 10) for v in good) / len(good))
    return (len(good), mean, min(good), max(good), good[-1], flagged)


def assert_same(found: dict[tuple[int, int], Bucket], expected: dict[tuple[int, int], Bucket]):
    assert found.keys() == expected.keys()
    for key, bucket in expected.items():
        assert found[key] == pytest.approx(bucket, nan_ok=True, rel=1e-9, abs=1e-9)


ROWS = st.tuples(
    st.integers(1, 4),
    st.integers(-7200, 7200),
    st.floats(0, 120) | st.just(math.nan),
    st.sampled_from([0, 0, 0, Quality.LATE, Quality.OUT_OF_RANGE, Quality.FUTURE | Quality.LATE]),
)


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.booleans(), st.lists(ROWS, max_size=20)), max_size=5))
def test_late_and_double_readings_roll_up_as_a_naive_loop_would(
    writer: Writer, database: Connection, drains: list[tuple[bool, list[Row]]]
):
    database.execute(
        "TRUNCATE readings, readings_minute, readings_hour, rollup_progress, rollup_redo"
    )
    database.commit()
    batches = []
    for number, (rolls, rows) in enumerate(drains):
        batch = readings(*(row[:3] for row in rows), received=10_000 + number)
        batch = batch.with_columns(quality=np.array([row[3] for row in rows], dtype=np.uint16))
        batches.append(batch)
        writer.store(intake(batch, received=10_000 + number))
        if rolls:
            roll(database)
    roll(database)
    assert_same(rolled(database, "hour"), naive(batches, 3600))
    assert_same(rolled(database, "minute"), naive(batches, 60))
    ask_redo(database, [1, 2, 3, 4], [(NOON - DAY).item()] * 4, [(NOON + DAY).item()] * 4)
    database.commit()
    assert roll(database), "anew and all at once is the same"
    assert_same(rolled(database, "hour"), naive(batches, 3600))
    assert_same(rolled(database, "minute"), naive(batches, 60))


def test_a_slow_channel_has_minutes_without_their_being_kept(writer: Writer, database: Connection):
    writer.store(intake(readings((4, 0, 1.0), (4, 900, 2.0))))
    roll(database)
    assert database.execute("SELECT count(*) FROM readings_minute").fetchone() == (0,)
    assert [bucket[1] for bucket in rolled(database, "minute").values()] == [1.0, 2.0]


def test_rolling_with_nothing_new_does_nothing(writer: Writer, database: Connection):
    assert not roll(database)
    writer.store(intake(readings((1, 0, 1.0))))
    assert roll(database)
    assert not roll(database)


def test_a_changed_quality_is_rolled_anew_when_asked(writer: Writer, database: Connection):
    writer.store(intake(readings((1, 0, 1.0), (1, 5, 3.0))))
    roll(database)
    database.execute("UPDATE readings SET quality = 2 WHERE value = 3.0")
    moment = NOON.item()
    ask_redo(database, [1], [moment], [moment])
    database.commit()
    assert roll(database)
    assert rolled(database, "hour")[1, 0] == (1, 1.0, 1.0, 1.0, 1.0, 1)
    assert rolled(database, "minute")[1, 0] == (1, 1.0, 1.0, 1.0, 1.0, 1)


def test_a_huge_value_does_not_stop_the_roller(writer: Writer, database: Connection):
    writer.store(intake(readings((1, 0, 1.7e308), (1, 1, 1.7e308), (1, 2, np.inf), (1, 3, 2.0))))
    roll(database)
    assert rolled(database, "hour")[1, 0][:2] == (1, 2.0)


def test_the_database_knows_which_flags_make_a_reading_unusable(database: Connection):
    assert database.execute("SELECT unusable()").fetchone() == (int(UNUSABLE),)
