"""Which rules watch a channel, and the limits that a plot of it shows."""

import pytest

from ingest.channel import Channel
from rules.limits import watching
from rules.pack import read_pack

PACK = """
pack: test
rules:
  - id: water
    title: {{en: water, zh: 水}}
    status: active
    why: it is deep
    source: us
    signals: {{deep: {{select: {{quantity: {quantity}}}, detect: [{detect}]}}}}
    per: device
    severity: [{{at: 1, level: yellow}}]
    event: {{code_list: GB/T 30428.2-2013, code: "0506", condition: standing-water}}
    case: {{one_per: device}}
"""
WELL = Channel(1, "w/level", "w", "level", "level", "m", attributes={"cover_level": 3.2})

LIMITS = [
    ("level", "{with: level, high: 2 m}", {("high", 2.0)}, "a fixed limit"),
    ("level", "{with: level, high: 2 m, low: 20 cm}", {("high", 2.0), ("low", 0.2)}, "two"),
    (
        "level",
        "{with: level, high: {attribute: cover_level, minus: 0.5 m}}",
        {("high", 2.7)},
        "a limit of the place",
    ),
    (
        "level",
        "{with: level, high: 2 m, night_high: 1 m}",
        {("high", 2.0), ("night_high", 1.0)},
        "another at night",
    ),
    ("level", "{with: level, high: 2 m, night_high: 2 m}", {("high", 2.0)}, "the same at night"),
    ("level", "{with: rate_of_rise, rise: 10 cm}", set(), "a rise is no value"),
    ("level", "{with: cusum, floor: 1 cm}", set(), "what is learnt is the engine's"),
]


@pytest.mark.parametrize(("quantity", "detect", "lines", "why"), LIMITS)
def test_the_limits_of_a_rule_on_a_channel_are_drawn_as_far_as_they_are_fixed(
    quantity, detect, lines, why
):
    rules = read_pack(PACK.format(quantity=quantity, detect=detect))
    [watch] = watching(rules, WELL)
    assert {(line.name, round(line.value, 9)) for line in watch.lines} == lines, why
    assert watch.signals == ("deep",)


def test_a_rule_watches_no_channel_that_its_signals_do_not_bind():
    other = read_pack(PACK.format(quantity="depth", detect="{with: level, high: 15 cm}"))
    assert watching(other, WELL) == []
    lacking = PACK.format(quantity="level", detect="{with: level, high: {attribute: bank_level}}")
    assert watching(read_pack(lacking), WELL) == []
