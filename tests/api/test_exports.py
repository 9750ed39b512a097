"""Exports over HTTP: streamed, agreeing with the lists, few at once, whole or not at all."""

import io
from contextlib import ExitStack

import httpx
import orjson
import psycopg
import pyarrow.parquet as parquet
import pytest
from watched_city import PROBLEMS

from api.routes.exports import AT_ONCE

pytestmark = pytest.mark.server


def test_the_cases_of_an_export_are_those_of_the_list(client):
    answer = client.get("/api/v1/exports/cases?format=ndjson")
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["content-disposition"] == 'attachment; filename="cases.ndjson"'
    told = {line["number"]: line for line in map(orjson.loads, answer.content.splitlines())}
    items = client.get("/api/v1/cases").json()["items"]
    assert set(told) == {item["number"] for item in items}
    for item in items:
        line = told[item["number"]]
        assert {name: line[name] for name in ("state", "severity", "opened", "due", "lon")} == {
            name: item[name] for name in ("state", "severity", "opened", "due", "lon")
        }


def test_the_log_of_an_export_is_that_of_the_cases(client):
    [case] = client.get("/api/v1/cases?code=0506").json()["items"]
    lines = map(orjson.loads, client.get("/api/v1/exports/log?format=ndjson").content.splitlines())
    mine = [line for line in lines if line.pop("case_number") == case["number"]]
    assert mine == client.get(f"/api/v1/cases/{case['number']}").json()["log"]


def test_a_parquet_file_can_be_read(client):
    body = client.get("/api/v1/exports/runs?format=parquet").content
    assert parquet.read_table(io.BytesIO(body)).num_rows >= len(PROBLEMS)


def test_csv_is_what_comes_unasked(client):
    answer = client.get("/api/v1/exports/cases")
    assert answer.headers["content-type"].startswith("text/csv")
    assert len(answer.text.splitlines()) == 1 + len(PROBLEMS)


@pytest.mark.parametrize("format", ["csv", "ndjson", "parquet"])
def test_a_time_without_cases_is_an_empty_table(client, format):
    answer = client.get(f"/api/v1/exports/cases?format={format}&until=2000-01-01T00:00:00Z")
    assert answer.status_code == 200
    assert bool(answer.content) == (format != "ndjson")


@pytest.mark.parametrize(
    ("path", "status"),
    [("exports/callers", 422), ("exports/cases?format=xls", 422), ("exports/cases?since=x", 422)],
)
def test_what_cannot_be_exported_is_refused(client, path, status):
    assert client.get(f"/api/v1/{path}").status_code == status


def test_exports_are_few_at_once_and_who_goes_away_makes_room(server):
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "INSERT INTO cases (number, key, state, code_list, code, condition, title_zh, title_en,"
            " severity, began, found, opened, description) SELECT 'n' || n, 'k' || n, 'closed',"
            " 'l', '0506', 'c', '积水', 'water', 'red', now(), now(), now(), repeat('x', 500)"
            " FROM generate_series(1, 60000) n"
        )
    url = f"{server.url}/api/v1/exports/cases?format=ndjson"
    plain = {"accept-encoding": "identity"}
    with ExitStack() as under_way:
        # More than fits between the two ends, so that the server waits for its reader.
        bodies = []
        for _ in range(AT_ONCE):
            asked = httpx.stream("GET", url, headers=plain, timeout=60)
            bodies.append(under_way.enter_context(asked).iter_bytes())
            next(bodies[-1])
        refused = httpx.get(url, headers=plain)
        assert (refused.status_code, refused.headers.get("retry-after")) == (503, "30")
    empty = f"{url}&until=2000-01-01T00:00:00Z"
    server.until(lambda: httpx.get(empty).status_code == 200)
