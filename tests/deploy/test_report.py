"""`lifeline report evaluation` prints and writes what the page shows."""

from pathlib import Path

import pytest
from casework_made import casework, put
from click.testing import CliRunner

from deploy.cli import lifeline
from store.database import connect

pytestmark = pytest.mark.server


def test_the_ranking_is_printed_and_written(database_url: str, tmp_path: Path) -> None:
    with connect(database_url) as connection:
        put(connection, list(casework(seed=9, count=80)))
    document, table = tmp_path / "r.pdf", tmp_path / "r.csv"
    files = ["--pdf", str(document), "--csv", str(table)]
    said = CliRunner().invoke(
        lifeline,
        ["--database", database_url, "report", "evaluation", "--period", "2026-Q1", *files],
    )
    assert said.exit_code == 0, said.output
    for part in ("供水公司 Water company", "110101001", "2026-Q1", "precision [%]", "grade"):
        assert part in said.output, part
    assert document.read_bytes().startswith(b"%PDF")
    printed = table.read_text(encoding="utf-8-sig")
    assert "供水公司" in printed
    [line] = [line for line in printed.splitlines() if "供水公司" in line]
    for cell in line.split(",")[5:15]:
        assert cell in said.output


def test_a_period_that_is_none_is_refused(database_url: str) -> None:
    said = CliRunner().invoke(
        lifeline, ["--database", database_url, "report", "evaluation", "--period", "spring"]
    )
    assert said.exit_code != 0
    assert "write a month as 2026-10" in said.output
