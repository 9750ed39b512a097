"""Which event of another rule accounts for one of ours, and which does not."""

import pytest
from one_event import an_event, minutes
from small_city import RULES

from ingest.channel import Channel
from rules.event import Standing
from rules.explain import account_for, by_place
from rules.pack import read_pack

RULE = read_pack(RULES).rules["water"]  # explained by rain, from 15 min before to 5 min after
CHANNELS = {
    1: Channel(1, "road", "d1", "depth", "depth", "cm", tags={"zone": "north"}),
    2: Channel(2, "rain", "d2", "rain_rate", "rain_rate", "mm/h", tags={"zone": "north"}),
    3: Channel(3, "far", "d3", "rain_rate", "rain_rate", "mm/h", tags={"zone": "south"}),
}
OURS = an_event(rule="water", channels=(1,))


def rain(begins, ends, channel=2, **changes):
    """Return rain from so many minutes after OURS began until so many, None: still."""
    began = OURS.began + minutes(begins)
    ended = None if ends is None else OURS.began + minutes(ends)
    zone = CHANNELS[channel].tags["zone"]
    given = {"scope": "zone", "subject": zone, "channels": (channel,), **changes}
    return an_event(rule="rain", began=began, raised=began, ended=ended, **given)


@pytest.mark.parametrize(
    ("claim", "other", "standing"),
    [
        ("rain that goes on", rain(-60, None), Standing.EXPLAINED),
        ("rain that was over 15 minutes ago", rain(-60, -15), Standing.EXPLAINED),
        ("not if that is longer ago", rain(-60, -16), Standing.STANDING),
        ("rain that begins 5 minutes after", rain(5, None), Standing.EXPLAINED),
        ("not if it begins later", rain(6, None), Standing.STANDING),
        ("not rain elsewhere", rain(-60, None, channel=3), Standing.STANDING),
        (
            "not rain that never was",
            rain(-60, None, standing=Standing.WITHDRAWN),
            Standing.STANDING,
        ),
    ],
)
def test_what_accounts_for_standing_water(claim, other, standing):
    others = {("rain", "zone"): by_place([other], "zone", CHANNELS)}
    found = account_for(OURS, RULE, others, CHANNELS)
    assert found.standing is standing, claim
    assert ("explained_by" in found.why) == (standing is Standing.EXPLAINED)


def test_what_no_longer_accounts_for_it_leaves_a_fact():
    there = {("rain", "zone"): by_place([rain(-60, None)], "zone", CHANNELS)}
    explained = account_for(OURS, RULE, there, CHANNELS)
    assert account_for(explained, RULE, {}, CHANNELS) == OURS
