"""What a plain row leaves out, and what it is taken for."""

from datetime import timedelta
from pathlib import Path

import pytest

from ingest.asset_files import channels_of, read_assets
from ingest.quantities import QUANTITIES
from ingest.quantity_names import WORDS
from rules.binding import binds
from rules.pack import load

PACKS = load(Path(__file__).parents[2] / "rules" / "packs")
PLAIN = ("channel", "device", "quantity", "unit", "component", "lon", "lat", "zone", "interval")
COVER = {"attr:cover_level": "3"}


def row(quantity, channel="x1", **more):
    return {"channel": channel, "device": "x", "quantity": quantity, "zone": "east"} | more


@pytest.mark.parametrize(
    ("claim", "given", "kind", "role"),
    [
        ("a pressure is the water network's", row("pressure"), "water", "network"),
        ("a flow flows into its zone", row("flow"), "water", "inflow"),
        ("unless its name says out", row("flow", "zone-7/out"), "water", None),
        ("as a word, not as letters of one", row("flow", "scout-house"), "water", "inflow"),
        ("not a river's", row("discharge", unit="ft3/s"), "river", None),
        ("nor one named so", row("flow", "james-river"), "river", None),
        ("what is downstream is no stream", row("flow", "downstream-3"), "water", "inflow"),
        ("litres an hour are a home's", row("flow", unit="L/h"), "water", "meter"),
        ("gas in litres is a meter's", row("gas", unit="L"), "gas", "meter"),
        ("a depth is on a road", row("depth"), "flood", "road"),
        ("a level by itself may be a tank's", row("level"), "flood", None),
        ("under a cover it is a well's", row("level", **COVER), "flood", "manhole"),
        ("or on the class of a cover", row("level", **{"class": "0103"}), "flood", "manhole"),
        ("or by its name", row("level", component_name="雨水井 7"), "flood", "manhole"),
        ("methane is gas", row("methane"), "gas", None),
        ("a voltage is power", row("voltage"), "power", None),
        ("a sound is of the street", row("sound_level"), "noise", "street"),
        ("or of a site by its name", row("sound_level", "construction-3"), "noise", "construction"),
        ("a tilt is a cover's", row("tilt"), "cover", None),
        ("a temperature says nothing", row("temperature"), None, None),
        ("an explicit kind wins", row("pressure", kind="heat"), "heat", "network"),
        ("an explicit role wins", row("flow", role="pump"), "water", "pump"),
    ],
)  # fmt: skip
def test_what_is_left_out_is_told_by_what_is_there(claim, given, kind, role):
    (channel,) = channels_of([given], "UTC").channels
    assert (channel.tags.get("kind"), channel.tags.get("role")) == (kind, role), claim


def test_what_says_nothing_is_as_the_rest_of_its_device():
    rows = [row("methane", "a"), row("battery", "b"), row("temperature", "c", device="y")]
    a, b, c = channels_of(rows, "UTC").channels
    assert (a.tags["kind"], b.tags["kind"], "kind" in c.tags) == ("gas", "gas", False)
    mixed = [row("methane", "a"), row("depth", "b"), row("battery", "c")]
    assert "kind" not in channels_of(mixed, "UTC").channels[2].tags


def test_a_status_beside_a_tilt_is_a_covers_and_knows_its_words():
    _, status = channels_of([row("tilt", "a"), row("status", "b")], "UTC").channels
    assert status.tags["kind"] == "cover"
    assert status.states == {"closed": 0.0, "open": 1.0, "shifted": 2.0, "missing": 3.0}
    _, own = channels_of([row("tilt", "a"), row("status", "b", states="auf=1")], "UTC").channels
    assert own.states == {"auf": 1.0}


def test_a_file_that_names_no_zone_is_one():
    bare = [{**row("pressure", "a"), "zone": ""}, {**row("flow", "b"), "zone": ""}]
    assert {c.tags["zone"] for c in channels_of(bare, "UTC").channels} == {"city"}
    some = [row("pressure", "a"), {**row("flow", "b"), "zone": ""}]
    a, b = channels_of(some, "UTC").channels
    assert (a.tags["zone"], "zone" in b.tags) == ("east", False)


def test_a_meters_transformer_is_its_zone_where_none_is_named():
    named = row("voltage", "b", transformer="T9")
    a, b = channels_of([row("voltage", "a"), named], "UTC").channels
    assert (a.tags["transformer"], b.tags["transformer"]) == ("east", "T9")


