"""The README is held to the code: what can be set, sent, asked or detected stands in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from psycopg_pool import ConnectionPool

from api.app import create_app
from api.services import Services
from deploy.cli import COMMANDS, lifeline
from deploy.settings import Settings, Source
from detectors.registry import REGISTRY, TOGETHER
from ingest.asset_rows import COLUMNS
from ingest.formats import FORMATS
from rules.policy import Policy
from rules.schema import Rule, Signal

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
PACKS = (Path(__file__).parents[1] / "rules/packs/README.md").read_text(encoding="utf-8")


def routes() -> list[str]:
    pool = ConnectionPool("postgresql:///nowhere", open=False)
    app = create_app(Services(pool, lambda _: pytest.fail("nothing is sent"), lambda: 0))
    return sorted(app.openapi()["paths"])


@pytest.mark.parametrize("route", routes())
def test_every_route_is_in_the_readme(route: str) -> None:
    assert f"`{route}`" in README


@pytest.mark.parametrize("name", [*Settings.model_fields, *Source.model_fields])
def test_every_setting_is_in_the_readme(name: str) -> None:
    assert f"`{name}`" in README


@pytest.mark.parametrize("name", [*REGISTRY, *TOGETHER])
def test_every_detector_is_in_the_readme(name: str) -> None:
    assert f"| `{name}` |" in README


@pytest.mark.parametrize("name", sorted({name.partition(":")[0] for name in FORMATS}))
def test_every_format_is_in_the_readme(name: str) -> None:
    assert f"| `{name}` |" in README


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_every_column_of_assets_is_in_the_readme(name: str) -> None:
    section = README.partition("## Assets")[2].partition("\n## ")[0]
    assert name in section


@pytest.mark.parametrize("name", [*Rule.model_fields, *Signal.model_fields, *Policy.model_fields])
def test_every_field_of_a_rule_is_in_the_readme_of_the_packs(name: str) -> None:
    section = PACKS.partition("## What a rule says")[2].partition("\n## ")[0]
    assert f"`{name}`" in section or name == "version"  # filled in by the loader


def test_the_rule_and_the_tests_written_in_the_readme_do_what_it_says(tmp_path: Path) -> None:
    section = README.partition("### Write one")[2].partition("\n### ")[0]
    rule, tests = (part.partition("```")[0] for part in section.split("```yaml\n")[1:])
    (tmp_path / "road.yml").write_text(rule, encoding="utf-8")
    (tmp_path / "road.test.yml").write_text(tests, encoding="utf-8")
    for command, end in (("check", "1 rule is well written"), ("test", "2 tests, 0 failed")):
        said = CliRunner().invoke(lifeline, ["rules", command, str(tmp_path / "road.yml")])
        assert said.output.endswith(f"{end}\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme_and_helps_with_an_example(name: str) -> None:
    assert f"`lifeline {name}" in README
    command = lifeline.get_command(None, name)
    leaves = getattr(command, "commands", None)
    for path in [[name, leaf] for leaf in leaves] if leaves else [[name]]:
        said = CliRunner().invoke(lifeline, [*path, "--help"])
        assert said.exit_code == 0
        assert "Example:" in said.output, path
