"""Readings by HTTP: stored before the answer, and told apart from what could not be used."""

import gzip
import json
import zlib

import pytest

from api.routes.intake import NAMES

pytestmark = pytest.mark.server

TIME = "2024-03-01T06:34:00Z"
SECONDS = 1709274840
LINE_STAMPS = {
    "": SECONDS * 10**9,
    ":ns": SECONDS * 10**9,
    ":us": SECONDS * 10**6,
    ":ms": SECONDS * 10**3,
    ":s": SECONDS,
    ":m": SECONDS // 60,
    ":h": SECONDS // 3600,
}
#: For each format the device, and a body with one reading of it.
BODIES = {
    "auto": ("noise-000", {"device": "noise-000", "time": TIME, "leq": 50}),
    "json": ("noise-001", {"device": "noise-001", "time": TIME, "leq": 50}),
    "senml": ("noise-002", [{"bn": "noise-002/", "bt": SECONDS, "n": "leq", "v": 50}]),
    "thingsboard": ("noise-003", {"noise-003": [{"ts": SECONDS * 1000, "values": {"leq": 50}}]}),
    "sensorthings": (
        "Datastreams(7)",
        {"phenomenonTime": TIME, "result": 50, "Datastream": {"@iot.id": 7}},
    ),
    "chirpstack": (
        "0102030405060708",
        {"deviceInfo": {"devEui": "0102030405060708"}, "time": TIME, "object": {"leq": 50}},
    ),
    "ttn": (
        "noise-004",
        {
            "end_device_ids": {"device_id": "noise-004"},
            "uplink_message": {"decoded_payload": {"leq": 50}, "received_at": TIME},
        },
    ),
    **{
        f"line-protocol{unit}": (f"gas-00{n}", f"gas,device=gas-00{n} methane=0.2 {stamp}")
        for n, (unit, stamp) in enumerate(LINE_STAMPS.items())
    },
}


def encoded(content):
    return content.encode() if isinstance(content, str) else json.dumps(content).encode()


def newest(client, device):
    latest = client.get(f"/api/v1/channels/{device}.depth").json()["latest"]
    return latest["time"], latest["value"]


def ledger(client, device):
    return client.get(f"/api/v1/devices/{device}/ledger").json()["items"][0]


def test_every_format_has_a_body_here():
    assert set(BODIES) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_reading_in_every_format_is_booked_before_the_answer(sender, name):
    device, content = BODIES[name]
    day = sender.get(f"/api/v1/devices/{device}/ledger")
    before = day.json()["items"][0]["received"] if day.status_code == 200 else 0
    answer = sender.post(f"/ingest/{name}", content=encoded(content))
    assert (answer.status_code, answer.content) == (204, b""), answer.text
    assert ledger(sender, device)["received"] == before + 1