@pytest.mark.parametrize(
    ("rule", "quantities"),
    [
        ("water.leak.night", ["flow"]),
        ("water.pressure.low", ["pressure"]),
        ("water.burst", ["flow", "pressure"]),
        ("flood.road.standing-water", ["depth"]),
        ("gas.methane.dangerous", ["methane"]),
        ("gas.methane.jump", ["methane"]),
        ("power.transformer-outage", ["last_gasp"]),
        ("power.voltage-band", ["voltage"]),
        ("cover.opened", ["tilt"]),
        ("cover.flooded", ["water_contact"]),
        ("noise.street-night", ["sound_level"]),
        ("health.silent", ["pressure", "flow", "methane", "voltage", "depth", "sound_level"]),
        ("weather.rain", ["rain_rate"]),
    ],
)
def test_the_rules_that_ship_work_on_plain_files(rule, quantities):
    """Each signal of the rule finds its channel in a file without any tag."""
    rows = [
        row(quantity, f"{n}/{quantity}", interval="PT5M") for n, quantity in enumerate(quantities)
    ]
    channels = channels_of(rows, "Asia/Shanghai").channels
    for signal in PACKS.rules[rule].signals.values():
        assert any(binds(PACKS.rules[rule], signal, channel) for channel in channels)


@pytest.mark.parametrize(
    ("cells", "column", "what"),
    [
        ("a,d,presure,,,,,,", "quantity", "'presure' is not known"),
        ("a,d,gas,,,,,,", "quantity", "'gas' in no unit may be flow, gas_pressure, methane"),
        ("a,d,flow,L,,,,,", "unit", '"L" does not fit flow'),
        ("a,d,depth,cm,,,,,5 moons", "interval", "'5 moons' is not a duration"),
        (",d,depth,,,,,,", "channel", "is empty"),
        ("a,,depth,,,,,,", "device", "is empty"),
        ("a,d,depth,kg,,,,,", "unit", "kg"),
        ("a,d,depth,cm,,east,,,", "lon", "'east' is not a number"),
        ("a,d,depth,cm,,200,,,", "lon", "beyond 180"),
        ("a,d,depth,cm,,,,,often", "interval", "'often' is not a duration"),
        ("b,d,depth,cm,,,,,", "channel", "b is in row 2 already"),
    ],
)
def test_a_row_with_a_mistake_is_named_with_its_mend_and_left_out(tmp_path, cells, column, what):
    file = tmp_path / "assets.csv"
    file.write_text(f"{','.join(PLAIN)}\nb,d,depth,cm,,,,A,PT5M\n{cells}\n")
    assets = read_assets(file)
    assert [channel.id for channel in assets.channels] == ["b"]
    (problem,) = assets.problems
    assert (problem.row, problem.column) == (3, column)
    assert what in problem.what
    assert problem.mend


def test_a_header_that_lacks_a_column_or_has_a_strange_one_says_so(tmp_path):
    file = tmp_path / "assets.csv"
    file.write_text("channel,quantity,colour\na,depth,red\n")
    said = {(p.row, p.column): p.what for p in read_assets(file).problems}
    assert said == {
        (1, "device"): "the column is missing",
        (1, "colour"): "is not a column we know",
    }


def test_intervals_that_are_not_written_are_to_be_learnt():
    rows = [row("depth", "a", interval="PT1M"), row("flow", "b")]
    assets = channels_of(rows, "UTC")
    assert assets.learn == {2}
    assert [c.number for c in assets.channels] == [1, 2]


@pytest.mark.parametrize(
    ("written", "unit", "meant"),
    [
        ("Water Level", "m", "level"),
        ("street_depth", "in", "depth"),
        ("water-depth", "in", "depth"),
        ("Flow Rate", "m³/h", "flow"),
        ("LAeq", "dB", "sound_level"),
        ("noise", "dB(A)", "sound_level"),
        ("Voltage", "V", "voltage"),
        ("litres", "L", "volume"),
        ("gas", "%LEL", "methane"),
        ("gas", "kPa", "gas_pressure"),
        ("gas", "m3/h", "flow"),
        ("gas", "m3", "volume"),
        ("water", "L", "volume"),
        ("consumption", "kWh", "energy"),
        ("水压", "mH2O", "pressure"),
    ],
)
def test_quantities_are_known_by_the_words_that_people_use(written, unit, meant):
    (channel,) = channels_of([row(written, unit=unit)], "UTC").channels
    assert channel.quantity == meant


@pytest.mark.parametrize(
    ("word", "mend"),
    [("presure", "Did you mean pressure"), ("sound levle", "Did you mean sound_level?")],
)
def test_a_word_that_is_none_is_answered_with_the_nearest(word, mend):
    (problem,) = channels_of([row(word)], "UTC").problems
    assert problem.mend.startswith(mend)
    assert "Use one of acceleration, acidity, battery" in problem.mend


def test_every_other_word_for_a_quantity_has_a_quantity():
    assert set(WORDS) == set(QUANTITIES)
    assert all(word == word.lower() for words in WORDS.values() for word in words)


@pytest.mark.parametrize("interval", ["300", "5min", "5 min", "PT5M", "00:05:00", "0:05", "300 s"])
def test_an_interval_may_be_written_in_any_common_way(interval):
    (channel,) = channels_of([row("level", interval=interval)], "UTC").channels
    assert channel.interval == timedelta(minutes=5)
