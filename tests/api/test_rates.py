"""Requests are counted in windows that begin with the first of them."""

import pytest

from api.access.rates import FORGETS_EVERY, Rates
from api.access.slowing import part_of
from api.problem import Problem


class Hand:
    """A clock that is turned by hand."""

    def __init__(self):
        self.at = 1_000.0

    def __call__(self):
        return self.at


@pytest.fixture
def hand():
    return Hand()


@pytest.fixture
def rates(hand):
    return Rates({"person": "3/minute", "guest": "1/second"}, hand)


def test_a_window_begins_with_its_first_request_and_is_whole_again_after_it(rates, hand):
    left = []
    for at in (0, 20, 59):
        hand.at = 1_000 + at
        standing = rates.take("person", "li")
        left.append((standing.left, standing.again))
    assert left == [(2, 60), (1, 40), (0, 1)]
    with pytest.raises(Problem) as refused:
        rates.take("person", "li")
    assert refused.value.status == 429
    hand.at = 1_060.0
    assert rates.take("person", "li").left == 2


def test_a_refused_request_does_not_lengthen_the_window(rates, hand):
    rates.take("guest", "a")
    for tenth in range(1, 10):
        hand.at = 1_000 + tenth / 10
        with pytest.raises(Problem):
            rates.take("guest", "a")
    hand.at = 1_001.0
    assert rates.take("guest", "a").left == 0


def test_each_is_counted_alone_and_what_has_no_limit_not_at_all(rates):
    assert [rates.take("guest", name).left for name in "abc"] == [0, 0, 0]
    assert rates.take("person", "a").left == 2
    assert rates.take("key", "a") is None


def test_those_who_are_gone_are_forgotten(rates, hand):
    for number in range(1_000):
        rates.take("guest", str(number))
    rates.take("person", "li")
    hand.at += FORGETS_EVERY - 1
    rates.take("person", "wang")
    hand.at += 2
    rates.take("guest", "new")
    assert set(rates._windows) == {("person", "wang"), ("guest", "new")}


#: An address as a server or proxy has it, and for whom it counts.
HOUSEHOLDS = [
    ("192.0.2.1", "192.0.2.1", "one address"),
    ("2001:db8:1:2::9", "2001:db8:1:2::", "a net: whoever has one address has them all"),
    ("::ffff:192.0.2.1", "192.0.2.1", "not all of IPv4 together: one would keep all others out"),
    ("a socket", "a socket", "no address"),
]


@pytest.mark.parametrize(("address", "household", "why"), HOUSEHOLDS)
def test_an_address_counts_for_one_household(address, household, why):
    assert part_of(address) == household, why
