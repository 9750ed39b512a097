"""How several detectors of one signal agree, and which channels a signal looks at."""

import numpy as np
import pytest

from ingest.channel import Channel
from rules.binding import selects
from rules.schema import Selector
from rules.values import combined

NONE = np.nan


@pytest.mark.parametrize(
    ("claim", "scores", "at_once", "reached"),
    [
        ("any: the highest speaks", [0.2, 1.5, 0.7], 1, 1.5),
        ("all: the lowest must have reached it", [0.2, 1.5, 0.7], 3, 0.2),
        ("two of three: the second highest", [0.2, 1.5, 0.7], 2, 0.7),
        ("a detector that cannot say yet does not stop any", [NONE, 1.5, 0.7], 1, 1.5),
        ("nor two of three that can", [NONE, 1.5, 0.7], 2, 0.7),
        ("but all can only agree when all can say", [NONE, 1.5, 0.7], 3, NONE),
        ("of an endless score the lower one still counts", [np.inf, 0.5, 0.1], 2, 0.5),
    ],
)
def test_k_of_n_detectors(claim, scores, at_once, reached):
    columns = [np.array([score]) for score in scores]
    np.testing.assert_equal(combined(columns, at_once), np.array([reached]), err_msg=claim)


def on(component="", **tags):
    return Channel(1, "c", "d", "f", "level", "m", component=component, tags=tags)


@pytest.mark.parametrize(
    ("claim", "select", "channel", "chosen"),
    [
        ("a class of a 16-digit code", {"class": "0103"}, on("1101050103000001"), True),
        ("the same of an 18-digit code", {"class": "0103"}, on("110105010300100001"), True),
        ("another class", {"class": "0103"}, on("1101050102000001"), False),
        ("one of several", {"class": ["0102", "0103"]}, on("1101050102000001"), True),
        ("no component, no class", {"class": "0103"}, on(), False),
        ("a zone", {"zone": "east"}, on(zone="east"), True),
        ("another zone", {"zone": "east"}, on(zone="west"), False),
        ("nothing said chooses all", {}, on(), True),
    ],
)
def test_a_selector_chooses(claim, select, channel, chosen):
    assert selects(Selector.model_validate(select), channel) is chosen, claim
