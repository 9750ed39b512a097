"""`lifeline import pipes` and `lifeline export pipes` as an operator uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.cli import lifeline

pytestmark = pytest.mark.server
LINE = {"type": "LineString", "coordinates": [[117.2, 31.8], [117.21, 31.8]]}


@pytest.fixture
def run(database_url: str):
    def run(*words: object) -> Result:
        return CliRunner().invoke(lifeline, ["--database", database_url, *map(str, words)])

    return run


def written(path: Path, *features: dict[str, object]) -> Path:
    made = [
        {"type": "Feature", "properties": told, "geometry": LINE if told.get("id") else None}
        for told in features
    ]
    document = {"type": "FeatureCollection", "features": made}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def test_pipes_go_in_come_out_and_go_in_again_without_a_change(run, tmp_path: Path):
    file = written(tmp_path / "gas.geojson", {"id": "M-1", "管径": 300}, {"id": "M-2"})
    dry = run("import", "pipes", file, "--network", "gas", "--dry-run")
    assert "2 rows: 2 would be added, 0 would be changed, 0 as they were" in dry.output
    assert "2 added" in run("import", "pipes", file, "--network", "gas").output
    out = tmp_path / "out.geojson"
    assert f"{out}  2 pipes" in run("export", "pipes", "--out", out).output
    again = run("import", "pipes", out)
    assert (again.exit_code, again.output) == (0, "2 rows: 0 added, 0 changed, 2 as they were\n")
    none = tmp_path / "none.geojson"
    assert f"{none}  0 pipes" in run("export", "pipes", "--network", "heat", "--out", none).output
    assert json.loads(none.read_text())["features"] == []


def test_a_mistake_names_file_feature_and_mend_and_nothing_is_imported(run, tmp_path: Path):
    file = written(tmp_path / "p.geojson", {"id": "M-1", "network": "gas"}, {"network": "gas"})
    answer = run("import", "pipes", file)
    assert answer.exit_code == 1
    assert "2 pipes: nothing is imported; mend them first" in answer.output
    assert f"{file}:2: id: is missing. Give each pipe an id" in answer.output
    assert (
        "1 added" in run("import", "pipes", written(file, {"id": "M-1", "network": "gas"})).output
    )


def test_what_is_not_kept_and_what_goes_is_said(run, tmp_path: Path):
    file = written(tmp_path / "p.geojson", {"id": "M-1", "network": "gas", "depth": 1.2})
    answer = run("import", "pipes", file)
    assert (answer.exit_code, "warning: " in answer.output) == (0, True)
    assert "properties: nothing is kept of depth. README, Pipes, says what is." in answer.output
    file = written(tmp_path / "q.geojson", {"id": "M-1", "network": "gas", "removed": True})
    assert run("import", "pipes", file).output.endswith("1 removed\n")
