"""Exports over HTTP: streamed, agreeing with the lists, few at once, whole or not at all."""

import io
from contextlib import ExitStack

import orjson
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


@pytest.mark.parametrize(
    ("path", "status"),
    [("exports/callers", 422), ("exports/cases?format=xls", 422), ("exports/cases?since=x", 422)],
)
def test_what_cannot_be_exported_is_refused(client, path, status):
    assert client.get(f"/api/v1/{path}").status_code == status


def test_more_exports_at_once_than_there_are_places_wait(server):
    import httpx

    with ExitStack() as under_way:
        url = f"{server.url}/api/v1/exports/log"
        # Nothing is read of these yet; small ones are done all the same, so places come free.
        for _ in range(AT_ONCE * 3):
            answer = under_way.enter_context(httpx.stream("GET", url))
            assert answer.status_code in (200, 503)
            if answer.status_code == 503:
                assert answer.headers["retry-after"]
    assert httpx.get(url).status_code == 200
