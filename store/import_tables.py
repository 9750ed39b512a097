"""Tables that a city keeps in CSV or Excel: sheets, the row of their header, cells as text."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils import coordinate_to_tuple, range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from ingest.asset_files import SEPARATORS
from store.plain_text import plain

Words = Mapping[str, Sequence[str]]  #: by our name of a column: what people write above it

EXCEL = (".xlsx", ".xlsm")
LARGEST = 64 << 20  #: [bytes] of a workbook, unpacked
MOST_CELLS = 2_000_000  #: of a workbook, with what is merged and what is empty between others
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*?\bref\s*=\s*[\"']([^\"'>]*)")
_CELL = re.compile(rb"<(?:\w+:)?c\b(?:[^>]*?\br\s*=\s*[\"']([^\"'>]*))?")
LOOKED_AT = 10  #: rows at the top of a sheet in which its header may stand
#: Columns that every table has and that say nothing of its rows.
SILENT = frozenset({"序号", "编号", "备注", "no", "number", "remark", "remarks", "note", "notes"})
_UNIT = re.compile(r"[(\[【]([^)\]】]*)[)\]】]")
_BETWEEN = re.compile(r"[\s_\-/、,.:*]+")


class Fault(NamedTuple):
    """What is wrong in a table, where, and how to mend it."""

    file: str
    sheet: str  #: "" of a CSV file
    row: int  #: 0: the table as a whole
    column: str  #: as its header writes it
    what: str
    mend: str

    def __str__(self) -> str:
        sheet = f"sheet {self.sheet}" if self.sheet else ""
        row = f"row {self.row}" if self.row else ""
        place = ", ".join(filter(None, (self.file, sheet, row, self.column)))
        return f"{place}: {self.what}. {self.mend}."


class Sheet(NamedTuple):
    file: str
    name: str
    rows: list[list[str]]


class Row(NamedTuple):
    number: int
    cells: dict[str, str]  #: by our name of the column, stripped; a column that is not there lacks


@dataclass(slots=True)
class Table:
    """The rows below a header whose columns are known."""

    sheet: Sheet
    header: int  #: its row, from 1
    columns: dict[str, str]  #: as written, by our name
    units: dict[str, str]  #: that the header gives in parentheses, by our name
    rows: list[Row]
    unread: list[str] = field(default_factory=list)

    def fault(self, row: int, column: str, what: str, mend: str) -> Fault:
        return Fault(
            self.sheet.file, self.sheet.name, row, self.columns.get(column, column), what, mend
        )


class Unusable(ValueError):
    """A cell that cannot be used: column, what, mend."""


class UnreadableTable(ValueError):
    """A file holds no table that can be read. ``args[0]`` says why."""


def read_sheets(path: Path) -> list[Sheet]:
    """Return the sheets of a file, CSV or Excel by its ending; raises UnreadableTable."""
    ending = path.suffix.lower()
    if ending in EXCEL:
        return _excel(path)
    if ending == ".xls":
        raise UnreadableTable(f"{path.name} is of Excel before 2007: save it as .xlsx")
    return [Sheet(path.name, "", _csv(path))]


def find_tables(
    sheets: Sequence[Sheet], words: Words, needed: Sequence[str]
) -> tuple[list[Table], list[Fault]]:
    """Return each sheet's table that has the needed columns, and faults if none has them all."""
    tables, nearest = list[Table](), list[Table]()
    for sheet in sheets:
        candidates = [
            _table(sheet, place, words) for place in range(min(LOOKED_AT, len(sheet.rows)))
        ]
        if candidates:
            best = max(candidates, key=lambda table: len(set(needed) & set(table.columns)))
            nearest.append(best)
            if set(needed) <= set(best.columns):
                tables.append(best)
    if tables:
        empty = [table for table in tables if not table.rows]
        mend = "Give it rows, or leave the sheet out"
        return tables, [
            *(fault for table in tables for fault in _twice(table)),
            *(table.fault(table.header, "", "no row is below it", mend) for table in empty),
        ]
    if not nearest:
        name = sheets[0].file if sheets else "the file"
        return [], [Fault(name, "", 0, "table", "has no rows", "Give a header and its rows")]
    best = max(nearest, key=lambda table: len(set(needed) & set(table.columns)))
    return [], [
        best.fault(best.header, words[name][0], "the column is missing", _mend(words[name]))
        for name in needed
        if name not in best.columns
    ]


def unread(tables: Sequence[Table], sheets: Sequence[Sheet]) -> list[Fault]:
    """Return what was passed over, which may be a slip: columns nobody knows, other sheets."""
    known = {table.sheet.name for table in tables}
    mend = "Nothing is to be done, unless it is misspelt"
    return [
        table.fault(table.header, column, "the column is not read", mend)
        for table in tables
        for column in table.unread
    ] + [
        Fault(sheet.file, sheet.name, 0, "", "the sheet is not read: it lacks the header", mend)
        for sheet in sheets
        if sheet.name not in known and any(any(row) for row in sheet.rows)
    ]


