"""The alerts on this system itself: Prometheus' own tool tests them, and the metrics exist."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from deploy.own_key import own_key
from deploy.settings import Settings
from deploy.wiring import build

FOLDER = Path(__file__).parents[2] / "deploy" / "prometheus"
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool of Debian's prometheus")


def read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def alerts() -> list[dict[str, Any]]:
    return [rule for group in read("alerts.yml")["groups"] for rule in group["rules"]]


def told(*args: str, folder: Path = FOLDER) -> str:
    assert PROMTOOL is not None
    run = subprocess.run([PROMTOOL, *args], cwd=folder, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@needs_promtool
def test_the_rules_are_well_formed():
    assert f"{len(alerts())} rules found" in told("check", "rules", "alerts.yml")


@needs_promtool
def test_each_alert_fires_where_it_should_and_nowhere_else():
    assert "SUCCESS" in told("test", "rules", "alerts.test.yml")


@needs_promtool
def test_the_example_configuration_is_read(tmp_path: Path):
    for name in ("prometheus.yml", "alerts.yml"):
        shutil.copy(FOLDER / name, tmp_path)
    (tmp_path / "lifeline.key").write_text("key")
    assert "SUCCESS" in told("check", "config", "prometheus.yml", folder=tmp_path)


def test_every_alert_has_a_case_that_fires_and_one_that_must_not():
    cases = [each for test in read("alerts.test.yml")["tests"] for each in test["alert_rule_test"]]
    fires = {case["alertname"] for case in cases if case.get("exp_alerts")}
    quiet = {case["alertname"] for case in cases if not case.get("exp_alerts")}
    assert fires == quiet == {rule["alert"] for rule in alerts()}
    for rule in alerts():
        assert set(rule["annotations"]) == {"summary", "mend"}


@pytest.fixture
def told_by_lifeline(database_url: str, open_folder: Path) -> dict[str, set[str]]:
    """The metrics of a running system, each with the values of its labels."""
    settings = Settings(database=database_url, data_folder=open_folder, broker_port=0, http_port=0)
    app = build(settings)
    app.start()
    try:
        while not app.server.started:
            app.serving.join(0.05)
        asked = Request(f"{app.url}/metrics")
        asked.add_header("Authorization", f"Bearer {own_key(app.database, 'test')}")
        for _ in range(2):  # the first asking is among the requests of the second
            with urlopen(asked, timeout=30) as answer:
                text = answer.read().decode()
    finally:
        app.stop()
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = {f'{name}="{value}"' for name, value in sample.labels.items()}
            found.setdefault(sample.name, set()).update(labels)
    return found


@pytest.mark.server
def test_the_metrics_and_parts_that_alerts_name_are_there(told_by_lifeline):
    for rule in alerts():
        for name, labels in re.findall(r"(lifeline_\w+)(?:\{([^}]*)\})?", rule["expr"]):
            assert name in told_by_lifeline, (rule["alert"], name)
            for part in re.findall(r'part="\w+"', labels):
                assert part in told_by_lifeline[name]
    assert told_by_lifeline["lifeline_source_connected"] == {'source="broker"'}
    assert 'route="/metrics"' in told_by_lifeline["lifeline_http_requests_total"]
