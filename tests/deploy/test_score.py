"""`lifeline score`: tables in, tables out, each row judged before the next is read."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from deploy.cli import lifeline
from deploy.score.cells import UnreadableTable
from deploy.score.rows import judge, score_rows
from deploy.score.table import read_table
from deploy.score.times import read_time
from ingest.unusable import Unusable

HOUR = np.timedelta64(1, "h")
START = np.datetime64("2026-03-02T00:00:00")


def station(n: int = 900, seed: int = 3) -> tuple[list[str], np.ndarray]:
    """Return (n) times as text and (n, 3) values, the third 9 spreads off from 600 to 660."""
    random = np.random.default_rng(seed)
    value = random.normal([3.0, 50.0, 7.0], [0.1, 2.0, 0.5], size=(n, 3)).round(3)
    value[600:660, 2] += 4.5
    return [str(START + row * HOUR).replace("T", " ") for row in range(n)], value


def written(
    path: Path, times: list[str], value: np.ndarray, head: str = "timestamp,flow,pressure,turbidity"
) -> Path:
    rows = [",".join([time, *map(str, row)]) for time, row in zip(times, value, strict=True)]
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def score(source: Path, *more: str) -> tuple[Result, list[dict[str, str]]]:
    out = source.with_name("out.csv")
    arguments = ["score", "--input", str(source), "--output", str(out), *more]
    result = CliRunner().invoke(lifeline, arguments)
    if result.exit_code:
        return result, []
    with out.open(newline="", encoding="utf-8") as file:
        return result, list(csv.DictReader(file))


def test_a_station_gets_a_score_a_row_and_the_column_that_speaks(tmp_path: Path) -> None:
    times, value = station()
    result, rows = score(written(tmp_path / "in.csv", times, value))
    assert result.exit_code == 0, result.output
    assert list(rows[0]) == [
        "timestamp",
        "flow",
        "pressure",
        "turbidity",
        "anomaly_score",
        "column",
    ]
    assert [row["timestamp"] for row in rows] == times
    assert [row["pressure"] for row in rows] == [str(v) for v in value[:, 1]]
    scores = np.array([float(row["anomaly_score"]) for row in rows])
    assert ((scores >= 0) & (scores <= 1)).all()
    assert (scores[605:660] >= 0.5).all()
    assert {row["column"] for row in rows[605:660]} == {"turbidity"}
    assert (scores[:600] < 0.5).all()
    assert (scores[760:] < 0.5).all()


def test_one_column_gets_a_score_a_row_and_no_column(tmp_path: Path) -> None:
    times, value = station()
    result, rows = score(written(tmp_path / "in.csv", times, value[:, 2:], "timestamp,value"))
    assert result.exit_code == 0, result.output
    assert list(rows[0]) == ["timestamp", "value", "anomaly_score"]
    assert [row["timestamp"] for row in rows] == times


@pytest.mark.parametrize("columns", [1, 3])
def test_no_score_depends_on_a_later_row(columns: int) -> None:
    names, (times, value) = ["a", "b", "c"][:columns], station()
    value = value[:, :columns].copy()
    value[300:310, 0] = np.nan
    time = np.array(times, dtype="M8[us]")
    whole, spoke = score_rows(judge(names), time, value)
    for end in (*range(1, 900, 37), 600, 601, 659, 899):
        cut, said = score_rows(judge(names), time[:end], value[:end])
        np.testing.assert_array_equal(cut, whole[:end])
        np.testing.assert_array_equal(said, spoke[:end])
    changed = value.copy()
    changed[700:] = 1e6
    after, _ = score_rows(judge(names), time, changed)
    np.testing.assert_array_equal(after[:700], whole[:700])


def test_a_truncated_file_gives_the_same_text(tmp_path: Path) -> None:
    times, value = station()
    _, whole = score(written(tmp_path / "in.csv", times, value))
    _, part = score(written(tmp_path / "in.csv", times[:620], value[:620]))
    assert part == whole[:620]


def test_history_is_learnt_first_and_not_written(tmp_path: Path) -> None:
    times, value = station()
    past = written(tmp_path / "past.csv", times[:580], value[:580])
    now = written(tmp_path / "now.csv", times[580:], value[580:])
    _, whole = score(written(tmp_path / "in.csv", times, value))
    _, rows = score(now, "--history", str(past))
    assert rows == whole[580:]


def test_rows_without_values_score_nothing_and_the_others_what_is_left_says(tmp_path: Path) -> None:
    times, value = station()
    source = written(tmp_path / "in.csv", times, value)
    lines = source.read_text(encoding="utf-8").splitlines()
    lines[401] = f"{times[400]},,NaN,"
    lines[402] = f"{times[401]},null,-,{value[401, 2]}"
    for row in range(600, 660):
        lines[row + 1] = f"{times[row]},,{value[row, 1]},{value[row, 2]}"
    source.write_text("\n".join(lines), encoding="utf-8")
    _, rows = score(source)
    assert len(rows) == 900
    assert (rows[400]["anomaly_score"], rows[400]["column"]) == ("0.000000", "")
    assert (rows[400]["pressure"], rows[401]["flow"]) == ("NaN", "null")
    assert all(float(row["anomaly_score"]) >= 0.5 for row in rows[605:660])


def test_labels_are_left_out_whatever_their_case_and_said(tmp_path: Path) -> None:
    times, value = station(50)
    path = written(tmp_path / "in.csv", times, value, "Time,flow, ATT_FLAG,Event")
    result, rows = score(path)
    assert list(rows[0]) == ["Time", "flow", "anomaly_score"]
    assert "values: flow\n" in result.output
    assert "left out: ATT_FLAG, Event\n" in result.output


def test_columns_may_be_chosen(tmp_path: Path) -> None:
    times, value = station(50)
    _, rows = score(written(tmp_path / "in.csv", times, value), "--columns", "turbidity,flow")
    assert list(rows[0]) == ["timestamp", "turbidity", "flow", "anomaly_score", "column"]


def test_parquet_in_and_out_keeps_times_and_types(tmp_path: Path) -> None:
    times, value = station()
    source, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    table = pa.table(
        {
            "DATETIME": pa.array(np.array(times, dtype="M8[us]")),
            "flow": value[:, 0].astype(np.float32),
            "state": pa.array([row % 2 == 0 for row in range(len(times))]),
        }
    )
    pq.write_table(table, source)
    result = CliRunner().invoke(lifeline, ["score", "--input", str(source), "--output", str(out)])
    assert result.exit_code == 0, result.output
    scored = pq.read_table(out)
    assert scored.column_names == ["DATETIME", "flow", "state", "anomaly_score", "column"]
    assert scored["DATETIME"].equals(table["DATETIME"])
    assert scored["flow"].equals(table["flow"])
    as_text = out.with_suffix(".csv")
    CliRunner().invoke(lifeline, ["score", "--input", str(source), "--output", str(as_text)])
    first = as_text.read_text(encoding="utf-8").splitlines()[1].split(",")
    assert first[:2] == ["2026-03-02T00:00:00.000000", str(value[0, 0])]


def test_times_that_go_back_or_stand_are_scored_as_they_stand_and_said(tmp_path: Path) -> None:
    times, value = station(50)
    times[10], times[20] = times[9], times[3]
    result, rows = score(written(tmp_path / "in.csv", times, value))
    assert [row["timestamp"] for row in rows] == times
    assert "2 rows are not later than the row before; scored as they stand" in result.output


def test_semicolons_and_an_index_before_the_time_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(";datetime;a;b\n0;2020-03-09 10:14:33;1;2\n1;2020-03-09 10:14:34;1;2\n")
    _, rows = score(path)
    assert list(rows[0]) == ["datetime", "a", "b", "anomaly_score", "column"]


def test_the_times_may_stand_last_and_what_is_not_read_is_said(tmp_path: Path) -> None:
    times, value = station(50)
    path = tmp_path / "in.csv"
    lines = [f"{v},{t}" for t, v in zip(times, value[:, 0], strict=True)]
    path.write_text("\n".join(["value,timestamp", *lines, ""]))
    _, rows = score(path)
    assert list(rows[0]) == ["timestamp", "value", "anomaly_score"]
    lines = [f"pump-1,{t},{v}" for t, v in zip(times, value[:, 0], strict=True)]
    path.write_text("\n".join(["place,timestamp,value", *lines, ""]))
    result, again = score(path)
    assert again == rows
    assert "left out: place\n" in result.output


def test_a_packed_table_and_one_that_is_written_over_itself_score_the_same(tmp_path: Path) -> None:
    times, value = station(50)
    source = written(tmp_path / "in.csv", times, value[:, :1], "timestamp,value")
    _, rows = score(source)
    packed = tmp_path / "in.csv.gz"
    packed.write_bytes(gzip.compress(source.read_bytes()))
    assert score(packed)[1] == rows
    CliRunner().invoke(lifeline, ["score", "--input", str(source), "--output", str(source)])
    with source.open(encoding="utf-8") as file:
        assert list(csv.DictReader(file)) == rows


@pytest.mark.parametrize(
    ("out", "said"), [("out.json", "ends in none of"), ("none/out.csv", "there is no folder")]
)
def test_an_output_that_cannot_be_is_refused_before_scoring(
    tmp_path: Path, out: str, said: str
) -> None:
    times, value = station(50)
    source = written(tmp_path / "in.csv", times, value)
    result = CliRunner().invoke(
        lifeline, ["score", "--input", str(source), "--output", str(tmp_path / out)]
    )
    assert result.exit_code == 1
    assert said in result.output
    assert "values:" not in result.output


#: What is written, and what the operator reads.
MISTAKES = [
    (
        "timestamp,a\n2026-01-01 00:00,1\n2026-01-01 00:01,x\n",
        "row 3, column 'a': 'x' is no number",
    ),
    ("timestamp,place\n2026-01-01 00:00,Hefei\n", "row 2, column 'place': 'Hefei' is no number"),
    ("timestamp,a\nyesterday,1\n", "row 2, column 'timestamp': the time is"),
    ("timestamp,a\n13/13/14 00,1\n", "13/13/14 00 is no date, the day being written first"),
    ("timestamp,a\n2026-01-01 00:00,1,2\n", "line 2 has 3 cells, the head 2. Mend the line."),
    ("timestamp,label\n2026-01-01 00:00,1\n", "no column of values beside 'timestamp'"),
    ("timestamp,a,a\n2026-01-01 00:00,1,2\n", "has one name for two columns"),
    ("2026-01-01 00:00,1\n2026-01-01 00:01,2\n", "its first line is a row already"),
    ("", "is empty. Its first line names the columns."),
]


@pytest.mark.parametrize(("text", "said"), MISTAKES)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "in.csv"
    path.write_text(text)
    result, _ = score(path)
    assert result.exit_code == 1
    assert said in result.output.replace("\n", " ").replace("  ", " ")
    assert "in.csv" in result.output


def test_history_must_have_the_columns(tmp_path: Path) -> None:
    times, value = station(50)
    now = written(tmp_path / "now.csv", times, value)
    past = written(tmp_path / "past.csv", times, value[:, :2], "timestamp,flow,pressure")
    result, _ = score(now, "--history", str(past))
    assert result.exit_code == 1
    assert "past.csv: has no column 'turbidity'" in result.output


def test_only_tables_are_read(tmp_path: Path) -> None:
    with pytest.raises(UnreadableTable, match="ends in none of"):
        read_table(tmp_path / "in.xlsx")


#: What a table writes, and when that is.
TIMES = [
    ("2026-01-06 07:00", "2026-01-06T07:00"),
    ("2026-01-06T07:00:00+08:00", "2026-01-05T23:00"),
    ("2026-01-06", "2026-01-06T00:00"),
    ("06/01/14 00", "2014-01-06T00:00"),
    ("2026/1/6 07:00", "2026-01-06T07:00"),
    ("06/01/2014 13:45", "2014-01-06T13:45"),
    ("6.1.2014 13:45:10.5", "2014-01-06T13:45:10.5"),
    ("1767682800", "2026-01-06T07:00"),
    ("1767682800000", "2026-01-06T07:00"),
    ("90", "1970-01-01T00:01:30"),
]


@pytest.mark.parametrize(("text", "time"), TIMES)
def test_times_are_read_as_tables_write_them(text: str, time: str) -> None:
    assert np.datetime64(read_time(text), "us") == np.datetime64(time)


@pytest.mark.parametrize("text", ["", "noon", "31/02/14 00", "01/01/14 aa"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises((Unusable, ValueError)):
        read_time(text)
