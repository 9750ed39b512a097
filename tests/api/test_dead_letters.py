"""Dead letters over HTTP: sorted by what is wrong, mended, sent again, put aside."""

import json
from base64 import b64encode

import pytest

from api.fault_place import fault_at

pytestmark = pytest.mark.server

LETTERS = "/api/v1/dead-letters"
BROKEN = b'{"device": "flood-001", "time": "2024-03-01T06:31:00Z", "values": {"depth": 25.0}'
MENDED = BROKEN.decode() + "}"


def broken(client, payload=BROKEN, device=""):
    """Send a message that cannot be read; return its letter."""
    client.post(f"/ingest/json?device={device}", content=payload)
    return client.get(LETTERS).json()["items"][0]


def depth(client, at="2024-03-01T06:31:00Z", channel="flood-001.depth"):
    asked = {"start": at, "end": at.replace(":00Z", ":01Z")}
    items = client.get(f"/api/v1/channels/{channel}/readings", params=asked).json()["items"]
    return [item["value"] for item in items]


def shown(client, letter):
    return client.get(f"{LETTERS}/{letter['id']}").json()


def replay(client, letter, **fix):
    answer = client.post(f"{LETTERS}/{letter['id']}/replay", json=fix)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("reason", "payload", "at"),
    [
        ("the payload is not UTF-8 text: byte 3", b"ab\xffc", 2),
        ("not UTF-8 at byte 0", b"\xff\xfe", 0),
        ("the payload is not JSON: unexpected: line 1 column 5 (char 4)", b'{"a" 1}', 4),
        ("the payload is not JSON: unexpected: line 1 column 3 (char 2)", "积水x".encode(), 6),
        ("the payload is not JSON: end of data: line 1 column 9 (char 8)", b'{"a": 1', 6),
        ("line 2 has no fields; expected measurement", b"f a=1\nbad\nf b=2", 6),
        ("line 2 is not UTF-8 text (byte 3)", b"f a=1\nba\xff", 8),
        ("record 1 is no object", b"[{}, 7]", None),
        ("line 900 has no fields", b"short", 4),
        ("the payload is empty", b"", None),
    ],
)
def test_the_place_of_a_fault_is_read_from_its_reason(reason, payload, at):
    assert fault_at(reason, payload) == at


def test_a_letter_that_cannot_be_read_says_where(own_client):
    letter = broken(own_client)
    assert letter["fault_at"] == len(BROKEN) - 1
    assert "JSON" in letter["reason"]


def test_a_corrected_letter_becomes_the_reading_that_it_should_have_been(own_client):
    letter = broken(own_client)
    answer = replay(own_client, letter, payload=MENDED, reason="the gateway cut it off")
    assert answer["done"]
    assert depth(own_client) == [0.25]
    after = shown(own_client, letter)
    assert after["payload"] == BROKEN.decode(), "the original is kept"
    assert after["replayed_at"]
    [line] = after["log"]
    assert (line["verb"], line["payload"]) == ("replay", MENDED)
    assert line["reason"] == "the gateway cut it off"


def test_who_mended_it_stands_in_its_log(own_client):
    letter = broken(own_client)
    replay(own_client, letter, payload=MENDED, actor="chen")
    assert shown(own_client, letter)["log"][0]["actor"] == "chen"


def test_replaying_twice_stores_once_and_says_so_once(own_client):
    letter = broken(own_client)
    first = replay(own_client, letter, payload=MENDED)
    again = replay(own_client, letter)
    assert again == first
    assert len(shown(own_client, letter)["log"]) == 1
    third = replay(own_client, letter, payload=MENDED)
    assert "0 readings stored, 1 were there" in third["outcome"]
    assert depth(own_client) == [0.25]


def test_bytes_can_be_mended_too_and_the_device_and_format_with_them(own_client):
    letter = broken(own_client, b"\xff 25.0")
    line = b"f depth=26.0 1709274720000000000"
    answer = replay(
        own_client, letter, payload_base64=b64encode(line).decode(), format="line-protocol",
        device="flood-001",
    )  # fmt: skip
    assert answer["done"], answer
    assert depth(own_client, "2024-03-01T06:32:00Z") == [0.26]


