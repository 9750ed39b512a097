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
from detectors.registry import REGISTRY
from ingest.asset_rows import COLUMNS
from ingest.formats import FORMATS

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


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


@pytest.mark.parametrize("name", REGISTRY)
def test_every_detector_is_in_the_readme(name: str) -> None:
    assert f"| `{name}` |" in README


@pytest.mark.parametrize("name", sorted({name.partition(":")[0] for name in FORMATS}))
def test_every_format_is_in_the_readme(name: str) -> None:
    assert f"| `{name}` |" in README


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_every_column_of_assets_is_in_the_readme(name: str) -> None:
    section = README.partition("## Assets")[2].partition("\n## ")[0]
    assert name in section


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme_and_helps_with_an_example(name: str) -> None:
    assert f"`lifeline {name}" in README
    command = lifeline.get_command(None, name)
    leaves = getattr(command, "commands", None)
    for path in [[name, leaf] for leaf in leaves] if leaves else [[name]]:
        said = CliRunner().invoke(lifeline, [*path, "--help"])
        assert said.exit_code == 0
        assert "Example:" in said.output, path
