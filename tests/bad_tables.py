"""A city's tables without a mistake, and every mistake in them: what is changed, what is said."""

# ruff: noqa: E501 - a sentence a row

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from openpyxl import Workbook

Rows = list[list[str]]

CATALOGUE: Rows = [
    [
        "序号",
        "类别",
        "大类代码",
        "小类代码",
        "小类名称",
        "条件代号",
        "立案条件",
        "处置时限",
        "结案标准",
        "责任部门",
        "扩展",
    ],
    [
        "1",
        "部件",
        "01",
        "03",
        "雨水井盖",
        "cover-missing",
        "井盖丢失",
        "2紧急工作时",
        "恢复原状",
        "排水管理处",
        "",
    ],
    [
        "2",
        "部件",
        "01",
        "03",
        "雨水井盖",
        "cover-broken",
        "井盖破损",
        "4工作时",
        "更换或修复",
        "排水管理处",
        "",
    ],
    [
        "3",
        "事件",
        "05",
        "06",
        "道路积水",
        "standing-water",
        "积水影响通行",
        "2小时",
        "积水排除",
        "排水管理处",
        "",
    ],
    [
        "4",
        "事件",
        "05",
        "99",
        "共享单车乱停",
        "bikes",
        "占用盲道",
        "1个工作日",
        "清理",
        "城市管理执法局",
        "是",
    ],
]
DEPARTMENTS: Rows = [
    ["统一社会信用代码", "单位名称", "职责", "辖区", "兜底"],
    ["11000000000000019Q", "区人民政府", "district", "", "是"],
    ["12000000000000035B", "排水管理处", "drainage", "340199、340102", ""],
    ["91000000000000027B", "供水公司", "water", "*", ""],
]
MATRIX: Rows = [
    ["小类代码", "部件/事件", "区域代码", "主管部门", "权属部门", "养护部门"],
    ["0506", "事件", "340199001", "排水管理处", "", ""],
    ["01", "", "*", "区人民政府", "供水公司", "91000000000000027B"],
    ["*", "", "340199", "区人民政府", "", ""],
]
CALENDAR: Rows = [
    ["日期", "类型", "名称"],
    ["2027-01-01", "放假", "元旦"],
    *[[f"2027-02-{day:02}", "holiday", "春节"] for day in range(5, 12)],
    ["2027-02-20", "调休", ""],
]
TABLES = {
    "catalogue": CATALOGUE,
    "departments": DEPARTMENTS,
    "matrix": MATRIX,
    "calendar": CALENDAR,
}


class Mistake(NamedTuple):
    claim: str
    table: str
    row: int  #: as the file counts, 1 is the header
    column: str
    written: str | None  #: in the place of what is right; None: the column is not there
    said: str  #: after file and sheet


