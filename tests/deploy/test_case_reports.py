"""`lifeline cases report`: what is told becomes a case, once, and who called is asked for apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from one_picture import PHOTO, PNG

from deploy.cli import lifeline
from store.database import Connection

pytestmark = pytest.mark.server

WATER = (
    "--source", "hotline", "--actor", "operator-3", "--code", "0506", "--kind", "event",
    "--at", "120.155,30.274", "--text", "Water stands on the road",
)  # fmt: skip


def run(url: str, *more: str, given: str = "") -> Result:
    command = ["--database", url, "cases", "report", *WATER, *more]
    return CliRunner().invoke(lifeline, command, input=given)


def test_a_report_opens_a_case_and_the_next_is_told_of_it(
    database: Connection, database_url: str
) -> None:
    first = run(database_url)
    assert first.exit_code == 0, first.output
    number = first.output.split()[1]
    second = run(database_url)
    assert f"perhaps the same: case {number} reported, 道路积水" in second.output
    assert "0 m away" in second.output
    joined = run(database_url, "--join-to", number)
    assert joined.output.startswith(f"case {number} joined; report ")
    row = database.execute("SELECT code_list, code, title_zh FROM cases LIMIT 1").fetchone()
    assert row == ("GB/T 30428.2-2013", "0506", "道路积水")


def test_a_report_with_its_number_is_taken_once(database: Connection, database_url: str) -> None:
    sent = ("--system", "12345", "--external-id", "7")
    first, again = run(database_url, *sent), run(database_url, *sent)
    assert again.output == first.output.replace("opened", "already had it")


def test_a_picture_goes_with_it(database: Connection, database_url: str, tmp_path: Path) -> None:
    (tmp_path / "road.png").write_bytes(PNG)
    said = run(database_url, "--photo", str(tmp_path / "road.png"))
    assert said.exit_code == 0, said.output
    assert database.execute("SELECT photos FROM reports").fetchone() == ([PHOTO],)


def test_who_called_is_asked_for_and_not_printed(database: Connection, database_url: str) -> None:
    said = run(database_url, "--caller", given="张三丰\n13812349876\n")
    assert said.exit_code == 0, said.output
    assert database.execute("SELECT name, phone FROM callers").fetchone() == (
        "张三丰", "13812349876",
    )  # fmt: skip
    assert "13812349876" not in said.output.splitlines()[-1]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--at", "here"), "is not like 120.155,30.274"),
        (("--source", "police"), "a hand-over from 110 has a number there"),
        (("--code", "7777"), "has no event 7777"),
        (("--component", "9"), "there is no component 9"),
        (("--join-to", "20990101-000001"), "there is no case 20990101-000001"),
    ],
)
def test_what_cannot_be_taken_says_why(
    database: Connection, database_url: str, more: tuple[str, ...], said: str
) -> None:
    result = run(database_url, *more)
    assert (result.exit_code != 0, said in result.output) == (True, True), result.output


def test_a_file_that_is_no_picture_is_refused(
    database: Connection, database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "road.jpg").write_text("<html>")
    assert "neither a JPEG" in run(database_url, "--photo", str(tmp_path / "road.jpg")).output


def test_a_number_that_is_none_is_refused_without_being_repeated(
    database: Connection, database_url: str
) -> None:
    said = run(database_url, "--caller", given="张三丰\n1381234987x\n")
    assert said.exit_code != 0
    assert "caller.phone" in said.output.splitlines()[-1]
    assert "1381234987x" not in said.output.splitlines()[-1]
