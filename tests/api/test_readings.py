"""Readings: the same in every format, in pages, raw and rolled up."""

import csv
import io
from collections import defaultdict
from datetime import datetime

import pyarrow as pa
import pytest

pytestmark = pytest.mark.server

PATH = "/api/v1/channels/flood-000.depth/readings"
TYPES = {
    "json": "application/json",
    "csv": "text/csv",
    "arrow": "application/vnd.apache.arrow.stream",
}


def plain(cell):
    return cell.isoformat().replace("+00:00", "Z") if isinstance(cell, datetime) else cell


def from_csv(body):
    def read(name, cell):
        if cell == "":
            return None
        if name in ("time", "received"):
            return plain(datetime.fromisoformat(cell))
        return cell if name == "state" else float(cell)

    rows = csv.DictReader(io.StringIO(body.decode(), newline=""))
    return [{name: read(name, cell) for name, cell in row.items()} for row in rows]


def from_arrow(body):
    table = pa.ipc.open_stream(body).read_all()
    return [{name: plain(cell) for name, cell in row.items()} for row in table.to_pylist()]


@pytest.mark.parametrize("resolution", ["raw", "minute", "hour"])
def test_csv_and_arrow_say_what_json_says(client, resolution):
    asked = {"resolution": resolution, "end": "2024-03-03T00:00:00Z", "start": "2024-02-28"}
    answers = {name: client.get(PATH, params=asked | {"format": name}) for name in TYPES}
    for name, answer in answers.items():
        assert answer.headers["content-type"].split(";")[0] == TYPES[name]
    items = answers["json"].json()["items"]
    assert len(items) >= 25
    assert from_csv(answers["csv"].content) == items
    assert from_arrow(answers["arrow"].content) == items


@pytest.mark.parametrize(
    ("accept", "format", "comes"),
    [
        ("*/*", None, "json"),
        ("text/csv", None, "csv"),
        ("application/vnd.apache.arrow.stream, application/json;q=0.5", None, "arrow"),
        ("text/csv", "json", "json"),
        ("text/*", None, "csv"),
    ],
)
def test_the_format_is_agreed_on(client, accept, format, comes):
    asked = {"format": format} if format else {}
    answer = client.get(PATH, params=asked, headers={"Accept": accept})
    assert answer.headers["content-type"].split(";")[0] == TYPES[comes]


@pytest.mark.parametrize("resolution", ["raw", "minute", "hour"])
@pytest.mark.parametrize("format", TYPES)
def test_the_link_header_leads_through_all_pages(client, resolution, format):
    asked = {"resolution": resolution, "format": format}
    read = {"json": lambda b: None, "csv": from_csv, "arrow": from_arrow}[format]
    whole = client.get(PATH, params=asked)
    answer, items = client.get(PATH, params=asked | {"limit": 10}), []
    while True:
        items += answer.json()["items"] if format == "json" else read(answer.content)
        if "Link" not in answer.headers:
            break
        answer = client.get(answer.headers["Link"].split(">")[0].removeprefix("<"))
    assert items == (whole.json()["items"] if format == "json" else read(whole.content))
    assert len(items) > 20


def test_an_hour_is_the_mean_of_its_good_readings(client):
    hours = client.get(PATH, params={"resolution": "hour"}).json()["items"]
    raw = client.get(PATH, params={"start": hours[0]["time"]}).json()["items"]
    by_hour = defaultdict(list)
    for item in raw:
        by_hour[item["time"][:13]].append(item)
    for hour in hours:
        good = [item["value"] for item in by_hour[hour["time"][:13]] if item["quality"] == 0]
        assert hour["count"] == len(good)
        assert hour["mean"] == pytest.approx(sum(good) / len(good))
        assert hour["highest"] == max(good)
    assert sum(hour["flagged"] for hour in hours) == 1  # the reading of 99 m


def test_without_a_time_it_is_the_last_day(client):
    answer = client.get(PATH).json()
    assert answer["unit"] == "m"
    assert answer["items"][0]["time"] == "2024-02-29T06:35:00Z"
    assert answer["items"][-1]["time"] == "2024-03-01T06:30:00Z"
    assert answer["next"] is None
