"""Every route that hands out a CSV: no cell of it is run by the spreadsheet that opens it."""

from __future__ import annotations

import csv
import re
from io import StringIO

import psycopg
import pytest
from one_report import NEW
from psycopg.types.json import Jsonb
from signed_in import as_key, key

from api.access.permissions import PERMISSIONS
from store.access import Grant
from store.spreadsheets import FORMULA

pytestmark = pytest.mark.server

EVIL = "=HYPERLINK(1)"
V1 = "/api/v1"
SPAN = "start=2024-02-29T00:00:00Z&end=2024-03-02T00:00:00Z"
#: By route: what is asked, and whether a text of others stands in it. Backtests write theirs when
#: they run, see tests/deploy/test_backtest_store.py.
TABLES = {
    f"{V1}/channels/{{channel}}/readings": (
        f"{V1}/channels/flood-003.depth/readings?format=csv&{SPAN}", True),
    f"{V1}/audit.csv": (f"{V1}/audit.csv", True),
    f"{V1}/exports/{{table}}": (f"{V1}/exports/reports", True),
    f"{V1}/evaluation/ranking.csv": (f"{V1}/evaluation/ranking.csv?month=2024-03", False),
    f"{V1}/backtests/{{backtest}}/{{table}}.csv": (None, False),
}  # fmt: skip


def handed_out(client):
    for path, route in client.app.openapi()["paths"].items():
        kinds = route.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if any(kind.startswith("text/csv") for kind in kinds):
            yield path


@pytest.fixture
def evil(guarded):
    """A city in which somebody has written formulas wherever a text may be written."""
    client, url = guarded
    boss = as_key(key(url, EVIL, *map(Grant, PERMISSIONS)))
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO states (text) VALUES (%s)", (EVIL,))
        connection.execute(
            "UPDATE readings SET state = (SELECT number FROM states WHERE text = %s)"
            " WHERE channel = (SELECT number FROM channels WHERE id = 'flood-003.depth')",
            (EVIL,),
        )
        connection.execute("UPDATE devices SET tags = tags || %s", (Jsonb({"zone": EVIL}),))
    said = {"source": "hotline", "text": EVIL, "code_list": NEW, "code": "0506", "system": EVIL,
            "condition": "standing-water", "lon": 120.13, "lat": 30.3}  # fmt: skip
    assert client.post(f"{V1}/reports", json=said, headers=boss).status_code == 201
    return client, boss


def test_every_route_with_a_csv_is_walked(guarded):
    client, _ = guarded
    assert set(handed_out(client)) == set(TABLES)


@pytest.mark.parametrize(("path", "written"), [each for each in TABLES.values() if each[0]])
def test_no_cell_of_it_is_a_formula(evil, path, written):
    client, boss = evil
    answer = client.get(path, headers=boss)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    cells = [cell for row in csv.reader(StringIO(answer.text)) for cell in row]
    assert (f"'{EVIL}" in cells) is written
    found = [cell for cell in cells if re.match(FORMULA, cell) and not is_number(cell)]
    assert found == []


def is_number(cell):
    return re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", cell) is not None
