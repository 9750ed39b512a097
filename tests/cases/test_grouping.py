"""Which finding is the likely origin of a case."""

import pytest
from one_event import START, an_event, minutes

from cases.grouping import Symptom, likely_origins, metres


def finding(name, began=0, peak=1.0, scope="component"):
    return an_event(scope=scope, subject=name, began=START + minutes(began), peak=peak)


@pytest.mark.parametrize(
    ("claim", "findings", "order"),
    [
        ("nothing has no origin", [], []),
        ("what spoke first", [finding("late", 20), finding("early", 0)], ["early", "late"]),
        (
            "the loudest of those that spoke within one reporting interval",
            [finding("first", 0, 1.1), finding("loud", 4, 3.0), finding("late", 6, 9.0)],
            ["loud", "first", "late"],
        ),
        (
            "the transformer before the meters it feeds",
            [finding("meter", 0, 5.0, "device"), finding("T1", 3, 1.0, "transformer")],
            ["T1", "meter"],
        ),
        (
            "the feeder before the transformer",
            [finding("T1", 0, 5.0, "transformer"), finding("F", 9, 1.0, "feeder")],
            ["F", "T1"],
        ),
    ],
)
def test_the_likeliest_origin_comes_first(claim, findings, order):
    assert [event.subject for event in likely_origins(findings)] == order, claim
    assert [event.subject for event in likely_origins(findings[::-1])] == order, claim


def test_distances_are_those_of_the_earth():
    """One thousandth of a degree in Hangzhou: 111.2 m north, 96.2 m east."""
    here, north, east = (
        Symptom("L", "C", None, lon, lat)
        for lon, lat in ((120.1, 30.1), (120.1, 30.101), (120.101, 30.1))
    )
    assert metres(here, north) == pytest.approx(111.195, abs=0.01)
    assert metres(here, east) == pytest.approx(96.20, abs=0.01)
    assert metres(here, Symptom("L", "C", None, None, None)) is None
