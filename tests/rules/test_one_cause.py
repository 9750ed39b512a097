"""What an event says of the other events that have its cause."""

import numpy as np
import pytest
from small_city import MINUTE, RULES, START, Ledger, channel, new_engine

from ingest.batch import make_batch
from rules.judgement import Remembered
from rules.pack import read_pack

ROADS = [
    channel(1, "depth"),
    channel(2, "depth"),
    channel(3, "depth", zone="z2"),
    channel(9, "rain_rate"),
]
DURING = "case: {one_per: component, during: [{rule: rain, same: zone, before: PT30M}]}"
STORM = RULES.replace(
    "    explained_by: [{rule: rain, same: zone, before: PT15M, after: PT5M}]\n", ""
).replace("case: {one_per: component}", DURING)


def groups(rules, wet_from=0):
    """Return the paths of each flooded road when it has rained for an hour from a minute on."""
    times = START + np.arange(240) * MINUTE
    minute = np.arange(240)
    deep = np.where((minute > 40) & (minute < 120), 0.3, 0.0)
    later = np.where((minute > 70) & (minute < 150), 0.3, 0.0)
    wet = np.where((minute >= wet_from) & (minute < wet_from + 60), 1e-5, 0.0)
    values = {1: deep, 2: later, 3: deep, 9: wet}
    batch = make_batch(
        np.repeat([*values], 240), np.tile(times, 4), np.concatenate([*values.values()])
    )
    engine, ledger = new_engine(Remembered(batch), rules, ROADS), Ledger()
    engine.judge(batch)
    engine.advance(times[-1])
    ledger.settle(engine)
    roads = [e for e in ledger.facts().values() if e.rule == "water"]
    return {event.channels[0]: event.why["group"] for event in roads}


def test_floods_of_one_storm_share_it_and_those_of_another_zone_do_not():
    found = groups(STORM)
    assert found[1]["paths"] == found[2]["paths"] != []
    assert found[3]["paths"] == []
    assert "during rain on z1" in found[1]["paths"][0]


def test_before_the_rain_there_is_no_storm_to_share():
    assert all(group["paths"] == [] for group in groups(STORM, wet_from=100).values())


def test_a_rule_groups_within_50_m_unless_it_says_otherwise():
    assert {group["near"] for group in groups(STORM).values()} == {50.0}
    rule = read_pack(STORM.replace("{one_per: zone}", "{one_per: zone, near: 0 m}"))
    assert rule.rules["flooded-zone"].case.near == 0


def test_along_a_tag_the_kind_and_the_name_of_the_stretch_are_told():
    rules = STORM.replace(DURING, "case: {one_per: component, along: gateway}")
    assert groups(rules)[1]["paths"] == ["gateway g1"]


@pytest.mark.parametrize("name", ["component", "zone"])
def test_what_a_case_is_one_per_does_not_matter_to_it(name):
    rules = STORM.replace("one_per: component, during", f"one_per: {name}, during")
    assert groups(rules)[1]["paths"]
