from deploy.bench.decode import payloads, run
from ingest.formats import READERS, decode
from ingest.message import Message


def test_what_the_benchmark_decodes_is_readings_only():
    made = payloads(1_000)
    assert set(made) == {*READERS, "line-protocol"}
    for name, examples in made.items():
        columns = decode([Message("bench", "t", payload, 0, name) for payload in examples])
        assert columns.rejects == []
        assert len(columns) >= 1_000


def test_it_says_how_many_messages_and_readings_a_second_each_format_allows():
    rows = run(count=500, seconds=0)
    assert len(rows) == len(READERS) + 1
    for row in rows:
        assert row["readings_per_second"] >= row["messages_per_second"] > 0
        assert row["microseconds_per_message"] >= row["microseconds_per_reading"] > 0
