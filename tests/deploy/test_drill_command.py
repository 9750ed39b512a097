"""`lifeline drill`: the scenarios, a drill by the command alone, and the same report again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from drilled import running
from signed_in import key

from deploy.cli import lifeline
from simulators.story import stories
from store.access import Grant

pytestmark = pytest.mark.server


def test_a_drill_is_run_and_reported_by_commands_alone(
    database_url: str, open_folder: Path
) -> None:
    def said(*words: str) -> str:
        answer = CliRunner().invoke(lifeline, ["--database", database_url, *words])
        assert answer.exit_code == 0, answer.output
        return answer.output

    with running(database_url, open_folder, speed=900.0) as app:
        leader = key(app.database, "leader", Grant("drill-leader"))
        place = ("--lon", "120.1", "--lat", "30.3", "--url", app.url)
        ran = said("drill", "run", "flood-underpass", "--key", leader, *place)
        listed = said("drill", "list")
    assert all(name in listed for name in stories())
    assert "ended" in listed
    assert "Standing water in the underpass" in ran
    told = json.loads(said("drill", "report", "1", "--json"))
    [flood, *others] = told["happenings"]
    assert (flood["fate"], [one["fate"] for one in others]) == ("found", ["quiet", "quiet"])
    printed = said("drill", "report", "1")
    assert printed == ran[ran.index(printed[:40]) :]


def test_who_may_not_lead_is_told_so(database_url: str, open_folder: Path) -> None:
    with running(database_url, open_folder) as app:
        secret = key(app.database, "wang", Grant("dispatcher"))
        answer = CliRunner().invoke(
            lifeline, ["drill", "run", "gas-leak", "--key", secret, "--url", app.url]
        )
    assert answer.exit_code == 1
    assert "drills.run" in answer.output


def test_a_scenario_of_the_city_that_cannot_be_played_is_named(tmp_path: Path) -> None:
    (tmp_path / "ours.yml").write_text("title: {zh: 一}\n", encoding="utf-8")
    settings = tmp_path / "lifeline.yml"
    settings.write_text(f"scenarios: {tmp_path}\n", encoding="utf-8")
    (tmp_path / "lifeline.yml").rename(tmp_path / "settings.yaml")
    answer = CliRunner().invoke(
        lifeline, ["--settings", str(tmp_path / "settings.yaml"), "drill", "list"]
    )
    assert answer.exit_code == 1
    assert "ours.yml: title.en: Field required" in answer.output