MISTAKES = [
    # The header.
    Mistake("no column of classes", "catalogue", 1, "小类代码", None, "row 1, 小类代码: the column is missing. Head it 小类代码 or 小类编码 or 小类编号."),
    Mistake("no column of conditions", "catalogue", 1, "立案条件", None, "row 1, 立案条件: the column is missing. Head it 立案条件 or 立案标准"),
    Mistake("no column of limits", "catalogue", 1, "处置时限", None, "row 1, 处置时限: the column is missing. "),
    Mistake("a misspelt header", "catalogue", 1, "处置时限", "处置时现", "row 1, 处置时限: the column is missing. "),
    Mistake("two columns with one header", "catalogue", 1, "序号", "处置时限", "row 1, 处置时限: two columns are headed so. Leave one out."),
    # Classes.
    Mistake("a class that is empty", "catalogue", 2, "小类代码", "", "row 2, 小类代码: is empty. Every class has a number."),
    Mistake("a class in letters", "catalogue", 2, "小类代码", "O3", "row 2, 小类代码: 'O3' is not all digits. Write digits alone, as 0103."),
    Mistake("a major class in letters", "catalogue", 2, "大类代码", "A", "row 2, 大类代码: 'A' is not all digits."),
    Mistake("a class that lost its zero", "catalogue", 2, "大类代码", "", "row 2, 小类代码: 103 has 3 digits. Is a zero lost? Write 0103, in a column of text."),
    Mistake("a class of another major class", "catalogue", 2, "小类代码", "0203", "row 2, 小类代码: 0203 is not of major class 01. Mend one of the two."),
    Mistake("a class of six digits", "catalogue", 2, "小类代码", "010300", "row 2, 小类代码: 010300 has 6 digits. It has 4, or 5 with a minor class of 3."),
    Mistake("neither component nor event", "catalogue", 2, "类别", "井", "row 2, 类别: '井' is neither. Write 部件 or 事件."),
    Mistake("component or event left open", "catalogue", 5, "类别", "", "row 5, 类别: is 0599 a component or an event. Write 部件 or 事件"),
    Mistake("a class without a name", "catalogue", 5, "小类名称", "", "row 5, 小类名称: 0599 has no name. Every class needs one."),
    Mistake("a class with two names", "catalogue", 3, "小类名称", "污水井盖", "row 3, 小类名称: 0103 is '污水井盖' here, '雨水井盖' in row 2. One class, one name."),
    Mistake("a department that nobody knows", "catalogue", 2, "责任部门", "排水处", "row 2, 责任部门: no department is called '排水处'. Write a department's name or code, or a role: "),
    Mistake("a class with two departments", "catalogue", 3, "责任部门", "供水公司", "row 3, 责任部门: 0103 is drainage's in row 2. A class has one; by area: the matrix"),
    Mistake("no department", "catalogue", 5, "责任部门", "", "row 5, 责任部门: is empty. Write a department's name, code or role."),
    Mistake("an extension in a word", "catalogue", 5, "扩展", "maybe", "row 5, 扩展: 'maybe' is neither. Write 是 or 否."),
    Mistake("an extension that does not count down", "catalogue", 5, "小类代码", "98", "row 5, 小类代码: 0598: extensions count down from 99, so 0599 comes before it. Number them without a gap."),
    Mistake("an extension of three digits that is too low", "catalogue", 5, "小类代码", "079", "row 5, 小类代码: 05079: 079 is no number of an extension: 080 to 999 are. "),
    # Conditions.
    Mistake("no condition", "catalogue", 2, "立案条件", "", "row 2, 立案条件: is empty. Every row is one filing condition."),
    Mistake("a condition twice", "catalogue", 3, "立案条件", "井盖丢失", "row 3, 立案条件: 0103 has this condition already: cover-broken. Leave one row out."),
    Mistake("a name for rules twice", "catalogue", 3, "条件代号", "cover-missing", "row 3, 立案条件: 0103 has this condition already: cover-missing."),
    Mistake("a name for rules that is none", "catalogue", 2, "条件代号", "Cover Missing", "row 2, 条件代号: 'Cover Missing' is no name for rules. Write small letters, digits and -"),
    Mistake("nothing to close by", "catalogue", 5, "结案标准", "", "row 5, 结案标准: is empty. Say what must hold before a case is closed."),
    # Limits.
    Mistake("no limit", "catalogue", 2, "处置时限", "", "row 2, 处置时限: '' is no time limit. Write 2小时, 2紧急工作时, 4工作时 or 1个工作日."),
    Mistake("a limit in words", "catalogue", 2, "处置时限", "立即", "row 2, 处置时限: '立即' is no time limit."),
    Mistake("a limit without unit", "catalogue", 2, "处置时限", "2", "row 2, 处置时限: '2' has no unit."),
    Mistake("a limit in an unknown unit", "catalogue", 2, "处置时限", "2旬", "row 2, 处置时限: '2旬': '旬' is no unit of time."),
    Mistake("a limit in days of either kind", "catalogue", 2, "处置时限", "2天", "row 2, 处置时限: '2天': 天 may be either kind of day. Write 工作日 (working days) or 自然日 (calendar days)."),
    Mistake("a limit of nothing", "catalogue", 2, "处置时限", "0小时", "row 2, 处置时限: '0小时' is not longer than nothing."),
    Mistake("a limit of two years", "catalogue", 2, "处置时限", "500工作日", "row 2, 处置时限: '500工作日' is longer than a year."),
    Mistake("a negative limit", "catalogue", 2, "处置时限", "-2小时", "row 2, 处置时限: '-2小时' is no time limit."),
    # Departments.
    Mistake("no column of codes", "departments", 1, "统一社会信用代码", None, "row 1, 部门代码: the column is missing. "),
    Mistake("a mistyped department code", "departments", 3, "统一社会信用代码", "12000000000000035C", "row 3, 统一社会信用代码: department code '12000000000000035C': check character 'C', not 'B'. Copy the unified"),
    Mistake("a short department code", "departments", 3, "统一社会信用代码", "1200", "row 3, 统一社会信用代码: department code '1200' has 4 characters; it needs 18."),
    Mistake("a department twice", "departments", 3, "统一社会信用代码", "11000000000000019Q", "row 3, 统一社会信用代码: 11000000000000019Q is there already. Give every department one row."),
    Mistake("a department without a name", "departments", 3, "单位名称", "", "row 3, 单位名称: is empty. Every department has a name."),
    Mistake("two departments of one name", "departments", 3, "单位名称", "区人民政府", "row 3, 单位名称: 区人民政府 is there already. Tell the two apart by name."),
    Mistake("an area of no length", "departments", 3, "辖区", "3401990", "row 3, 辖区: area code '3401990' has 7 characters; it needs 2, 4, 6, 9 or 12 digits. Write the beginning of grid"),
    Mistake("a fallback in a word", "departments", 3, "兜底", "perhaps", "row 3, 兜底: 'perhaps' is neither. Write 是 for one, or leave it."),
    Mistake("two fallbacks", "departments", 3, "兜底", "是", "兜底: 2 departments are the fallback. Mark one: the district government."),
    # The matrix.
    Mistake("a class that is none", "matrix", 2, "小类代码", "506", "row 2, 小类代码: '506' is no class. Write a major class as 01, a class as 0103, or * for any"),
    Mistake("a kind that is none", "matrix", 2, "部件/事件", "井", "row 2, 部件/事件: '井' is neither. Write 部件 or 事件, or leave it."),
    Mistake("an area in a word", "matrix", 2, "区域代码", "东城", "row 2, 区域代码: area code '东城'"),
    Mistake("a responsible that nobody knows", "matrix", 2, "主管部门", "水务局", "row 2, 主管部门: no department is called '水务局'. Write a code or a name of: "),
    Mistake("an owner that nobody knows", "matrix", 3, "权属部门", "自来水", "row 3, 权属部门: no department is called '自来水'."),
    Mistake("nobody at all", "matrix", 2, "主管部门", "", "row 2, 主管部门: the row names no department. Name one, or leave the row out."),
    # The calendar.
    Mistake("no column of kinds", "calendar", 1, "类型", None, "row 1, 类型: the column is missing. "),
    Mistake("a day that is none", "calendar", 2, "日期", "2027-02-30", "row 2, 日期: '2027-02-30' is no day. Write it as 2026-10-01."),
    Mistake("a day of a year long ago", "calendar", 2, "日期", "0027-01-01", "row 2, 日期: '0027-01-01' is no day."),
    Mistake("a day twice", "calendar", 2, "日期", "2027-02-05", "row 3, 日期: 2027-02-05 is there already. Give a day one row."),
    Mistake("a kind of day that is none", "calendar", 2, "类型", "half", "row 2, 类型: 'half' is neither. Write holiday (放假) or worked (调休)."),
    Mistake("a weekday worked in exchange", "calendar", 10, "日期", "2027-02-22", "row 10, 日期: 2027-02-22 is a Monday, which is worked anyway. Only weekend days are worked"),
    Mistake("a holiday without a name", "calendar", 2, "名称", "", "row 2, 名称: is empty. Name the holiday."),
]  # fmt: skip


def with_mistake(mistake: Mistake) -> Rows:
    """Return the table with one cell, or its whole column, otherwise."""
    rows = [list(row) for row in TABLES[mistake.table]]
    place = rows[0].index(mistake.column)
    if mistake.written is None:
        return [row[:place] + row[place + 1 :] for row in rows]
    rows[mistake.row - 1][place] = mistake.written
    if mistake.claim == "a class that lost its zero":
        rows[mistake.row - 1][rows[0].index("小类代码")] = "103"
    return rows


def write_csv(path: Path, rows: Rows, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def write_excel(path: Path, rows: Rows, sheet: str = "表") -> Path:
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append(row)
    book.save(path)
    return path
