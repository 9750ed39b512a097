"""What the sensors of a case still miss is told by the API and on the command line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from watched_city import NOW

from cases.city import load_city
from cases.curve import stamp
from deploy.cli import lifeline
from ingest.batch import make_batch
from store.database import connect
from store.firing import fire
from store.readings import Writer

pytestmark = pytest.mark.server

MINUTE = timedelta(minutes=1)


@pytest.fixture
def flood(own_client: TestClient) -> str:
    """Number of a case of standing water that the department has fed back."""
    [case] = own_client.get("/api/v1/cases?code=0506").json()["items"]
    for version, verb in enumerate(("handle", "feed-back"), start=case["version"]):
        said = own_client.post(
            f"/api/v1/cases/{case['number']}/steps",
            json={"verb": verb, "actor": "crew 7", "role": "department", "version": version},
        )
        assert said.is_success, said.json()["detail"]
    return str(case["number"])


def shown(client: TestClient, case: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/v1/cases/{case}").json()
    return found


def looked(url: str, depth: float | None) -> None:
    """Let 35 minutes pass in which the water stood at `depth`; None: nothing was heard."""
    with connect(url) as connection:
        if depth is not None:
            [(number,)] = connection.execute(
                "SELECT number FROM channels WHERE id = 'flood-003.depth'"
            )
            times = [stamp(NOW + n * MINUTE) for n in range(1, 36)]
            Writer(connection).store_batch(make_batch([number] * 35, times, [depth] * 35))
            connection.commit()
        fire(connection, NOW + 35 * MINUTE, load_city())


def test_nobody_has_asked_the_sensors_of_a_case_that_is_being_handled(client: TestClient) -> None:
    [case] = client.get("/api/v1/cases?code=0506").json()["items"]
    detail = shown(client, case["number"])
    assert (detail["verification"], detail["confirmations"]) == (None, [])


@pytest.mark.parametrize(
    ("depth", "missing"),
    [
        (0.12, "depth 12 cm at 15:05, must stay under 5 cm for 30 min"),
        (None, "silence is not normal"),
    ],
)
def test_what_is_missing_is_told(
    own_client: TestClient, own_city: str, flood: str, depth: float | None, missing: str
) -> None:
    looked(own_city, depth)
    verification = shown(own_client, flood)["verification"]
    assert (verification["holds"], verification["since"]) == (False, None)
    assert missing in verification["missing"][0]
    assert verification["next_look"] > verification["looked"]
    said = CliRunner().invoke(lifeline, ["--database", own_city, "cases", "show", flood])
    assert "still missing, looked 2024-03-01 15:05" in said.output
    assert missing in said.output


def test_what_was_confirmed_comes_with_its_curve(
    own_client: TestClient, own_city: str, flood: str
) -> None:
    looked(own_city, 0.01)
    detail = shown(own_client, flood)
    assert detail["verification"]["holds"]
    assert "depth 1 cm" in detail["verification"]["said"][0]
    [confirmation] = detail["confirmations"]
    [line] = [line for line in detail["log"] if line["verb"] == "confirm"]
    assert confirmation["version"] == line["version"]
    [curve] = confirmation["body"]["curves"]
    assert (curve["channel"], np.max(curve["value"][-30:])) == ("flood-003.depth", 0.01)
    said = CliRunner().invoke(lifeline, ["--database", own_city, "cases", "show", flood])
    assert "its sensors say that it is solved" in said.output
