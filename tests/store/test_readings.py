import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intakes import NOON, add_channels, intake, readings, stored_values, unknown

from ingest.batch import Rows, concatenate, make_batch
from ingest.message import Reject
from ingest.quality import Quality
from store.database import Connection, connect
from store.readings import Writer


@pytest.fixture
def writer(database: Connection) -> Writer:
    add_channels(database, 9)
    return Writer(database)


def ledger(database: Connection, device: str) -> dict[str, object]:
    row = database.execute(
        "SELECT to_jsonb(ledger) FROM ledger WHERE device = %s", (device,)
    ).fetchone()
    database.commit()
    return row[0] if row else {}


def test_all_columns_come_back_as_they_went_in(writer: Writer, database: Connection):
    batch = make_batch(
        [1, 1, 2, 2],
        np.array(["2026-11-18T12:00:00.000001", "2026-11-18T12:00:01", "1970-01-01T00:00:07",
                  "2080-01-06"], "M8[us]"),
        [1.5, np.nan, -np.inf, np.nan],
        received=np.full(4, NOON),
        state=np.array([-1, 7, -1, -1], dtype=np.int32),
        quality=np.array([0, 0, 16, 8 | 4], dtype=np.uint16),
    )  # fmt: skip
    writer.store(intake(batch))
    rows = database.execute(
        "SELECT channel, time::text, received::text, value, state, quality FROM readings"
        " ORDER BY channel, time"
    ).fetchall()
    noon = "2026-11-18 12:00:00+00"
    assert rows == [
        (1, "2026-11-18 12:00:00.000001+00", noon, 1.5, None, 0),
        (1, "2026-11-18 12:00:01+00", noon, None, 7, 0),
        (2, "1970-01-01 00:00:07+00", noon, float("-inf"), None, 16),
        (2, "2080-01-06 00:00:00+00", noon, None, None, 12),
    ]


def test_the_first_of_equal_readings_wins_within_a_drain_and_after(
    writer: Writer, database: Connection
):
    first = writer.store(intake(readings((2, 0, 1.0), (1, 0, 5.0), (1, 0, 6.0))))
    second = writer.store(intake(readings((1, 1, 7.0), (1, 0, 8.0), (2, 0, 9.0)), received=1))
    assert first.new.tolist() == [True, True, False]
    assert first.duplicate == 1
    assert second.new.tolist() == [True, False, False]
    assert second.duplicate == 2
    assert stored_values(database) == [(1, 0.0, 5.0), (1, 1.0, 7.0), (2, 0.0, 1.0)]


def test_a_writer_that_does_not_know_the_store_finds_the_duplicates_too(
    writer: Writer, database: Connection
):
    writer.store(intake(readings((1, 0, 1.0), (1, 60, 2.0), (1, 120, 3.0))))
    other = Writer(database)
    other.store(intake(readings((1, 0, 1.0))))
    stored = other.store(intake(readings((1, 120, 3.0), (1, 180, 4.0))))
    assert stored.new.tolist() == [False, True]
    assert [value for _, _, value in stored_values(database)] == [1.0, 2.0, 3.0, 4.0]


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.lists(st.tuples(st.integers(1, 4), st.integers(0, 12), st.floats(0, 9)), max_size=12),
        max_size=6,
    )
)
def test_any_drains_store_what_a_dictionary_would(
    writer: Writer, database: Connection, drains: list[list[tuple[int, int, float]]]
):
    database.execute("TRUNCATE readings")
    database.commit()
    kept: dict[tuple[int, int], float] = {}
    for drain in drains:
        expected = []
        for channel, second, value in drain:
            expected.append((channel, second) not in kept)
            kept.setdefault((channel, second), value)
        assert writer.store(intake(readings(*drain))).new.tolist() == expected
    assert stored_values(database) == [
        (channel, float(second), kept[channel, second]) for channel, second in sorted(kept)
    ]


def test_two_writers_of_the_same_readings_store_each_once(writer: Writer, database_url: str):
    drains = [
        readings(*((1 + k % 9, (s * 7 + k) % 40, s * 100.0 + k) for k in range(30)))
        for s in range(20)
    ]
    news: list[int] = []

    def write() -> None:
        with connect(database_url) as connection:
            mine = Writer(connection)
            news.append(sum(int(mine.store(intake(drain)).new.sum()) for drain in drains))

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = concatenate(drains)
    keys = set(zip(every.channel.tolist(), every.time.tolist(), strict=True))
    assert sum(news) == len(keys) == len(stored_values(writer.connection))


def test_a_partition_made_late_takes_in_the_strays_of_its_week(
    writer: Writer, database: Connection
):
    far = make_batch([1], np.array(["2031-06-04T00:00:00"], "M8[us]"), [1.0], received=[NOON])
    writer.store(intake(far))
    near = far.with_columns(channel=np.array([2], dtype=np.int32), received=far.time.copy())
    writer.store(intake(near))
    count = database.execute(
        "SELECT count(*), count(DISTINCT tableoid) FROM readings WHERE time > '2031-01-01'"
    ).fetchone()
    assert count == (2, 1)


