"""Files of readings: every format gives the same history, every bad row is told."""

import gzip
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.backtest import in_order, tables
from deploy.backtest.ahead import ahead
from deploy.backtest.faults import Faults
from deploy.backtest.in_order import Ordered, SortedOnDisk
from deploy.backtest.labels import read_labels
from deploy.backtest.sources import FileReadings
from ingest.asset_files import channels_of
from ingest.batch import concatenate, make_batch
from ingest.quality import Quality
from store.reading_files import UnreadableFile, read_readings

ASSETS = [
    {"channel": "a/depth", "device": "a", "quantity": "depth", "unit": "cm", "interval": "PT5M"},
    {"channel": "b/flow", "device": "b", "quantity": "flow", "unit": "m³/h", "interval": "PT5M"},
    {"channel": "c/status", "device": "c", "quantity": "status", "states": "open=1;closed=0"},
]
CHANNELS = channels_of(ASSETS, "UTC").channels
START = np.datetime64("2026-03-01T00:00:00", "us")
TIMES = [START + n * np.timedelta64(300, "s") for n in range(6)]
#: (time, channel, value): the history that every file below has.
ROWS = [
    (at, channel, value)
    for n, at in enumerate(TIMES)
    for channel, value in (("a/depth", 10.0 + n), ("b/flow", 36.0 * n))
]


def iso(at, zone="Z"):
    return f"{np.datetime_as_string(at, unit='s')}{zone}"


def long_csv(path, rows, time=iso, head="time,channel,value"):
    path.write_text("\n".join([head, *(f"{time(t)},{c},{v}" for t, c, v in rows), ""]))
    return path


def wide(rows):
    cells = {}
    for at, channel, value in rows:
        cells.setdefault(at, {})[channel] = value
    return cells


def wide_csv(path, rows):
    cells = wide(rows)
    lines = [f"{iso(t)},{c.get('a/depth', '')},{c.get('b/flow', '')}" for t, c in cells.items()]
    path.write_text("\n".join(["time,a/depth,b/flow", *lines, ""]))
    return path


def long_parquet(path, rows, unit="us", zone="UTC", encode=False):
    times, channels, values = zip(*rows, strict=True)
    names = pa.array(channels).dictionary_encode() if encode else pa.array(channels)
    stamps = pa.array(np.array(times), pa.timestamp("us")).cast(pa.timestamp(unit, zone))
    pq.write_table(pa.table({"time": stamps, "channel": names, "value": values}), path)
    return path


def wide_parquet(path, rows):
    cells = wide(rows)
    columns = {"time": pa.array(np.array([*cells]), pa.timestamp("ns"))}
    columns |= {name: [c.get(name) for c in cells.values()] for name in ("a/depth", "b/flow")}
    pq.write_table(pa.table(columns), path)
    return path


def rewritten(path, *changes):
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        text = text.replace(old, new)
    path.write_bytes(text.encode())
    return path


def quoted(path):
    """As spreadsheets write it: a mark of UTF-8, every cell in quotes, lines of Windows."""
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    text = "".join(",".join(f'"{cell}"' for cell in row) + "\r\n" for row in rows)
    path.write_text(text, encoding="utf-8-sig", newline="")
    return path


def packed(path):
    whole = path.with_suffix(".csv.gz")
    whole.write_bytes(gzip.compress(path.read_bytes()))
    return whole


def line_protocol(path, rows):
    path.write_text("\n".join(
        f"sensor,device={c.split('/')[0]} {c.split('/')[1]}={v} {int(t.astype(int)) * 1000}"
        for t, c, v in rows))  # fmt: skip
    return path


def history(path, channels=CHANNELS):
    source = FileReadings(path, channels)
    return concatenate(list(source.batches())), source.faults


def told(batch):
    return [(int(c), t, round(float(v), 9)) for c, t, v in
            zip(batch.channel, batch.time, batch.value, strict=True)]  # fmt: skip


EXPECTED = sorted((1 if c == "a/depth" else 2, t, round(v / (100 if c == "a/depth" else 3600), 9))
                  for t, c, v in ROWS)  # fmt: skip

