"""cases/README.md is held to the code: every example in it is loaded or imported as it stands."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from cases.catalogue import CodeList
from cases.city import load_city
from cases.departments import Departments
from deploy.cli import lifeline
from store.import_words import CATALOGUE

README = (Path(__file__).parents[1] / "cases/README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    fenced = (block.partition("\n") for block in README.split("```")[1::2])
    return [text for written, _, text in fenced if written == language]


def test_the_files_of_the_folder_load(tmp_path: Path) -> None:
    listed, departments = blocks("yaml")
    code_list = CodeList.model_validate(yaml.safe_load(listed))
    assert code_list.is_in_force(datetime(2026, 6, 1, tzinfo=UTC))
    found = Departments.model_validate(yaml.safe_load(departments))
    (tmp_path / "departments.yml").write_text(departments, encoding="utf-8")
    assert load_city(tmp_path).departments == found


def test_the_order_in_which_departments_are_asked_is_as_written() -> None:
    city = load_city()
    found = Departments.model_validate(yaml.safe_load(blocks("yaml")[1]))
    flood = city.catalogue.condition("GB/T 30428.2-2013", "0506", "standing-water")
    assert found.dispatched(flood, "340199001002003").code == "12000000000000035B"
    assert found.dispatched(flood, "340199002002003").code == "11000000000000019Q"
    cover = city.catalogue.condition("GB/T 30428.2-2013", "0101", "cover-missing")
    assert set(found.who(cover.problem, cover.code_list, "340199")) == {
        "responsible", "owning", "maintaining"
    }  # fmt: skip


@pytest.mark.server
def test_the_imports_do_what_is_said(database_url: str, tmp_path: Path) -> None:
    conditions, departments, matrix, holidays = blocks("csv")
    named = {
        "立案标准.csv": conditions,
        "部门.csv": departments,
        "责任矩阵.csv": matrix,
        "2027.csv": holidays,
        "cells.geojson": blocks("json")[0],
    }
    for name, text in named.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    commands = [
        line for block in blocks("") for line in block.splitlines() if line.startswith("lifeline ")
    ]
    assert len(commands) == 5
    # The question comes first in the text, and is answered after the imports here.
    for line in [*commands[1:], commands[0]]:
        words = [str(tmp_path / word) if word in named else word for word in shlex.split(line)[1:]]
        said = CliRunner().invoke(lifeline, ["--database", database_url, *words])
        assert said.exit_code == 0, (line, said.output)


@pytest.mark.parametrize(
    "name", ["code", "text", "limit", "name", "kind", "closed_when", "responsible", "slug", "local"]
)
def test_every_column_is_told_by_its_first_name(name: str) -> None:
    assert f"| {CATALOGUE[name][0]} |" in README
