"""How often somebody may ask: so that one who asks too often does not keep the others waiting."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from time import time
from typing import NamedTuple

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from api.access.slowing import too_many


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
    """Counts by kind: guests and refusals by address, persons and keys by their number."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._limits = {kind: parse(text) for kind, text in given.items()}
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def take(self, kind: str, whom: str) -> Standing | None:
        """Count one request; None where the kind has no limit. Raises Problem 429."""
        limit = self._limits.get(kind)
        if limit is None:
            return None
        taken = self._limiter.hit(limit, kind, whom)
        stats = self._limiter.get_window_stats(limit, kind, whom)
        standing = Standing(kind, limit, stats.remaining, max(0, ceil(stats.reset_time - time())))
        if not taken:
            raise too_many(
                f"At most {limit.amount} in {limit.get_expiry()} s: slow down.",
                standing.again,
                **standing.headers(),
            )
        return standing
