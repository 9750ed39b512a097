"""From episodes to spans: how many, how near, and which were first."""

from dataclasses import replace

import numpy as np
import pytest
from small_city import RULES

from rules.combine import combine
from rules.event import Episode
from rules.pack import read_pack
from rules.schema import Need

START = np.datetime64("2026-07-01T00:00", "us")
MINUTE = np.timedelta64(60_000_000, "us")
RULE = read_pack(RULES).rules["water"]


def rule(**changes):
    return RULE.model_copy(update={"rejoin": RULE.rejoin * 0, **changes})


def at(minute):
    return None if minute is None else START + minute * MINUTE


def episode(channel, began, raised, cleared, found=None):
    return Episode(
        rule="water",
        signal="deep",
        channel=channel,
        began=at(began),
        raised=at(raised),
        found=at(raised if found is None else found),
        cleared=at(cleared),
        peak=2.0,
        peak_value=0.3,
    )


def minutes(time):
    return None if time is None else int((time - START) / MINUTE)


def spans(a_rule, *episodes, bound=3):
    """Return (began, raised, ended, channels) of each span, in minutes."""
    return [
        (
            minutes(span.began),
            minutes(span.raised),
            minutes(span.ended),
            sorted({e.channel for e in span.members}),
        )
        for span in combine(a_rule, {"deep": bound}, [episode(*e) for e in episodes])
    ]


@pytest.mark.parametrize(
    ("claim", "changes", "episodes", "expected"),
    [
        ("one is enough where one is needed", {}, [(1, 0, 4, 9)], [(0, 4, 9, [1])]),
        ("what still stands has no end", {}, [(1, 0, 4, None)], [(0, 4, None, [1])]),
        (
            "a later member joins and changes no beginning",
            {},
            [(1, 2, 4, 9), (2, 0, 6, 12)],
            [(2, 4, 12, [1, 2])],
        ),
        (
            "two apart are two",
            {},
            [(1, 0, 4, 9), (1, 10, 12, 14)],
            [(0, 4, 9, [1]), (10, 12, 14, [1])],
        ),
        ("two that touch are one", {}, [(1, 0, 4, 9), (2, 8, 9, 14)], [(0, 4, 14, [1, 2])]),
        (
            "back within rejoin it was never over",
            {"rejoin": RULE.rejoin},
            [(1, 0, 4, 9), (1, 15, 17, 20)],
            [(0, 4, 20, [1])],
        ),
        (
            "two must stand at once",
            {"needs": {"deep": Need(least=2)}},
            [(1, 0, 4, 9), (2, 7, 8, 14), (3, 15, 16, 18)],
            [(0, 8, 9, [1, 2])],
        ),
        (
            "the same channel twice is no two",
            {"needs": {"deep": Need(least=2)}},
            [(1, 0, 4, 9), (1, 10, 11, 14)],
            [],
        ),
        (
            "a share counts the channels there are",
            {"needs": {"deep": Need(least=1, share=0.6)}},
            [(1, 0, 4, 9), (2, 3, 5, 8)],
            [(0, 5, 8, [1, 2])],
        ),
        (
            "beginnings too far apart are two causes",
            {"needs": {"deep": Need(least=2)}, "within": 3 * RULE.rejoin / 10},
            [(1, 0, 4, 20), (2, 7, 8, 20), (3, 9, 10, 20)],
            [(7, 10, 20, [1, 2, 3])],
        ),
        (
            "two spans on the same beginning are one, for it is their name",
            {"needs": {"deep": Need(least=2)}},
            [(1, 0, 4, 30), (2, 5, 6, 9), (3, 12, 13, 15)],
            [(0, 6, 15, [1, 2, 3])],
        ),
    ],
)
def test_what_episodes_add_up_to(claim, changes, episodes, expected):
    assert spans(rule(**changes), *episodes) == expected, claim


def test_an_event_is_found_when_the_last_reading_it_needed_arrived():
    two = rule(needs={"deep": Need(least=2)})
    late = [episode(1, 0, 4, 60, found=50), episode(2, 0, 5, 60), episode(3, 0, 6, 60, found=70)]
    (span,) = combine(two, {"deep": 3}, late)
    assert minutes(span.found) == 50


def test_an_event_is_not_found_later_for_a_reading_it_did_not_need():
    two = rule(needs={"deep": Need(least=2)})
    at_once = [episode(n, 0, 5, 60, found=found) for n, found in ((1, 5), (2, 50), (3, 70))]
    (span,) = combine(two, {"deep": 3}, at_once)
    assert minutes(span.found) == 50


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_episodes_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    starts = np.cumsum(rng.integers(1, 20, 30))
    episodes = [
        episode(int(rng.integers(1, 9)) * 100 + n, int(s), int(s + 2), int(s + rng.integers(3, 60)))
        for n, s in enumerate(starts)
    ]
    two = rule(needs={"deep": Need(least=3)})
    shuffled = [episodes[n] for n in rng.permutation(len(episodes))]
    assert combine(two, {"deep": 3}, shuffled) == combine(two, {"deep": 3}, episodes)


def test_a_signal_that_keeps_an_event_standing_does_so_alone_but_raises_none():
    two = rule(
        signals={"deep": RULE.signals["deep"], "draws": RULE.signals["deep"]},
        needs={"deep": Need(least=2), "draws": Need(least=1)},
        stays_while=("deep",),
        within=None,
    )
    deep = [episode(1, 0, 4, 90), episode(2, 1, 5, 60)]
    draws = [replace(episode(3, 2, 6, 20), signal="draws")]
    (span,) = combine(two, {"deep": 3, "draws": 1}, deep + draws)
    assert (minutes(span.raised), minutes(span.ended)) == (6, 60)
    assert combine(two, {"deep": 3, "draws": 1}, deep) == []
    ends_with_all = two.model_copy(update={"stays_while": ()})
    (span,) = combine(ends_with_all, {"deep": 3, "draws": 1}, deep + draws)
    assert minutes(span.ended) == 20