def _mend(words: Sequence[str]) -> str:
    return f"Head it {' or '.join(words[:3])}"


def _twice(table: Table) -> Iterator[Fault]:
    header = table.sheet.rows[table.header - 1]
    for name, written in table.columns.items():
        if [cell.strip() for cell in header].count(written) > 1:
            yield table.fault(table.header, name, "two columns are headed so", "Leave one out")


def _table(sheet: Sheet, place: int, words: Words) -> Table:
    meant = {_word(word): name for name, said in words.items() for word in (name, *said)}
    header = sheet.rows[place]
    columns, at = dict[str, str](), dict[str, int]()
    units, unread = dict[str, str](), list[str]()
    for number, written in enumerate(header):
        name = meant.get(_word(written)) or meant.get(_word(_UNIT.sub("", _flat(written))))
        if name is None or name in at:
            if _word(written) not in (*SILENT, ""):
                unread.append(written.strip())
            continue
        columns[name], at[name] = written.strip(), number
        if unit := _UNIT.search(_flat(written)):
            units[name] = unit[1].strip()
    rows = [
        Row(
            number,
            {name: " ".join(row[n].split()) if n < len(row) else "" for name, n in at.items()},
        )
        for number, row in enumerate(sheet.rows[place + 1 :], start=place + 2)
        if any(cell.strip() for cell in row)
    ]
    return Table(sheet, place + 1, columns, units, rows, unread)


def _flat(text: str) -> str:
    return normalize("NFKC", text).lower()


def _word(text: str) -> str:
    return _BETWEEN.sub("", _flat(text))


def _csv(path: Path) -> list[list[str]]:
    """Return the rows; Excel in Chinese writes GB 18030 where it is not asked for UTF-8."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as why:
            raise UnreadableTable(f"{path.name} is neither UTF-8 nor GB 18030 text") from why
    head = text.partition("\n")[0]
    delimiter = max(SEPARATORS, key=head.count)
    try:
        return [[plain(c) for c in row] for row in csv.reader(StringIO(text), delimiter=delimiter)]
    except csv.Error as why:
        raise UnreadableTable(f"{path.name} is no CSV: {why}") from why


def _excel(path: Path) -> list[Sheet]:
    try:
        _refuse_too_much(path)
        book = load_workbook(path, data_only=True)
    except UnreadableTable:
        raise
    except (InvalidFileException, BadZipFile, KeyError, ValueError, OSError) as why:
        raise UnreadableTable(f"{path.name} is no Excel file: {why}") from why
    found = []
    for sheet in book.worksheets:
        rows = [[_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)]
        for merged in sheet.merged_cells.ranges:  # what stands in one is meant for all of them
            said = rows[merged.min_row - 1][merged.min_col - 1]
            for row in rows[merged.min_row - 1 : merged.max_row]:
                row[merged.min_col - 1 : merged.max_col] = [said] * (
                    merged.max_col - merged.min_col + 1
                )
        found.append(Sheet(path.name, sheet.title, rows))
    return found


def _refuse_too_much(path: Path) -> None:
    """Raise UnreadableTable before a workbook of some kilobytes fills the memory."""
    with ZipFile(path) as packed:
        if sum(file.file_size for file in packed.infolist()) > LARGEST:
            raise UnreadableTable(f"{path.name} has more than {LARGEST} bytes unpacked: part it")
        cells = sum(_spread(packed.read(file)) for file in packed.infolist())
    if cells > MOST_CELLS:
        raise UnreadableTable(
            f"{path.name} spreads over more than {MOST_CELLS} cells: clear what stands far below"
            " or to the right of the table, and what is merged across whole columns"
        )


def _spread(sheet: bytes) -> int:
    """Return how many cells a sheet takes once it is read: a full rectangle, and what is merged."""
    if b"<!DOCTYPE" in sheet or b"<\0" in sheet[:8] or b"\0<" in sheet[:8]:
        raise ValueError("it is not written as Excel writes it")  # nor could it be looked at here
    right, below, count = 0, 0, 0
    for cell in _CELL.findall(sheet):
        count += 1
        if cell:
            row, column = coordinate_to_tuple(cell.decode())
            right, below = max(right, column), max(below, row)
    cells = max(right * below, count)
    for merged in _MERGED.findall(sheet):
        left, top, last, bottom = range_boundaries(merged.decode())
        if left is None or top is None or last is None or bottom is None:
            raise ValueError("whole columns or rows are merged")
        cells += (last - left + 1) * (bottom - top + 1)
    return cells


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime) and value.time() == datetime.min.time():
        value = value.date()
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return plain(str(value))
