"""`lifeline rules`: versions put in force, tried, compared and taken back on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from one_rule import PACK

from deploy.cli import lifeline
from rules.pack import read_pack

pytestmark = pytest.mark.server

WHO = ("--actor", "chen", "--reason", "to see")
TESTS = """
rules: water.yml
tests:
  - name: deep water is found
    every: PT1M
    channels: {d/depth: {quantity: depth}}
    series: {d/depth: [{for: PT10M, level: DEPTH}]}
    expect: [{rule: water}]
"""
Say = Callable[..., Result]


@pytest.fixture
def say(database_url: str) -> Say:
    """Run `lifeline rules ...` on this test's database."""

    def run(*words: str | Path) -> Result:
        given = ["--database", database_url, "rules", *map(str, words)]
        return CliRunner().invoke(lifeline, given)

    return run


def pack(folder: Path, limit: int = 15, depth: float = 0.3, **replaced: str) -> Path:
    """Write a pack with its tests; return its file."""
    text = PACK.replace("15 cm", f"{limit} cm")
    for old, new in replaced.items():
        text = text.replace(f"{old}: active", f"{old}: {new}")
    (folder / "water.yml").write_text(text)
    (folder / "water.test.yml").write_text(TESTS.replace("DEPTH", str(depth)))
    return folder / "water.yml"


def version(file: Path) -> str:
    return read_pack(file.read_text()).rules["water"].version


def test_a_saved_pack_is_in_force_and_its_history_says_by_whom(say: Say, tmp_path: Path) -> None:
    file = pack(tmp_path)
    saved = say("save", file, *WHO)
    assert saved.exit_code == 0, saved.output
    assert "deep water is found" in saved.output
    assert f"water: save {version(file)}" in saved.output
    assert version(file) in say("list").output
    assert "by chen: to see" in say("history", "water").output


def test_a_pack_whose_tests_fail_changes_nothing(say: Say, tmp_path: Path) -> None:
    refused = say("save", pack(tmp_path, depth=0.1), *WHO)
    assert refused.exit_code == 1
    assert "its tests fail; nothing was changed" in refused.output
    assert "water" not in say("list").output


@pytest.mark.parametrize("left_out", ["--actor", "--reason"])
@pytest.mark.parametrize("command", ["save", "shadow", "promote", "discard", "rollback"])
def test_nothing_is_changed_without_who_and_why(
    say: Say, tmp_path: Path, command: str, left_out: str
) -> None:
    at = WHO.index(left_out)
    said = say(command, pack(tmp_path), *WHO[:at], *WHO[at + 2 :])
    assert said.exit_code == 2
    assert f"Missing option '{left_out}'" in said.output


def test_a_trial_is_told_apart_promoted_and_rolled_back(say: Say, tmp_path: Path) -> None:
    old = version(pack(tmp_path))
    say("save", tmp_path / "water.yml", *WHO)
    new = version(pack(tmp_path, 12))
    assert say("shadow", tmp_path / "water.yml", *WHO).exit_code == 0
    told = say("diff", "water").output
    assert f"water: {old} → {new}" in told
    assert "signals.deep.detect.0.high: 15 cm → 12 cm" in told
    compared = say("compare", "water").output
    assert f"{new} on trial since" in compared
    assert f"beside {old}" in compared
    assert f"promote {new}, for {old}" in say("promote", "water", *WHO).output
    assert f"rollback {old}, for {new}" in say("rollback", "water", *WHO).output
    assert f"water: {new} → {old}" in say("diff", "water", new).output


def test_a_discarded_trial_leaves_what_is_in_force(say: Say, tmp_path: Path) -> None:
    say("save", pack(tmp_path), *WHO)
    say("shadow", pack(tmp_path, 12), *WHO)
    assert "discard no version" in say("discard", "water", *WHO).output
    assert "no version is on trial" in say("compare", "water").output


def test_a_retired_rule_goes(say: Say, tmp_path: Path) -> None:
    say("save", pack(tmp_path), *WHO)
    gone = pack(tmp_path, status="retired")
    (tmp_path / "water.test.yml").unlink()
    assert "retire no version" in say("save", gone, *WHO).output
    assert "none" in say("list").output


@pytest.mark.parametrize("command", ["history", "diff"])
def test_a_rule_that_is_not_is_said_to_be_none(say: Say, command: str) -> None:
    said = say(command, "nothing")
    assert said.exit_code == 1
    assert "there is no rule nothing" in said.output
