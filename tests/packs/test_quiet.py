"""All packs at once on backgrounds in which nothing is wrong: what a city's operator would hear.

With no event in t sensor-years the true rate is under 3 / t with 95 % confidence.
"""

from datetime import timedelta

import numpy as np
import pyarrow.parquet as pq
from judging import judge, packs, readings

from ingest.channel import Channel

YEAR = 8766  #: [h]


def test_35_days_of_mains_voltage_are_quiet(shared_data):
    """AMPds2 (Makonin 2016, CC BY 4.0), a house on 120 V: its nominal voltage is learnt."""
    table = pq.read_table(shared_data / "ampds2" / "mains_voltage.parquet")
    time = (table["unix_ts"].to_numpy() * 1_000_000).astype("datetime64[us]")
    volts = table["V"].to_numpy().astype(float)
    tags = {"kind": "power", "transformer": "t1"}
    meter = Channel(0, "v", "m", "v", "voltage", "V", interval=timedelta(minutes=1), tags=tags)
    assert judge(packs(), [meter], readings([meter], [time], [volts])) == []


def noise_monitors(shared_data):
    table = pq.read_table(shared_data / "dublin_noise" / "laeq_2015_2018.parquet")
    time = table["datetime"].to_numpy().astype("datetime64[us]")
    names = table.schema.names[1:]
    channels = [
        Channel(
            number,
            name,
            name,
            "laeq",
            "sound_level",
            "dB",
            interval=timedelta(hours=1),
            time_zone="Europe/Dublin",
            tags={"kind": "noise", "role": "street", "zone": name, "noise_zone": "4a"},
        )
        for number, name in enumerate(names)
    ]
    return channels, [time] * len(names), [table[n].to_numpy().astype(float) for n in names]


def test_34_years_of_street_noise_open_no_case_but_for_silent_monitors(shared_data):
    """Dublin, hourly LAeq 2015-2018: 21 shadow events, 0.6 a sensor-year, mostly storms."""
    channels, times, values = noise_monitors(shared_data)
    years = sum(np.isfinite(v).sum() for v in values) / YEAR
    assert years > 34
    events = judge(packs(), channels, readings(channels, times, values), timedelta(days=90))
    heard = [event for event in events if event.rule == "noise.street-night"]
    assert len(heard) / years < 0.7
    opened = {event.rule for event in events if event.case_key}
    assert opened <= {"health.silent", "health.stuck", "health.drift-noise"}
    assert sum(bool(event.case_key) for event in events) / years < 12 * 0.45
    # Some did stand still for twelve hourly readings; silent they were for days on end.
    assert sum(event.rule == "health.stuck" for event in events) <= 3


def test_a_river_s_floods_are_no_slip_of_a_unit(shared_data):
    """James River, discharge every quarter of an hour (US public domain), taken as a zone's inflow.

    Its first year of three and a half, in all of which there was no event either. It rises
    tenfold within hours again and again, which no network does.
    """
    table = pq.read_table(shared_data / "james_river" / "discharge.parquet")
    flow = table["discharge_cfs"].to_numpy().astype(float)[:35_000] * 0.0283168 / 1000
    time = np.datetime64("2015-01-01", "us") + np.arange(len(flow)) * np.timedelta64(15, "m")
    gauge = Channel(
        0,
        "q",
        "g",
        "q",
        "flow",
        "m³/s",
        interval=timedelta(minutes=15),
        tags={"kind": "river", "zone": "james"},
    )
    assert judge(packs(), [gauge], readings([gauge], [time], [flow]), timedelta(days=30)) == []
