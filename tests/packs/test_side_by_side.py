"""Rules on channels side by side, on recorded data: how often they are wrong."""

from datetime import timedelta

import numpy as np
import pyarrow.parquet as pq
from judging import PACKS, judge, readings

from ingest.channel import Channel
from rules.pack import load

DAY = np.timedelta64(1, "D")


def test_pressures_of_ltown_leave_their_zone_only_where_a_leak_begins_or_ends(shared_data):
    """L-TOWN 2018 (Vrachimis 2020): 33 loggers, 14 leaks, whose beginnings and ends are told."""
    table = pq.read_table(shared_data / "ltown" / "scada_2018.parquet")
    names = [name for name in table.schema.names if name.startswith("n")]
    time = table["Timestamp"].to_numpy().astype("M8[us]")
    alone = {"n1": "C", "n4": "C", "n31": "C", "n215": "B"}
    loggers = [
        Channel(
            n, name, name, name, "pressure", "m", interval=timedelta(minutes=5),
            tags={"kind": "water", "zone": alone.get(name, "A")},
        )
        for n, name in enumerate(names)
    ]  # fmt: skip
    values = [table[name].to_numpy().astype(float) * 9806.65 for name in names]
    batch = readings(loggers, [time] * len(names), values)
    events = judge(load(PACKS / "health"), loggers, batch, timedelta(days=30))
    events = [event for event in events if event.rule == "health.drift"]
    leaks = np.genfromtxt(
        shared_data / "ltown" / "leaks_2018.csv", delimiter=",", skip_header=1, dtype=str
    )
    turns = np.array([text for row in leaks for text in row[1:3]], dtype="M8[us]")
    assert len(events) <= 5
    for event in events:
        assert np.abs(turns - event.began).min() < 2 * DAY


def test_noise_monitors_of_one_city_leave_each_other_less_than_every_other_year(shared_data):
    """Dublin 2015-2018 (CC BY 4.0): nine monitors taken as one zone, 34 sensor-years."""
    table = pq.read_table(shared_data / "dublin_noise" / "laeq_2015_2018.parquet")
    time = table["datetime"].to_numpy().astype("M8[us]")
    names = table.schema.names[1:]
    monitors = [
        Channel(
            n, name, name, "laeq", "sound_level", "dB", interval=timedelta(hours=1),
            time_zone="Europe/Dublin", tags={"kind": "noise", "zone": "dublin"},
        )
        for n, name in enumerate(names)
    ]  # fmt: skip
    values = [table[name].to_numpy().astype(float) for name in names]
    batch = readings(monitors, [time] * len(names), values)
    events = judge(load(PACKS / "health"), monitors, batch, timedelta(days=90))
    drifts = [event for event in events if event.rule == "health.drift-noise"]
    months = sum(np.isfinite(value).sum() for value in values) / 8766 * 12
    assert len(drifts) / months < 0.05