FORMATS = {
    "long CSV": lambda p, r: long_csv(p / "r.csv", r),
    "long CSV, times without a zone": lambda p, r: long_csv(p / "r.csv", r, lambda t: iso(t, "")),
    "long CSV, times of a zone": lambda p, r: long_csv(
        p / "r.csv", r, lambda t: iso(t + np.timedelta64(8, "h"), "+08:00")
    ),
    "long CSV, seconds since 1970": lambda p, r: long_csv(
        p / "r.csv", r, lambda t: t.astype("M8[s]").astype(int)
    ),
    "long CSV, milliseconds": lambda p, r: long_csv(
        p / "r.csv", r, lambda t: t.astype("M8[ms]").astype(int)
    ),
    "long CSV, column timestamp": lambda p, r: long_csv(
        p / "r.csv", r, head="timestamp,channel,value"
    ),
    "long CSV, semicolons": lambda p, r: rewritten(long_csv(p / "r.csv", r), (",", ";")),
    "long CSV, quoted, CRLF and BOM": lambda p, r: quoted(
        long_csv(p / "r.csv", r, head="Time,Channel,VALUE")
    ),
    "long CSV, packed": lambda p, r: packed(long_csv(p / "r.csv", r)),
    "long CSV, years first with slashes": lambda p, r: long_csv(
        p / "r.csv", r, lambda t: iso(t, "").replace("-0", "/").replace("T", " ")
    ),
    "wide CSV, its index nameless": lambda p, r: rewritten(
        wide_csv(p / "r.csv", r), ("time,", ",")
    ),
    "wide CSV": lambda p, r: wide_csv(p / "r.csv", r),
    "long Parquet": lambda p, r: long_parquet(p / "r.parquet", r),
    "long Parquet, ns without a zone": lambda p, r: long_parquet(p / "r.parquet", r, "ns", None),
    "long Parquet, dictionary": lambda p, r: long_parquet(p / "r.parquet", r, "ms", encode=True),
    "wide Parquet": lambda p, r: wide_parquet(p / "r.parquet", r),
    "line protocol": lambda p, r: line_protocol(p / "r.lp", r),
}


@pytest.mark.parametrize("shuffle", [False, True], ids=["in order", "in any order"])
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_gives_the_same_history(tmp_path, form, shuffle):
    rows = [ROWS[n] for n in np.random.default_rng(1).permutation(len(ROWS))] if shuffle else ROWS
    batch, faults = history(FORMATS[form](tmp_path, rows))
    assert sorted(told(batch)) == EXPECTED
    for number in (1, 2):
        times = batch.time[batch.channel == number]
        assert (times[1:] > times[:-1]).all()
    assert (faults.bad_rows, faults.duplicates, faults.listed) == (0, 0, [])


@pytest.mark.parametrize("form", ["long CSV", "long Parquet", "wide Parquet", "line protocol"])
def test_a_reading_that_is_there_twice_is_used_once(tmp_path, form):
    again = [(at, channel, value + 1) for at, channel, value in ROWS[4:8]]
    batch, faults = history(FORMATS[form](tmp_path, [*ROWS[:8], *again, *ROWS[8:]]))
    if form == "wide Parquet":  # the rows of one time are one row there: the last cell counts
        assert len(batch) == len(EXPECTED)
        return
    assert sorted(told(batch)) == EXPECTED
    assert faults.duplicates == 4


@pytest.mark.parametrize("wide", [False, True], ids=["long", "wide"])
def test_a_decimal_comma_is_refused_and_no_state(tmp_path, wide):
    lines = ["time;a/depth", "2026-03-01T00:00Z;1,5", "2026-03-01T00:05Z;2"]
    if not wide:
        lines = ["time;channel;value", *(n.replace("Z;", "Z;a/depth;") for n in lines[1:])]
    (tmp_path / "r.csv").write_text("\n".join([*lines, ""]))
    batch, faults = history(tmp_path / "r.csv")
    assert batch.value.tolist() == [0.02]
    assert [(p.row, p.what) for p in faults.listed] == [
        (2, "'1,5' has a decimal comma; write a point")
    ]


@pytest.mark.parametrize("form", ["long CSV", "wide CSV"])
@pytest.mark.parametrize("word", ["N/A", "null", "-", ""])
def test_words_for_nothing_are_no_reading(tmp_path, form, word):
    rows = [(t, c, word if n == 4 else v) for n, (t, c, v) in enumerate(ROWS)]
    batch, faults = history(FORMATS[form](tmp_path, rows))
    assert (len(batch), faults.bad_rows) == (len(ROWS) - 1, 0)


def test_readings_that_no_instrument_can_mean_are_counted_by_channel(tmp_path):
    rows = [(t, c, 7e3 if c == "a/depth" else v) for t, c, v in ROWS]
    _, faults = history(long_csv(tmp_path / "r.csv", rows))
    assert faults.out_of_range == {1: 6}


