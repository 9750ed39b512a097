"""A typed client made from the OpenAPI document by openapi-python-client types, and works."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from mypy import api as mypy

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]

NAME = "lifeline_client"
#: Answers that are no JSON, which this generator leaves out; all else must be made without a word.
NOT_JSON = {
    "GET /api/v1/evaluation/ranking.pdf", "GET /api/v1/map/cases", "GET /api/v1/map/sensors",
    "GET /api/v1/photos/{photo}", "GET /api/v1/photos/{photo}/thumbnail", "GET /cap/feed.atom",
    "GET /cap/{identifier}.xml", "POST /api/v1/exchange/messages", "POST /api/v2/write",
    "POST /ingest/{format}", "POST /write", "PUT /api/v1/exchange/photos/{photo}",
}  # fmt: skip
#: The generator's own file for all clients is not ours to type.
TYPES = f"[mypy]\nfollow_imports = silent\n[mypy-{NAME}.client]\nignore_errors = true\n"


@pytest.fixture(scope="module")
def generated(client: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder with the package, and what the generator said."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "openapi.json").write_text(client.get("/openapi.json").text)
    (folder / "config.json").write_text(json.dumps({"post_hooks": []}))
    run = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", "generate", "--path", "openapi.json",
         "--config", "config.json", "--meta", "none", "--output-path", NAME],
        cwd=folder, capture_output=True, text=True, check=False, timeout=300,
        env=os.environ | {"COLUMNS": "1000", "NO_COLOR": "1"},
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    return folder, run.stdout + run.stderr


def test_every_operation_with_json_is_made(generated: tuple[Path, str]):
    told = {
        line.split(" parsing ")[1].split(" within ")[0]
        for line in generated[1].splitlines()
        if " parsing " in line and "response" not in line
    }
    assert told <= NOT_JSON
    assert "Unable to process schema" not in generated[1]


def test_it_types(generated: tuple[Path, str]):
    folder, _ = generated
    (folder / "mypy.ini").write_text(TYPES)
    out, err, status = mypy.run(
        ["--config-file", str(folder / "mypy.ini"), "--cache-dir", str(folder / "cache"),
         str(folder / NAME)]
    )  # fmt: skip
    assert status == 0, out + err


def test_it_works(generated: tuple[Path, str], server: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(generated[0]))

    def part(name: str) -> Any:
        return importlib.import_module(f"{NAME}.{name}")

    client = part("client").Client(base_url=server.url, timeout=httpx.Timeout(30))
    cases = part("api.cases.list_cases").sync(client=client, code="0506", limit=5)
    assert [case.code for case in cases.items] == ["0506"]
    [case] = cases.items
    shown = part("api.cases.show_case").sync(case.number, client=client)
    assert shown.case.version == case.version
    step = part("models.step").Step.from_dict(
        {"verb": "handle", "actor": "crew 7", "role": "department", "version": case.version}
    )
    taken = part("api.cases.do_step").sync(case.number, client=client, body=step)
    assert taken.case.state == "handling"
    refused = part("api.cases.do_step").sync(case.number, client=client, body=step)
    assert refused.status == 409
    assert "urn:lifeline:problem:case-moved-on" in refused.type_
    device = part("api.devices.show_device").sync("gas-001", client=client)
    assert device.id == "gas-001"
    missing = part("api.devices.show_device").sync("none", client=client)
    assert missing.status == 404
    events = part("api.events.list_events").sync(client=client, limit=2, sort="-peak")
    assert len(events.items) == 2
    assert events.next_
