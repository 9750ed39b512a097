"""What maintenance, planned work, calibration and shelving hold back, and for how long."""

import numpy as np
import pytest

from ingest.channel import Channel
from rules.event import Event, Standing
from rules.windows import Reason, Window, held_back, is_told

MIDNIGHT = np.datetime64("2026-03-02", "us")
CHANNELS = {
    n: Channel(n, f"c{n}", f"d{n}", "f", "level", "m", component="K", tags={"zone": zone})
    for n, zone in ((1, "east"), (2, "east"), (3, "west"))
}


def at(hour):
    return MIDNIGHT + np.timedelta64(int(hour * 60), "m")


def window(begins, ends, scope="zone", subject="east", rules=(), number=1):
    return Window(number, Reason.PLANNED_WORK, scope, subject, at(begins), at(ends), rules)


def event(raised, ended=None, channels=(1,), rule="r", scope="component", subject="K"):
    return Event(
        rule, "v", scope, subject, "L", "0101", "c", "yellow", at(raised), at(raised), at(raised),
        None if ended is None else at(ended),
        Standing.STANDING if ended is None else Standing.OVER,
        channels, 1.0, "key",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("claim", "event", "windows", "until"),
    [
        ("raised within is held back to the end", event(5), [window(4, 8)], 8),
        ("raised before is not", event(3), [window(4, 8)], None),
        ("raised as it ends is not", event(8), [window(4, 8)], None),
        ("windows on end hold as one", event(5), [window(4, 8), window(8, 9, number=2)], 9),
        ("windows that overlap too", event(5), [window(4, 8), window(7, 9, number=2)], 9),
        ("a gap between two ends it", event(5), [window(4, 8), window(8.5, 9, number=2)], 8),
        ("another zone is not meant", event(5, channels=(3,)), [window(4, 8)], None),
        ("nor one that also spoke elsewhere", event(5, channels=(1, 3)), [window(4, 8)], None),
        ("the subject itself is", event(5), [window(4, 8, "component", "K")], 8),
        ("a device by name", event(5), [window(4, 8, "device", "d1")], 8),
        ("one rule of several", event(5), [window(4, 8, rules=("r", "s"))], 8),
        ("another rule is not meant", event(5), [window(4, 8, rules=("s",))], None),
        ("the whole city", event(5), [window(4, 8, "city", "city")], 8),
    ],
)
def test_held_back(claim, event, windows, until):
    held = held_back(event, windows, CHANNELS)
    assert (held and held.until) == (until and at(until)), claim


def test_the_order_of_windows_does_not_matter():
    windows = [window(4, 8), window(8, 9, number=2), window(4.5, 6, number=3)]
    assert held_back(event(5), windows, CHANNELS) == held_back(event(5), windows[::-1], CHANNELS)


@pytest.mark.parametrize(
    ("claim", "event", "now", "told"),
    [
        ("not while the window lasts", event(5), 7, False),
        ("when it ends and the event goes on", event(5), 8, True),
        ("never, if it was over before", event(5, ended=7), 12, False),
        ("and if it was over only after", event(5, ended=9), 12, True),
    ],
)
def test_people_are_told(claim, event, now, told):
    held = held_back(event, [window(4, 8)], CHANNELS)
    assert is_told(event, held, at(now)) is told, claim
