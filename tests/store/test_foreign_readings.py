"""What came by another device's topic is not adopted with the device it names."""

import json

import pytest

from ingest.intake import take_in
from ingest.message import Message
from ingest.registry import Registry
from store.adoption import adopt
from store.assets import import_assets
from store.channels import channels
from store.quarantine import sweep, waiting
from store.readings import Writer

pytestmark = pytest.mark.server
NOW = 1_790_000_000_000_000  # [µs]


def send(writer, sender, value, at=NOW):
    payload = json.dumps({"device": "probe", "time": at // 1000, "level": value}).encode()
    message = Message("city", f"city/{sender}/up", payload, NOW, "json", sender)
    known = Registry(channels(writer.connection), {}, lambda texts: list(range(len(texts))))
    return writer.store(take_in([message], known, 0))


def stored(connection):
    return [value for (value,) in connection.execute("SELECT value FROM readings ORDER BY time")]


def test_a_forged_reading_neither_displaces_nor_joins_the_devices_own(database):
    writer = Writer(database)
    send(writer, "forger", 9.0)
    send(writer, "probe", 1.0)
    send(writer, "", 2.0, NOW + 1000)
    adopt(database, "probe", {"level": {"quantity": "level", "unit": "m"}})
    assert stored(database) == [1.0, 2.0]
    assert [(field.readings, field.topic) for field in waiting(database)] == [(1, "city/forger/up")]


def test_what_a_gateway_sent_is_adopted_once_the_gateway_is_declared(database):
    send(Writer(database), "roof", 3.0)
    adopt(database, "probe", {"level": {"quantity": "level", "unit": "m"}})
    assert stored(database) == []
    row = {"channel": "probe/level", "device": "probe", "name": "level", "unit": "m"}
    import_assets(database, [row | {"quantity": "level", "gateway": "roof"}])
    assert stored(database) == [3.0]
    assert sweep(database) == 0
