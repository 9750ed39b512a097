"""How often somebody may ask: so that one who asks too often does not keep the others waiting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil
from time import monotonic
from typing import NamedTuple

from limits import RateLimitItem, parse

from api.access.slowing import too_many

FORGETS_EVERY = 60.0  #: [s]


class Standing(NamedTuple):
    """What is left to somebody; as headers (draft-ietf-httpapi-ratelimit-headers)."""

    kind: str
    limit: RateLimitItem
    left: int
    again: int  #: [s] until all of it is there again

    def headers(self) -> dict[str, str]:
        window = self.limit.get_expiry()
        return {
            "RateLimit-Policy": f'"{self.kind}";q={self.limit.amount};w={window}',
            "RateLimit": f'"{self.kind}";r={self.left};t={self.again}',
        }


class Rates:
    """Counts by kind: guests and refusals by address, persons and keys by their number.

    A window begins with its first request. Counted here and not by `limits`, whose store in memory
    starts a thread every 10 ms to forget: each request waited for that.
    """

    def __init__(self, given: Mapping[str, str], now: Callable[[], float] = monotonic) -> None:
        self._limits = {kind: parse(text) for kind, text in given.items()}
        self._now = now
        self._windows: dict[tuple[str, str], tuple[float, int]] = {}  #: end, requests in it
        self._forgotten = now()

    def take(self, kind: str, whom: str) -> Standing | None:
        """Count one request; None where the kind has no limit. Raises Problem 429."""
        limit = self._limits.get(kind)
        if limit is None:
            return None
        now = self._now()
        end, count = self._windows.get((kind, whom), (now, 0))
        if end <= now:
            self._forget(now)
            end, count = now + limit.get_expiry(), 0
        self._windows[kind, whom] = end, count + 1
        standing = Standing(kind, limit, max(0, limit.amount - count - 1), ceil(end - now))
        if count >= limit.amount:
            raise too_many(
                f"At most {limit.amount} in {limit.get_expiry()} s: slow down.",
                standing.again,
                **standing.headers(),
            )
        return standing

    def _forget(self, now: float) -> None:
        """Drop the windows that have ended, now and then."""
        if now - self._forgotten > FORGETS_EVERY:
            self._forgotten = now
            self._windows = {key: kept for key, kept in self._windows.items() if kept[0] > now}
