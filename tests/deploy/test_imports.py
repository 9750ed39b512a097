"""`lifeline import` and `lifeline departments` as an operator uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bad_tables import CALENDAR, CATALOGUE, DEPARTMENTS, MATRIX, write_csv, write_excel
from click.testing import CliRunner, Result

from deploy.cli import lifeline

pytestmark = pytest.mark.server
GB = "GB/T 30428.2-2013"
SINCE = ["--version", "2", "--in-force-from", "2020-01-01"]


@pytest.fixture
def run(database_url: str, tmp_path: Path):
    def run(*words: object) -> Result:
        return CliRunner().invoke(lifeline, ["--database", database_url, *map(str, words)])

    return run


def test_departments_are_imported_from_one_excel_file_and_asked_who_answers(run, tmp_path: Path):
    write_csv(tmp_path / "d.csv", DEPARTMENTS)
    write_excel(tmp_path / "m.xlsx", MATRIX)
    words = ("import", "departments", tmp_path / "d.csv", tmp_path / "m.xlsx", *SINCE)
    dry = run(*words, "--dry-run")
    assert "departments: would be added" in dry.output
    assert "  new: matrix: event 0506 in 340199001" in dry.output
    assert "排水管理处" not in run("departments", "list").output.partition("version 2024.1")[2]
    done = run(*words)
    assert (done.exit_code, "departments: added" in done.output) == (0, True)
    assert "as it was: no new version" in run(*words).output
    who = run("departments", "who", "--class", "0506", "--area", "340199001", "--code-list", GB)
    by = "by the matrix"
    assert who.output.splitlines() == [
        f"{GB}: component 0506 水域附属设施 Waterside facility",
        "  主管 responsible: 11000000000000019Q 区人民政府: "
        f"主管 responsible for any class in 340199, {by}",
        "  权属 owning: nobody is named",
        "  养护 maintaining: nobody is named",
        f"{GB}: event 0506 道路积水 Standing water on the road",
        "  主管 responsible: 12000000000000035B 排水管理处: "
        f"主管 responsible for event 0506 in 340199001, {by}",
        "  权属 owning: nobody is named",
        "  养护 maintaining: nobody is named",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--class", "9999"), "Error: no class 9999 in CJ/T 214-2007, "),
        (("--class", "0506", "--code-list", "GB"), "Error: no class 0506 in GB\n"),
        (("--class", "0506", "--area", "1101010"), "Error: --area: area code '1101010' has 7"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(run, words: tuple[str, ...], said: str):
    answer = run("departments", "who", *words)
    assert (answer.exit_code, said in answer.output) == (1, True)


def test_a_faulty_table_is_named_and_nothing_is_imported(run, tmp_path: Path):
    rows = [list(row) for row in CATALOGUE]
    rows[2][7], rows[3][7] = "soon", "2天"
    path = write_excel(tmp_path / "立案标准.xlsx", rows)
    answer = run("import", "catalogue", path, "--code-list", GB, *SINCE)
    assert answer.exit_code == 1
    assert (
        "立案标准.xlsx, sheet 表, row 3, 处置时限: 'soon' is no time limit. Write 2小时"
        in answer.output
    )
    assert "5 rows" not in answer.output
    assert "4 rows: nothing is imported; mend them first" in answer.output


def test_a_catalogue_must_have_what_the_rules_find(run, tmp_path: Path):
    path = write_csv(tmp_path / "c.csv", CATALOGUE)
    answer = run("import", "catalogue", path, "--code-list", GB, *SINCE)
    assert answer.exit_code == 1
    assert "gas.methane.lasting: no filing condition 'gas-leak' for class 0502" in answer.output


def test_a_list_of_the_citys_own_is_imported(run, tmp_path: Path):
    path = write_csv(tmp_path / "c.csv", CATALOGUE)
    answer = run("import", "catalogue", path, "--code-list", "our own", *SINCE)
    assert answer.output.splitlines()[-2:] == [
        "our own: added",
        "4 rows: 4 filing conditions new, 0 changed, 0 gone",
    ]
    again = run("import", "catalogue", path, "--code-list", "our own", *SINCE)
    assert again.output.splitlines()[-2:] == [
        "our own: as it was: no new version",
        "4 rows: 4 filing conditions new, 0 changed, 0 gone",
    ]


def test_a_version_that_cannot_be_is_said(run, tmp_path: Path):
    path = write_csv(tmp_path / "c.csv", CATALOGUE)
    run("import", "catalogue", path, "--code-list", "our own", *SINCE)
    write_csv(path, CATALOGUE[:-1])
    answer = run("import", "catalogue", path, "--code-list", "our own", *SINCE)
    assert (answer.exit_code, "Error: version 2 is there already" in answer.output) == (1, True)


def test_holidays_and_areas_are_imported(run, tmp_path: Path):
    days = write_csv(tmp_path / "2027.csv", CALENDAR)
    answer = run("import", "calendars", days, "--source", "a notice")
    assert answer.output.splitlines()[-2:] == [
        "2027: added",
        "9 rows: 1 years new, 0 changed, 0 gone",
    ]
    ring = [[117, 31], [117.1, 31], [117.1, 31.1], [117, 31.1]]
    cell = {
        "type": "Feature",
        "properties": {"code": "340199001001001"},
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
    }
    bad = cell | {
        "properties": {"code": "340199001001002"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    file = tmp_path / "cells.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [cell, bad]}))
    answer = run("import", "areas", file)
    assert answer.exit_code == 1
    assert "2 rows: 1 added, 0 changed, 0 as they were" in answer.output
    assert (
        f"{file}:2: geometry: a ring is not closed. Its last point is its first." in answer.output
    )
    again = run("import", "assets", file, "--dry-run")
    assert "2 rows: 0 would be added, 0 would be changed, 1 as they were" in again.output