@pytest.mark.parametrize(
    ("number", "path", "stamp"),
    [
        (1, "/api/v2/write?bucket=b&org=o", SECONDS * 10**9),
        (2, "/api/v2/write?precision=us", SECONDS * 10**6),
        (3, "/api/v2/write?precision=ms", SECONDS * 10**3),
        (4, "/api/v2/write?precision=s", SECONDS),
        (5, "/write?db=telegraf", SECONDS * 10**9),
        (6, "/write?precision=n", SECONDS * 10**9),
        (7, "/write?precision=u", SECONDS * 10**6),
        (8, "/write?precision=ms", SECONDS * 10**3),
        (9, "/write?precision=s", SECONDS),
        (10, "/write?precision=m", SECONDS // 60),
    ],
)
def test_influx_clients_name_their_precision(sender, number, path, stamp):
    device = f"flood-{number:03d}"
    answer = sender.post(path, content=f"f,device={device} depth=12 {stamp}\n")
    assert answer.status_code == 204
    assert newest(sender, device) == (TIME, pytest.approx(0.12))


def test_a_gzip_body_is_unpacked(sender):
    packed = gzip.compress(f"f,device=flood-011 depth=12 {SECONDS}000000000".encode())
    headers = {"Content-Encoding": "gzip"}
    assert sender.post("/api/v2/write", content=packed, headers=headers).status_code == 204
    assert newest(sender, "flood-011")[0] == TIME


def test_the_same_again_is_stored_once_and_no_error(sender):
    body = encoded({"device": "flood-012", "time": TIME, "depth": 12})
    for _ in range(2):
        assert sender.post("/ingest/json", content=body).status_code == 204
    day = ledger(sender, "flood-012")
    assert (day["stored"], day["duplicate"]) == (290, 1)


@pytest.mark.parametrize(
    ("path", "device"), [("/api/v2/write", "flood-013"), ("/write", "flood-014")]
)
def test_good_lines_are_stored_and_bad_ones_named(sender, path, device):
    lines = f"f,device={device} depth=12 {SECONDS}000000000\nf,device={device} depth=\n"
    answer = sender.post(path, content=lines)
    problem = answer.json()
    assert answer.status_code == 400
    assert problem["type"] == "urn:lifeline:problem:partly-rejected"
    assert problem["code"] == "invalid"
    assert problem["message"] == problem["error"]
    assert problem["message"].startswith("partial write: 1 of 2 records")
    assert problem["stored"] == 1
    assert newest(sender, device)[0] == TIME
    [letter] = sender.get("/api/v1/dead-letters?limit=1").json()["items"]
    assert [letter["reason"]] == problem["reasons"]


def test_what_is_no_reading_at_all_is_a_dead_letter(sender):
    answer = sender.post("/ingest/senml?device=d&topic=a/b", content=b"{")
    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:lifeline:problem:rejected"
    [letter] = sender.get("/api/v1/dead-letters?limit=1").json()["items"]
    assert (letter["payload"], letter["topic"], letter["device"]) == ("{", "a/b", "d")


def test_an_unknown_device_is_not_an_error(sender):
    answer = sender.post("/ingest/json", content=b'{"device": "stranger", "depth": 1}')
    assert answer.status_code == 204
    assert sender.get("/api/v1/quarantine/stranger").json()["readings"] == 1


def test_an_adopted_device_keeps_what_it_sent_as_a_stranger(own_client):
    fields = {"depth": {"quantity": "depth", "unit": "m"}, "door": {"quantity": "status"}}
    place = {"lon": "120.13", "lat": "30.3", "kind": "flood", "gateway": "x"}
    adoption = {"fields": fields, "place": place}
    answer = own_client.post("/api/v1/quarantine/new/one/adopt", json=adoption)
    assert answer.status_code == 201, answer.text
    assert answer.json()["readings"] == 5
    assert answer.json()["channels"] == ["new/one/depth", "new/one/door"]
    items = own_client.get("/api/v1/channels/new/one/depth/readings").json()["items"]
    assert [item["value"] for item in items] == [0.4, 0.3, 0.2, 0.1]
    [door] = own_client.get("/api/v1/channels/new/one/door/readings").json()["items"]
    assert door["state"] == "open"
    assert own_client.get("/api/v1/quarantine").json()["items"] == []


def test_an_adoption_that_does_not_fit_names_every_problem(own_client):
    fields = {"depth": {"quantity": "deepness"}, "door": {"quantity": "status", "lowest": "low"}}
    answer = own_client.post("/api/v1/quarantine/new/one/adopt", json={"fields": fields})
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:lifeline:problem:adoption-refused"
    assert {error["at"] for error in answer.json()["errors"]} == {"quantity", "lowest"}
    assert own_client.get("/api/v1/quarantine/new/one").json()["readings"] == 5


BOMB = zlib.compress(bytes(10**7), wbits=31)


@pytest.mark.parametrize(
    ("content", "coding", "status", "said"),
    [
        (b"x" * 1000, "identity", 413, "999 bytes"),
        (BOMB, "gzip", 413, "999 bytes"),
        (b"not gzip", "gzip", 400, "not gzip"),
        (gzip.compress(b"x" * 500)[:-9], "gzip", 400, "ends too early"),
        (b"x", "br", 415, "send gzip"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(unstored, content, coding, status, said):
    answer = unstored.post("/ingest/json", content=content, headers={"Content-Encoding": coding})
    assert answer.status_code == status
    assert said in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/ingest/json", "/api/v2/write", "/write"])
def test_without_a_commit_in_time_the_sender_is_asked_to_send_again(unstored, path):
    answer = unstored.post(path, content=b"{}")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["type"] == "urn:lifeline:problem:busy"
