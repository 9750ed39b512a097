import json
from collections import Counter

import orjson
import pytest
from malformed import FORMATS, malformed

from ingest.formats import decode
from ingest.message import Message

ARRIVED = 1_795_336_200_000_000


def as_messages(pairs, device="", named=True):
    return [
        Message("test", "t", payload, ARRIVED, name if named else "auto", device)
        for name, payload in pairs
    ]


@pytest.mark.parametrize("device", ["", "P-9"], ids=["topic without device", "topic with device"])
@pytest.mark.parametrize("named", [True, False], ids=["format named", "format recognised"])
def test_each_malformed_payload_gives_a_reject_with_a_reason(named, device):
    pairs = list(malformed(5_000, seed=7))
    columns = decode(as_messages(pairs, device, named))
    rejected = Counter(reject.message for reject in columns.rejects)
    missed = [pairs[place] for place in range(len(pairs)) if place not in rejected]
    assert missed == []
    assert all(reject.reason.strip() for reject in columns.rejects)


def test_each_reject_can_be_stored_as_json_and_text():
    columns = decode(as_messages(malformed(5_000, seed=11)))
    for reject in columns.rejects:
        assert len(reject.reason) < 500
        reject.reason.encode()
        assert len(orjson.dumps(reject.record)) < 5_000
        assert "\0" not in json.dumps([reject.reason, reject.record], ensure_ascii=False)


def test_all_that_is_read_from_malformed_payloads_can_be_stored():
    columns = decode(as_messages(malformed(5_000, seed=13)))
    for (device, name), value in zip(columns.address, columns.value, strict=True):
        for text in (device, name, value if isinstance(value, str) else "x"):
            assert "\0" not in text
            assert len(text.encode()) < 2_600  # the store's index takes 2,704 bytes
        assert device
        assert name
        assert type(value) in (float, bool, str)
        assert value == value


def test_the_same_seed_gives_the_same_payloads_of_every_format():
    first = list(malformed(500, seed=3))
    assert first == list(malformed(500, seed=3))
    assert first != list(malformed(500, seed=4))
    assert {name for name, _ in first} == set(FORMATS)
