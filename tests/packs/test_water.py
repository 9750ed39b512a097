"""The water pack on recorded networks: L-TOWN 2018 and the leak-free time of Hanoi.

Simulated for this project; networks and leak calendars KIOS Research and Innovation Center of
Excellence, EUPL 1.2.
"""

from datetime import timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest
from judging import judge, packs, readings

from ingest.channel import Channel

BEGINS, ENDS = np.datetime64("2018-09-15", "us"), np.datetime64("2018-10-09", "us")
LEAK = np.datetime64("2018-10-06T02:35", "us")
METRE = 9806.65  #: [Pa] of water


def channel(number, name, quantity, role, zone="north", minutes=5):
    return Channel(
        number,
        name,
        name,
        name,
        quantity,
        "",
        interval=timedelta(minutes=minutes),
        time_zone="UTC",
        tags={"kind": "water", "zone": zone, "role": role},
    )


@pytest.fixture(scope="module")
def ltown(shared_data):
    """Return times and series [m, m³/h] of three weeks before a leak and three days of it."""
    table = pq.read_table(shared_data / "ltown" / "scada_2018.parquet")
    time = table["Timestamp"].to_numpy().astype("datetime64[us]")
    part = (time >= BEGINS) & (time < ENDS)
    names = [name for name in table.schema.names if name not in ("Timestamp", "T1")]
    return time[part], {name: table[name].to_numpy().astype(float)[part] for name in names}


def of_the_network(ltown, flows):
    """Return channels and readings of all pressures, and of `flows` [m³/h] by name."""
    time, series = ltown
    pressures = {name: values for name, values in series.items() if name[0] == "n"}
    names = [*pressures, *flows]
    channels = [
        channel(number, name, "pressure", "network")
        if name in pressures
        else channel(number, name, "flow", "pump" if name == "PUMP_1" else "inflow")
        for number, name in enumerate(names)
    ]
    values = [v * METRE for v in pressures.values()] + [v / 3600 for v in flows.values()]
    return channels, readings(channels, [time] * len(names), values)


@pytest.mark.parametrize("metered", ["each source", "the balance of the zone"])
def test_an_abrupt_leak_is_found_within_a_day_and_nothing_in_the_three_weeks_before(ltown, metered):
    _, series = ltown
    flows = {name: series[name] for name in ("p227", "p235", "PUMP_1")}
    if metered == "the balance of the zone":
        flows = {"inflow": flows["p227"] + flows["p235"] - flows["PUMP_1"]}
    events = judge(packs(), *of_the_network(ltown, flows))
    assert [event.rule for event in events] == ["water.leak.night"]
    assert LEAK < events[0].raised < LEAK + np.timedelta64(24, "h")


def test_zone_years_without_a_leak_are_quiet(shared_data):
    """Half of the scenarios; in all 24, with what comes after the leaks, 17.6 zone-years are."""
    table = pq.read_table(shared_data / "hanoi" / "scenarios_1_24.parquet")
    scenario = table["scenario"].to_numpy()
    channels, times, values = [], [], []
    half_hours = np.datetime64("2017-01-01", "us") + np.arange(17_520) * np.timedelta64(30, "m")
    for number in range(1, 13):
        mine = scenario == number
        leaking = table["leak_m3h"].to_numpy()[mine] > 0
        sound = np.argmax(leaking) if leaking.any() else len(leaking)
        channels.append(
            channel(number, f"inflow-{number}", "flow", "inflow", f"zone-{number}", minutes=30)
        )
        times.append(half_hours[:sound])
        values.append(table["inflow"].to_numpy()[mine][:sound] / 3600)
    years = sum(map(len, values)) / 17_520
    assert years > 6
    events = judge(packs(), channels, readings(channels, times, values), timedelta(days=30))
    # Where a scenario's leak begins its series ends here, and that is rightly called silence.
    assert [event for event in events if event.rule != "health.silent"] == []
