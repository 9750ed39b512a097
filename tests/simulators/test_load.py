"""The load is the same whoever computes it, and its sender leaves nothing unacknowledged."""

import csv
import json
from collections import Counter

import numpy as np
import pytest
from rude_broker import RudeBroker

from cases.codes import component_code
from simulators.load import Load, expected_readings, write_assets
from simulators.sender import send


def test_the_same_seed_gives_the_same_bytes():
    one, same, other = Load(seed=3), Load(seed=3), Load(seed=4)
    assert [one.message(k) for k in range(50)] == [same.message(k) for k in range(50)]
    assert one.message(7) != other.message(7)


@pytest.mark.parametrize("form", ["json", "lines"])
def test_expected_readings_are_what_the_payloads_say(form):
    load = Load(devices=20, rate=100, form=form, batch=7, trouble_every=2, trouble=(1, 3))
    sent = set()
    for k in range(60):
        _, payload = load.message(k)
        for device, time, fields in (_from_json if form == "json" else _from_lines)(payload):
            sent |= {(f"{device}/{name}", time, value) for name, value in fields.items()}
    expected = expected_readings(load, 60)
    assert sent == set(
        zip(expected.channel.tolist(), expected.time.tolist(), expected.value.tolist(), strict=True)
    )


def _from_json(payload):
    record = json.loads(payload)
    yield record.pop("device"), record.pop("time") * 1000, record


def _from_lines(payload):
    for line in payload.decode().splitlines():
        head, fields, time = line.split(" ")
        pairs = (field.split("=") for field in fields.split(","))
        values = {name: float(value) for name, value in pairs}
        yield head.split("device=")[1], int(time) // 1000, values


def test_no_reading_is_expected_twice():
    expected = expected_readings(Load(devices=30, rate=5000), 3000)
    assert len(set(zip(expected.channel.tolist(), expected.time.tolist(), strict=True))) == 9000


def test_troubled_wells_hold_methane_only_while_the_trouble_lasts():
    load = Load(devices=100, rate=1000, trouble_every=4, trouble=(2, 5))
    expected = expected_readings(load, 1000)
    gas = (np.char.find(expected.channel, "/methane") >= 0) & (expected.value > 5)
    assert Counter(expected.channel[gas].tolist()) == {
        f"load-{device:05d}/methane": 3 for device in range(2, 100, 20)
    }


def test_the_components_of_the_load_are_well_coded(tmp_path):
    write_assets(Load(devices=10), tmp_path / "assets.csv")
    rows = list(csv.DictReader((tmp_path / "assets.csv").open(encoding="utf-8")))
    assert {component_code(row["component"]).problem_class for row in rows} == {"0103"}


def test_every_device_of_the_load_has_a_row_a_channel(tmp_path):
    write_assets(Load(devices=10), tmp_path / "assets.csv")
    rows = (tmp_path / "assets.csv").read_text("utf-8").splitlines()
    assert len(rows) == 1 + 10 * 3


def test_what_a_broker_did_not_acknowledge_is_sent_again_until_it_does():
    broker = RudeBroker(patience=120)
    broker.start()
    load = Load(devices=50, rate=20000)
    tally = send(load, broker.url, 500, connections=1, window=60)
    broker.stop()
    assert set(broker.heard) == {load.message(k)[1] for k in range(500)}
    assert tally.acknowledged == tally.sent == 500
    assert tally.resent >= broker.resent > 0
    assert tally.reconnects > 0


def test_a_broker_that_never_answers_is_reported_with_what_is_missing():
    with pytest.raises(TimeoutError, match="20 messages"):
        send(Load(devices=5), "mqtt://127.0.0.1:9", 20, patience=0.5)