def test_a_letter_that_is_still_unusable_waits_on_with_a_line_of_the_attempt(own_client):
    letter = broken(own_client)
    answer = replay(own_client, letter, payload=MENDED[:-3])
    assert not answer["done"]
    after = shown(own_client, letter)
    assert after["replayed_at"] is None
    assert "still unusable" in after["log"][0]["outcome"]


@pytest.mark.parametrize(
    ("fix", "says"),
    [
        ({"payload": "{}", "payload_base64": "e30="}, "once"),
        ({"payload_base64": "no base64!"}, "not base64"),
        ({"format": "telepathy"}, "format"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_fix_that_is_none_is_refused(client, fix, says):
    answer = client.post(f"{LETTERS}/1/replay", json=fix)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]


def test_nothing_is_done_to_a_letter_that_is_not_there(client):
    for path, body in (("replay", {}), ("discard", {"reason": "x"})):
        assert client.post(f"{LETTERS}/999/{path}", json=body).status_code == 404


def test_letters_of_one_fault_stand_together_with_their_count(own_client):
    for number in range(3):
        broken(own_client, json.dumps([{"device": "flood-001", "depth": [number]}]).encode())
    reasons = own_client.get(f"{LETTERS}/reasons").json()["items"]
    [alike] = [each for each in reasons if each["letters"] == 3]
    assert sum(each["letters"] for each in reasons) == 5
    listed = own_client.get(LETTERS, params={"alike": alike["alike"]}).json()["items"]
    assert len(listed) == 3
    assert {item["alike"] for item in listed} == {alike["alike"]}
    assert alike["reason"] == listed[0]["reason"]


def test_after_a_contract_was_mended_all_letters_of_a_reason_are_sent_again_in_parts(own_client):
    """What an unknown unit was to a letter, an adopted format is here: a topic mended by hand."""
    for number in range(5):
        broken(own_client, f"f,device=flood-002 depth={number} 170927{number}000".encode())
    [reason] = [
        each for each in own_client.get(f"{LETTERS}/reasons").json()["items"]
        if each["letters"] == 5
    ]  # fmt: skip
    tried, after, parts = 0, 0, 0
    while after is not None:
        asked = {"alike": reason["alike"], "after": after, "most": 2}
        part = own_client.post(f"{LETTERS}/replay", json=asked).json()
        tried += part["replayed"] + part["unusable"]
        after, parts = part["next"], parts + 1
    assert (tried, parts) == (5, 3)
    assert part["outcome"]


def test_a_letter_put_aside_is_kept_marked_and_can_be_taken_back(own_client):
    letter = broken(own_client)
    aside = own_client.post(f"{LETTERS}/{letter['id']}/discard", json={"reason": "a test device"})
    assert aside.json() == {"discarded": 1}
    waiting = {item["id"] for item in own_client.get(f"{LETTERS}?open=true").json()["items"]}
    assert letter["id"] not in waiting
    after = shown(own_client, letter)
    assert after["discarded_at"]
    assert after["payload"] == BROKEN.decode()
    assert (after["log"][0]["verb"], after["log"][0]["reason"]) == ("discard", "a test device")
    again = own_client.post(f"{LETTERS}/{letter['id']}/discard", json={"reason": "once more"})
    assert again.json() == {"discarded": 0}
    assert replay(own_client, letter, payload=MENDED)["done"]
    assert shown(own_client, letter)["discarded_at"] is None


def test_what_was_replayed_cannot_be_put_aside(own_client):
    letter = broken(own_client)
    replay(own_client, letter, payload=MENDED)
    answer = own_client.post(f"{LETTERS}/{letter['id']}/discard", json={"reason": "late"})
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:lifeline:problem:not-waiting"


def test_nobody_puts_a_letter_aside_without_a_reason(client):
    assert client.post(f"{LETTERS}/1/discard", json={}).status_code == 422


def test_all_letters_of_a_reason_are_put_aside_at_once(own_client):
    for number in range(3):
        broken(own_client, json.dumps([{"device": "flood-001", "depth": [number]}]).encode())
    [reason] = [
        each for each in own_client.get(f"{LETTERS}/reasons").json()["items"]
        if each["letters"] == 3
    ]  # fmt: skip
    asked = {"alike": reason["alike"], "reason": "a firmware under test"}
    assert own_client.post(f"{LETTERS}/discard", json=asked).json() == {"discarded": 3}
    assert own_client.post(f"{LETTERS}/discard", json=asked).json() == {"discarded": 0}
