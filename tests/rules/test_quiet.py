"""What would have kept an event quiet, in words."""

from datetime import timedelta

import numpy as np
import pytest

from ingest.channel import Channel
from rules.event import Episode
from rules.quiet import in_words, quiet_if
from rules.schema import Signal

NOON = np.datetime64("2026-07-01T12:00", "us")


def said(quantity, limit, signal=None, least=1, peak_value=1.0):
    written = signal or {"detect": [{"with": "level", "high": "1 m"}]}
    read = Signal.model_validate({"select": {"quantity": quantity}, **written})
    episode = Episode("r", "s", 1, NOON, NOON, NOON, None, 1.0, peak_value, limit)
    return quiet_if("", read, least, episode, Channel(1, "c", "d", quantity, quantity, "1"))


FLOW = {"detect": [{"with": "night_flow"}]}
TILT = {"detect": [{"with": "level", "high": "15 °"}]}
VOLTS = {"detect": [{"with": "level", "high": "235.4 V"}]}


@pytest.mark.parametrize(
    ("quantity", "limit", "signal", "line"),
    [
        ("depth", {"high": 0.15}, None, "depth under 15 cm"),
        ("tilt", {"high": 0.2617994}, TILT, "tilt under 15 °"),
        (
            "voltage",
            {"high": 235.4, "low": 198.0},
            VOLTS,
            "voltage above 198 V, voltage under 235.4 V",
        ),
        (
            "flow",
            {"usual_night_flow": 0.0143, "allowed_excess": 0.001},
            FLOW,
            "flow at night as usual, 51.48 m³/h, less than 3.6 m³/h above that",
        ),
        (
            "sound_level",
            {"night_limit": 55.0},
            {"detect": [{"with": "energy_mean", "day": "70 dB", "night": "55 dB"}]},
            "sound level under 55 dB by night",
        ),
        (
            "last_gasp",
            {},
            {"detect": [{"with": "state_is", "equals": 1}]},
            "no last gasp reported",
        ),
        (
            "flow",
            {"days_learnt": 11.5},
            {"detect": [{"with": "seasonal", "slot": "PT15M", "floor": "2 m³/h", "limit": 6}]},
            "flow as usual at this hour",
        ),
        (
            "volume",
            {"longest_run_by_habit_h": 5.0},
            {"detect": [{"with": "continuous_flow"}]},
            "volume standing still once",
        ),
        (
            "tilt",
            {"rest": 0.02},
            {"detect": [{"with": "cover_moved", "limit": "15 °", "lasting": "PT2.1S"}]},
            "tilt nearer to its rest",
        ),
        (
            "level",
            {"limit": 3.0, "reached_in_s": 1200.0},
            {"detect": [{"with": "time_to_limit", "limit": "3 m", "within": "PT30M"}]},
            "level under 3 m",
        ),
        (
            "voltage",
            {"nominal": 220.0, "high": 235.4, "low": 198.0},
            VOLTS,
            "voltage above 198 V, voltage under 235.4 V",
        ),
        ("depth", {"clock_behind_by_s": 11220.0}, None, "a clock that is not 3 h 7 min behind"),
    ],
)
def test_limits_are_told_in_the_units_people_read(quantity, limit, signal, line):
    assert said(quantity, limit, signal) == [line]


def test_a_silence_is_told_as_a_time():
    assert said("sound_level", {}, {"silent": {}}, peak_value=3000.0) == [
        "c heard again within 50 min"
    ]


def test_of_detectors_that_must_agree_each_one_could_have_kept_quiet():
    both = {
        "combine": "all",
        "detect": [
            {"with": "level", "high": "1 %VOL"},
            {"with": "rate_of_rise", "rise": "1 %VOL", "over": "PT30M"},
        ],
    }
    assert said("methane", {"high": 0.01, "rise": 0.01}, both, least=2) == [
        "methane rising by less than 1 %VOL",
        "methane under 1 %VOL",
        "fewer than 2 channels at once",
    ]


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        ("0", "0 s"),
        ("2.1", "2.1 s"),
        ("1500", "25 min"),
        ("5400", "1 h 30 min"),
        ("90000", "1 d 1 h"),
    ],
)
def test_durations_are_told_in_two_units_at_most(duration, words):
    assert in_words(timedelta(seconds=float(duration))) == words