@pytest.mark.parametrize("form", ["wide CSV", "wide Parquet"])
def test_nan_in_a_wide_table_is_no_reading_for_backtest_and_import_alike(tmp_path, form):
    rows = [(t, c, float("nan") if n % 5 == 0 else v) for n, (t, c, v) in enumerate(ROWS)]
    path = FORMATS[form](tmp_path, rows)
    batch, _ = history(path)
    imported = [time for chunk in read_readings(path) for time in chunk.time]
    assert len(batch) == len(imported) == len(ROWS) - 3


BAD = """time,channel,value,quality
2026-03-01T00:00:00Z,a/depth,10,
2026-13-01T00:05:00Z,a/depth,11,
,a/depth,12,
yesterday,a/depth,13,
2026-03-01T00:20:00Z,nobody,14,
2026-03-01T00:25:00Z,a/depth,15,many
2026-03-01T00:30:00Z,a/depth,16,-3
2026-03-01T00:35:00Z,a/depth,17,0,more,cells
2026-03-01T00:40:00Z,a/depth,,
2026-03-01T00:45:00Z,a/depth,wet,
2026-03-01T00:50:00Z,a/depth,nan,
2026-03-01T00:55:00Z,a/depth,-7000,
2026-03-01T01:00:00Z,a/depth,18,512
1969-07-20T00:00:00Z,a/depth,19,
2026-03-01T01:05:00Z,nobody,20,
2026-03-01T01:10:00Z,c/status,open,
2026-03-01T01:15:00Z,c/status,0,
2026-03-01T01:20:00Z,c/status,true,
2026-03-01T01:20:00Z,c/status,false,
"""


def test_every_kind_of_bad_row_is_told_with_its_line_and_the_others_are_used(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text(BAD)
    batch, faults = history(path)
    assert [(p.row, p.column) for p in sorted(faults.listed)] == [
        (3, "row"), (4, "row"), (5, "row"), (6, "channel"), (7, "row"), (8, "row"), (9, "row"),
    ]  # fmt: skip
    said = {p.row: p.what for p in faults.listed}
    for row, part in ((3, "2026-13-01"), (4, "time"), (5, "yesterday"), (6, "'nobody'"),
                      (7, "'many'"), (8, "quality"), (9, "6 cells, 4 are expected")):  # fmt: skip
        assert part in said[row]
    assert all(problem.mend for problem in faults.listed)
    assert (faults.bad_rows, faults.of_no_channel, faults.duplicates) == (6, 2, 1)
    minute = {int((t - START) / np.timedelta64(1, "m")): (v, Quality(int(q))) for t, v, q in
              zip(batch.time, batch.value, batch.quality, strict=True)}  # fmt: skip
    assert minute[0] == (0.1, Quality.GOOD)
    assert np.isnan(minute[45][0])
    assert minute[45][1] == Quality.GOOD  # a text is a state
    assert minute[50][1] == Quality.NOT_A_NUMBER
    assert minute[55][1] == Quality.OUT_OF_RANGE
    assert minute[60][1] == Quality.CALIBRATION
    assert (
        minute[int((np.datetime64("1969-07-20", "us") - START) / np.timedelta64(1, "m"))][1]
        == Quality.EPOCH
    )
    assert (minute[70][0], minute[75][0], minute[80][0]) == (1.0, 0.0, 1.0)
    assert 40 not in minute  # an empty cell is no reading


def test_bytes_that_are_no_text_spoil_only_their_own_row(tmp_path):
    path = tmp_path / "r.csv"
    path.write_bytes(
        b"time,channel,value\n2026-03-01T00:00:00Z,a\xff,1\n2026-03-01T00:05:00Z,a/depth,2\n"
    )
    batch, faults = history(path)
    assert len(batch) == 1
    assert faults.of_no_channel == 1


def test_more_bad_rows_than_are_listed_are_counted(tmp_path):
    path = long_csv(tmp_path / "r.csv", [("x", "a/depth", 1)] * 3000, time=str)
    _, faults = history(path)
    assert (faults.bad_rows, len(faults.listed)) == (3000, 1000)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("r.xlsx", "", "ends in none of .csv, .csv.gz, .parquet"),
        ("r.csv", "channel,value\na/depth,1\n", "a column `time` is needed"),
        ("r.csv", "time,x,x\n2026-03-01T00:00Z,1,2\n", "no name twice"),
        ("r.csv", "time,x,y\n2026-03-01T00:00Z,1,2\n", "no column is a channel"),
        ("r.csv", "time,x,y\n2026-03-01T00:00Z,1,2\n", "which has 'a/depth', .* the file has 'x'"),
        ("r.parquet", "time", "cannot be read"),
        ("r.csv.gz", "time,x\n", "cannot be read"),
        ("r.csv", "time\0", "no text in UTF-8"),
        ("r.csv", "", "a column `time` is needed; the file has none"),
    ],
)
def test_a_file_that_is_none_says_what_is_expected(tmp_path, name, text, said):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(UnreadableFile, match=said):
        history(path)


