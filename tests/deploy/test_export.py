"""`lifeline export`: files that have their names only once they are whole."""

from __future__ import annotations

import pyarrow.parquet as parquet
import pytest
from click.testing import CliRunner
from one_report import AT, CITY, report

from deploy.cli import lifeline
from deploy.commands.export import _write
from store.reports import take

pytestmark = pytest.mark.server


def run(url, *asked):
    return CliRunner().invoke(lifeline, ["--database", url, "export", "cases", *asked])


@pytest.mark.parametrize("format", ["csv", "ndjson", "parquet"])
def test_every_table_becomes_a_file_and_done_again_it_is_replaced(
    database, database_url, tmp_path, format
):
    number = take(database, report(), AT, CITY).number
    database.commit()
    out = tmp_path / "new" / "folder"
    for _ in range(2):
        said = run(database_url, "--out", str(out), "--format", format)
        assert said.exit_code == 0, said.output
    files = {path.name for path in out.iterdir()}
    assert files == {f"{table}.{format}" for table in ("cases", "log", "runs", "reports")}
    assert f"cases.{format} " in said.output.replace("\n", "")
    if format == "parquet":
        [row] = parquet.read_table(out / "cases.parquet").to_pylist()
        assert (row["number"], row["opened"]) == (number, AT)


def test_the_days_are_the_citys(database, database_url, tmp_path):
    """The report comes at 06:30 UTC, which is half past two in the afternoon in the city."""
    take(database, report(), AT, CITY)
    database.commit()
    for since, until, rows in (
        ("2024-03-01", "2024-03-02", 1),
        ("2024-03-01T14:00:00", "2024-03-01T15:00:00", 1),
        ("2024-03-01T06:00:00", "2024-03-01T07:00:00", 0),
    ):
        said = run(database_url, "--out", str(tmp_path), "--since", since, "--until", until)
        assert said.exit_code == 0, said.output
        assert parquet.read_table(tmp_path / "cases.parquet").num_rows == rows


def test_what_is_stopped_half_way_leaves_the_file_that_was_there(tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes(b"as it was")

    def stopped():
        yield b"half of it"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _write(path, stopped())
    assert path.read_bytes() == b"as it was"
    assert [each.name for each in tmp_path.iterdir()] == ["log.csv"]


def test_a_folder_that_cannot_be_written_is_named(database_url, tmp_path):
    (tmp_path / "file").write_text("")
    said = run(database_url, "--out", str(tmp_path / "file" / "folder"))
    assert said.exit_code == 1
    assert str(tmp_path / "file" / "folder") in said.output
