"""No cell that we hand out is run by a spreadsheet, and one place says what that is."""

from __future__ import annotations

import csv
import re
from io import StringIO
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.spreadsheets import FORMULA, harmless, line

ROOT = Path(__file__).parents[2]
#: These write what programs of ours read back, and must find as it was.
READ_BACK = {"deploy/backtest/labels.py", "store/spreadsheets.py", "store/export_formats.py"}

CELLS = [
    ("=1+1", "'=1+1", "the usual formula"),
    ("+1", "'+1", "begins one too"),
    ("-1", "'-1", "as text it may go on to anything"),
    ("@SUM(1)", "'@SUM(1)", "of Lotus, still run"),
    ("\t=1", "'\t=1", "a tab before it is skipped"),
    ("\r=1", "'\r=1", "a return too"),
    ("\n=1", "'\n=1", "a new line too"),
    ("  =1", "'  =1", "blanks are, by some"),
    ("＝1+1", "'＝1+1", "full-width, as typed in Chinese"),
    ("积水=深", "积水=深", "within a text it is none"),
    ("", "", "nothing"),
    (-1.5, -1.5, "numbers are none"),
    (None, None, "nor is nothing"),
]


@pytest.mark.parametrize(("cell", "told", "why"), CELLS)
def test_a_cell_is_run_by_no_spreadsheet(cell, told, why):
    assert harmless(cell) == told, why


@given(st.lists(st.one_of(st.text(), st.integers(), st.none()), min_size=2))
def test_what_is_written_is_read_back_but_for_the_mark(cells):
    [read] = csv.reader(StringIO(line(cells), newline=""))
    assert read == ["" if cell is None else str(harmless(cell)) for cell in cells]


@given(st.text(alphabet="=+-@＝＋－＠ \t\r\n'a1"))
def test_whole_columns_are_held_against_the_same(text):
    found = pc.match_substring_regex(pa.array([text]), FORMULA)[0].as_py()
    assert found is (harmless(text) != text)


def test_nobody_else_writes_a_csv():
    found = {
        str(path.relative_to(ROOT))
        for folder in ("api", "store", "deploy", "cases")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"csv\.(writer|DictWriter|CSVWriter)|csv\.write_csv", path.read_text("utf-8"))
    }
    assert {each for each in found if not each.startswith(("deploy/bench", "deploy/score"))} == (
        READ_BACK
    )