def test_intervals_are_learnt_from_the_readings(tmp_path):
    bare = [{**row, "interval": ""} for row in ASSETS]
    assets = channels_of(bare, "UTC")
    source = FileReadings(long_csv(tmp_path / "r.csv", ROWS), assets.channels)
    a, b, c = source.learn_intervals(assets.channels, assets.learn)
    assert a.interval == b.interval == timedelta(minutes=5)
    assert c.interval == assets.channels[2].interval  # never heard of


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 60)), max_size=200), st.integers(1, 50))
def test_sorting_on_disk_gives_every_reading_once_in_order(rows, most):
    """Against a plain sort, however small the pieces are that memory has room for."""
    kept, in_order.MOST = in_order.MOST, most
    try:
        number, minute = [r[0] for r in rows], [r[1] for r in rows]
        time = START + np.array(minute, dtype="m8[m]").astype("m8[us]")
        batch = make_batch(number, time, np.arange(len(rows), dtype=float))
        parts = [batch[rows] for rows in np.array_split(np.arange(len(batch)), 4)]
        micros = time.astype(np.int64)
        faults = Faults()
        ordered = Ordered(5, faults)
        stretches = [ordered.take(part) for part in SortedOnDisk(
            parts, int(micros.min(initial=0)), int(micros.max(initial=0)), len(rows))]  # fmt: skip
        found = concatenate(stretches)
    finally:
        in_order.MOST = kept
    first = {}
    for place, key in enumerate(rows):
        first.setdefault(key, float(place))
    keys = zip(
        found.channel.tolist(),
        ((found.time - START) / np.timedelta64(1, "m")).tolist(),
        strict=True,
    )
    assert dict(zip(keys, found.value.tolist(), strict=True)) == first
    assert faults.duplicates == len(rows) - len(first)
    ends = [(part.time.min(), part.time.max()) for part in stretches if len(part)]
    assert all(before[1] <= after[0] for before, after in pairwise(ends))


def test_a_long_file_is_read_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "READINGS", 4)
    batches = list(FileReadings(long_parquet(tmp_path / "r.parquet", ROWS), CHANNELS).batches())
    assert max(map(len, batches)) <= 4
    assert sorted(told(concatenate(batches))) == EXPECTED


def test_what_goes_wrong_while_reading_ahead_is_raised_to_who_asked():
    def items():
        yield 1
        raise UnreadableFile("half way")

    heard = []
    with pytest.raises(UnreadableFile, match="half way"):
        heard.extend(ahead(items()))
    assert list(ahead(range(5))) == [0, 1, 2, 3, 4]


def test_labels_with_mistakes_are_told_and_the_others_read(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text(
        "start,end,channel_or_zone,kind\n"
        "2026-03-01,2026-03-02T12:00Z,a/depth,flood\n"
        "2026-03-01T00:00Z,,*,\n"
        "soon,2026-03-02T00:00Z,a,flood\n"
        "2026-03-02T00:00Z,2026-03-01T00:00Z,a,flood\n"
        "2026-03-01T00:00Z,2026-03-02T00:00Z,atlantis,flood\n"
    )
    labels, problems = read_labels(path, {"a/depth", "a"})
    assert [(label.place, label.row) for label in labels] == [
        ("a/depth", 2),
        ("*", 3),
        ("atlantis", 6),
    ]
    assert labels[1].start == labels[1].end
    assert [(p.row, p.column) for p in problems] == [
        (4, "start"), (5, "end"), (6, "channel_or_zone"),
    ]  # fmt: skip
    (tmp_path / "none.csv").write_text("begin,end\n")
    assert [p.column for p in read_labels(tmp_path / "none.csv", set())[1]] == [
        "start",
        "channel_or_zone",
    ]
