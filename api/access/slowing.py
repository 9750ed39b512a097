"""How often a password may be tried: fewer and fewer times, but never for good.

Failures count for the account at this address, for the account anywhere, and for the address.
A browser in which the person signed in before counts apart: whoever fails elsewhere, however
often, does not keep the person out of it.
"""

from __future__ import annotations

from http import HTTPStatus
from ipaddress import IPv6Address, ip_address
from math import ceil
from threading import Lock
from time import time
from typing import Final

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from api.problem import Problem

#: Failures, in windows that move: five at once, then slower. ASVS asks for at most 100 an hour.
HERE: Final = "5/minute;15/hour"  #: one account from one address, or in its own browser
ANYWHERE: Final = "20/5minute;60/hour"  #: one account
ADDRESS: Final = "20/minute;100/hour"  #: one address, whatever it tries
LINKS: Final = "10/minute;60/hour"  #: one-time links that are none, of one address


class Slowing:
    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        #: For what is quickly tried: from its check until its failure counts, none beside it.
        self.turn = Lock()

    def check(self, account: str, address: str, browser: str = "") -> None:
        """Raise Problem 429 where somebody has to wait. `browser` is that of the person, if so."""
        self._check(self._counts(account, address, browser))

    def failed(self, account: str, address: str, browser: str = "") -> None:
        self._hit(self._counts(account, address, browser))

    def fits(self, account: str, address: str, browser: str = "") -> None:
        """Forget the failures of whoever typed it right in the end."""
        for limit, key in self._counts(account, address, browser):
            if key[0] in ("here", "own"):
                self._limiter.clear(limit, *key)

    def check_link(self, address: str) -> None:
        self._check([(limit, ("links", part_of(address))) for limit in parse_many(LINKS)])

    def bad_link(self, address: str) -> None:
        self._hit([(limit, ("links", part_of(address))) for limit in parse_many(LINKS)])

    def _counts(
        self, account: str, address: str, browser: str
    ) -> list[tuple[RateLimitItem, tuple[str, ...]]]:
        place = part_of(address)
        keys = (
            [(HERE, ("own", account, browser))]
            if browser
            else [
                (HERE, ("here", account, place)),
                (ANYWHERE, ("anywhere", account)),
                (ADDRESS, ("address", place)),
            ]
        )
        return [(limit, key) for limits, key in keys for limit in parse_many(limits)]

    def _check(self, counts: list[tuple[RateLimitItem, tuple[str, ...]]]) -> None:
        full = [c for c in counts if not self._limiter.test(c[0], *c[1])]
        if full:
            again = max(self._limiter.get_window_stats(limit, *key).reset_time - time()
                        for limit, key in full)  # fmt: skip
            raise too_many("Too many failures: wait, then try again.", again)

    def _hit(self, counts: list[tuple[RateLimitItem, tuple[str, ...]]]) -> None:
        for limit, key in counts:
            self._limiter.hit(limit, *key)


def part_of(address: str) -> str:
    """Return what one household or server has: an IPv4 address, or the 64 bits of a net in IPv6.

    Proxies write an IPv4 address as one of IPv6 too: else all of these were one household.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))


def too_many(detail: str, again: float, **headers: str) -> Problem:
    """Return the answer to whoever has to wait `again` [s]."""
    return Problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        detail,
        "too-many",
        "Too many requests",
        headers={"Retry-After": str(max(1, ceil(again))), **headers},
    )
