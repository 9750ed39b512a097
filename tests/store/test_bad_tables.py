"""Every mistake in a city's table is named with file, sheet, row, column and mend."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bad_tables import (
    CALENDAR,
    CATALOGUE,
    MISTAKES,
    TABLES,
    Mistake,
    with_mistake,
    write_csv,
    write_excel,
)
from hypothesis import given
from hypothesis import strategies as st

from cases.catalogue import load_catalogue
from cases.departments import Departments, load_departments
from store.import_calendars import read_calendar
from store.import_catalogue import read_catalogue
from store.import_departments import read_departments
from store.import_tables import UnreadableTable, read_sheets

GB = "GB/T 30428.2-2013"
SINCE = datetime(2026, 12, 1, tzinfo=UTC)
FORMER = load_catalogue().versions(GB)[0]
DEPARTMENTS = load_departments()
NAMES = {"code_list": GB, "version": "2", "source": "test", "in_force_from": SINCE}
SMALL = Departments.model_validate(
    {
        "version": "1",
        "source": "test",
        "fallback": "11000000000000019Q",
        "departments": [
            {"code": "11000000000000019Q", "name": {"zh": "区人民政府", "en": ""}},
            {"code": "12000000000000035B", "name": {"zh": "排水管理处", "en": ""}},
            {"code": "91000000000000027B", "name": {"zh": "供水公司", "en": ""}},
        ],
    }
)


def read(table: str, path: Path) -> Any:
    term = {"version": "2", "source": "test", "in_force_from": SINCE}
    match table:
        case "catalogue":
            return read_catalogue(path, NAMES, FORMER, DEPARTMENTS)
        case "calendar":
            return read_calendar(path, "test")
        case _:
            return read_departments([path], term, SMALL)


@pytest.mark.parametrize("table", TABLES)
def test_tables_without_a_mistake_are_read_alike_from_csv_and_excel(
    tmp_path: Path, table: str
) -> None:
    rows = TABLES[table]
    one = read(table, write_csv(tmp_path / "t.csv", rows))
    other = read(table, write_excel(tmp_path / "t.xlsx", rows))
    assert (one.faults, one.warnings) == ([], [])
    assert (other.faults, other.warnings) == ([], [])
    assert one.rows == other.rows == len(rows) - 1
    assert one.years == other.years if table == "calendar" else one.body == other.body


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.claim)
def test_a_mistake_is_named_by_its_place(tmp_path: Path, mistake: Mistake) -> None:
    rows = with_mistake(mistake)
    for path, sheet in (
        (write_csv(tmp_path / "t.csv", rows), ""),
        (write_excel(tmp_path / "t.xlsx", rows), "sheet 表, "),
    ):
        found = read(mistake.table, path)
        assert str(found.faults[0]).startswith(f"{path.name}, {sheet}{mistake.said}")
        assert not (found.years if mistake.table == "calendar" else found.body)


def test_there_is_a_sentence_for_more_than_fifty_mistakes() -> None:
    assert len({mistake.claim for mistake in MISTAKES}) == len(MISTAKES) > 50


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("gb18030", ","), ("utf-8-sig", ";"), ("utf-8", "\t")]
)
def test_a_file_as_chinese_excel_saves_it_is_read(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    path = write_csv(tmp_path / "t.csv", CATALOGUE, encoding, delimiter)
    assert read("catalogue", path).faults == []


def test_titles_above_the_header_merged_cells_and_numbers_are_as_people_make_them(
    tmp_path: Path,
) -> None:
    from openpyxl import Workbook

    book = Workbook()
    page = book.active
    assert page is not None
    page.title = "部件立案标准"
    page.append(["某市部件立案标准"])
    page.append([])
    page.append(
        [
            "大类代码",
            "小类代码",
            "小类名称",
            "立案条件",
            "处置时限（小时）",
            "结案标准",
            "责任单位",
            "备注",
        ]
    )
    page.append([1, 3, "雨水井盖", "井盖丢失", 2, "恢复原状", "排水管理处", "x"])
    page.append([None, None, None, "井盖破损", "4工作时", "更换", None, None])
    page.append([1, 4, "雨水箅子", "堵塞", 8.0, "疏通", "排水管理处", None])
    page.merge_cells("A1:H1")
    page.merge_cells("A4:A5")
    page.merge_cells("B4:B5")
    other = book.create_sheet("说明")
    other.append(["本表自发布之日起施行"])
    book.save(tmp_path / "t.xlsx")
    found = read("catalogue", tmp_path / "t.xlsx")
    assert found.faults == []
    assert [str(w) for w in found.warnings] == [
        "t.xlsx, sheet 说明: the sheet is not read: it lacks the header. "
        "Nothing is to be done, unless it is misspelt."
    ]
    cover, grate = found.body.classes
    assert (cover.code, cover.kind, len(cover.conditions)) == ("0103", "component", 2)
    assert [c.limit.amount for c in (*cover.conditions, *grate.conditions)] == [2, 4, 8]


def test_what_a_table_cannot_say_stays_as_it_was(tmp_path: Path) -> None:
    rows = [["class", "filing condition", "limit"], ["0149", "倒伏、倾斜", "1 working day"]]
    [regulator] = read("catalogue", write_csv(tmp_path / "t.csv", rows)).body.classes
    was = next(p for p in FORMER.classes if p.code == "0149")
    assert (regulator.name, regulator.responsible) == (was.name, was.responsible)
    fallen = next(c for c in was.conditions if c.slug == "fallen")
    assert regulator.conditions[0].slug == "fallen"
    assert regulator.conditions[0].text == fallen.text
    assert regulator.conditions[0].closed_when == fallen.closed_when


def test_an_unknown_column_is_told_and_does_no_harm(tmp_path: Path) -> None:
    rows = [[*row, "x"] for row in CALENDAR]
    found = read("calendar", write_csv(tmp_path / "t.csv", rows))
    assert [str(w) for w in found.warnings] == [
        "t.csv, row 1, x: the column is not read. Nothing is to be done, unless it is misspelt."
    ]


def test_a_year_is_given_whole(tmp_path: Path) -> None:
    found = read("calendar", write_csv(tmp_path / "t.csv", CALENDAR[:4]))
    assert "2027 has 3 holidays, and they are all that it will have" in str(found.faults[0])


def test_days_of_one_holiday_in_a_row_are_one_holiday(tmp_path: Path) -> None:
    [year] = read("calendar", write_csv(tmp_path / "t.csv", CALENDAR)).years
    assert [(h.name.zh, h.first.day, h.last.day) for h in year.holidays] == [
        ("元旦", 1, 1),
        ("春节", 5, 11),
    ]
    assert [day.isoformat() for day in year.worked] == ["2027-02-20"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t.xlsx", b"PK", "t.xlsx is no Excel file"),
        ("t.xlsx", b"", "t.xlsx is no Excel file"),
        ("t.xls", b"\xd0\xcf", "t.xls is of Excel before 2007: save it as .xlsx"),
        ("t.csv", b"\xff\xff\xff", "t.csv is neither UTF-8 nor GB 18030 text"),
    ],
)
def test_a_file_that_is_no_table_says_so(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableTable, match=words):
        read_sheets(tmp_path / name)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_of_nothing_is_a_fault(tmp_path: Path, table: str) -> None:
    assert read(table, write_csv(tmp_path / "t.csv", [])).faults
    assert read(table, write_csv(tmp_path / "h.csv", TABLES[table][:1])).faults


cell = st.sampled_from(
    [text for rows in TABLES.values() for row in rows for text in row]
    + ["", " ", "0", "=1/0", "\n"]
) | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)


@given(st.sampled_from([*TABLES]), st.lists(st.lists(cell, max_size=11), max_size=6))
def test_any_table_is_read_or_every_fault_has_its_place(
    tmp_path_factory: pytest.TempPathFactory, table: str, rows: list[list[str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    found = read(table, write_csv(path, [TABLES[table][0], *rows]))
    for fault in found.faults:
        assert fault.file == "any.csv"
        assert fault.what
        assert fault.mend
    assert bool(found.faults) != bool(found.years if table == "calendar" else found.body)