def test_a_redelivered_untimed_message_is_a_duplicate_and_a_repeated_one_is_not(
    writer: Writer, database: Connection
):
    digest = [(0, b"digest of it")]
    writer.store(intake(readings((1, 0, 5.0)), untimed=digest))
    again = writer.store(intake(readings((1, 9, 5.0)), untimed=digest, redelivered=True))
    repeated = writer.store(intake(readings((1, 60, 5.0)), untimed=digest))
    assert (again.duplicate, again.stored) == (1, 0)
    assert (repeated.duplicate, repeated.stored) == (0, 1)


def test_an_untimed_message_and_its_redelivery_in_one_drain_are_one(
    writer: Writer, database: Connection
):
    first = intake(readings((1, 0, 5.0), (1, 9, 5.0)))
    [message] = first.messages
    drain = replace(
        first,
        messages=[message, replace(message, redelivered=True)],
        row_message=np.array([0, 1], dtype=np.int32),
        untimed=[(0, b"digest of it"), (1, b"digest of it")],
    )
    assert writer.store(drain).new.tolist() == [True, False]
    assert stored_values(database) == [(1, 0.0, 5.0)]


def test_a_dead_letter_keeps_the_whole_payload_and_is_not_doubled_by_redelivery(
    writer: Writer, database: Connection
):
    bad = [Reject(0, "v is \0 not a number", {"n": "a\0", "v": float("nan")})]
    payload = b"\xff\x00 bytes"
    assert writer.store(intake(rejects=bad, payload=payload)).rejected == 1
    assert writer.store(intake(rejects=bad, payload=payload, redelivered=True)).rejected == 0
    rows = database.execute("SELECT payload, reason FROM dead_letters").fetchall()
    assert rows == [(payload, "v is \ufffd not a number")]


@pytest.mark.parametrize(
    "text",
    ["", "\0", "\ud800", "一" * 5000, "x" * 100_000, '"\\u0000"'],
    ids=["empty", "nul", "half a surrogate", "long", "longer than an index entry", "escaped nul"],
)
def test_no_text_from_the_wire_blocks_the_store(writer: Writer, text: str):
    others = unknown((text, text, 0, text, text), (text, "x", 1, 2.0, ""))
    stored = writer.store(intake(others=others, rejects=[Reject(0, text, {text: [text]})]))
    assert (stored.quarantined, stored.rejected) == (2, 1)


def test_long_names_that_differ_at_the_end_stay_different(writer: Writer):
    others = unknown(("d" * 999 + "1", "n", 0, 1.0, ""), ("d" * 999 + "2", "n", 0, 1.0, ""))
    assert writer.store(intake(others=others)).quarantined == 2


def test_the_ledger_counts_every_reading_once(writer: Writer, database: Connection):
    batch = readings((1, 0, 1.0), (1, 0, 1.0), (1, 5, 2.0), (2, 0, 3.0))
    batch = batch.with_columns(
        quality=np.array([0, 0, Quality.LATE | Quality.FUTURE, 0], dtype=np.uint16)
    )
    others = unknown(("new", "p", 0, 1.0, "bar"), ("new", "p", 0, 1.0, "bar"))
    writer.store(intake(batch, others, rejects=[Reject(0, "bad")]))
    writer.store(intake(batch, others))
    d1 = ledger(database, "d1")
    assert (d1["received"], d1["stored"], d1["duplicate"]) == (7, 2, 4)
    assert (d1["late"], d1["flagged"], d1["rejected"]) == (1, 1, 1)
    assert str(d1["last_time"]).startswith("2026-11-18T12:00:00")
    new = ledger(database, "new")
    assert (new["received"], new["quarantined"], new["duplicate"]) == (4, 1, 3)


def test_stored_readings_survive_a_failure_later_in_the_same_drain_not_at_all(
    writer: Writer, database: Connection
):
    broken = intake(readings((1, 0, 1.0)), rejects=[Reject(5, "no such message")])
    with pytest.raises(IndexError):
        writer.store(broken)
    assert stored_values(database) == []
    assert writer.store(intake(readings((1, 0, 1.0), (1, 5, 1.0)))).stored == 2


def test_drains_in_order_go_straight_in(writer: Writer, monkeypatch: pytest.MonkeyPatch):
    writer.store(intake(readings((1, 0, 1.0), (2, 0, 1.0))))

    def refuse(batch: object, rows: Rows) -> Rows:
        assert len(rows) == 0
        return rows

    monkeypatch.setattr(writer, "_sort_out", refuse)
    writer.store(intake(readings((1, 1, 1.0), (2, 1, 1.0), (1, 2, 1.0))))
