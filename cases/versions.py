"""Data that is replaced: each version is in force for a time of its own, never two at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import TypeVar

from pydantic import AwareDatetime, Field, model_validator

from cases.data import BadCatalogue, Data

BEGINNING, END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Versioned(Data):
    version: str = Field(min_length=1)
    source: str
    in_force_from: AwareDatetime | None = None
    """None: since ever."""
    in_force_until: AwareDatetime | None = None
    """The first instant at which it no longer is; None: it has no end yet."""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Versioned:
        if self.since >= self.until:
            raise ValueError(f"version {self.version} ends before it is in force")
        return self

    @property
    def since(self) -> datetime:
        return self.in_force_from or BEGINNING

    @property
    def until(self) -> datetime:
        return self.in_force_until or END

    def is_in_force(self, at: datetime) -> bool:
        return self.since <= at < self.until


Kind = TypeVar("Kind", bound=Versioned)


def apart(what: str, versions: Iterable[Kind]) -> list[Kind]:
    """Return the versions of one thing, newest first; raises BadCatalogue if two are at once."""
    found = sorted(versions, key=lambda each: each.since, reverse=True)
    for later, earlier in pairwise(found):
        if later.version == earlier.version:
            raise BadCatalogue(f"{what}: version {later.version} is there twice")
        if earlier.until > later.since:
            raise BadCatalogue(
                f"{what}: versions {earlier.version} and {later.version} are both in force at "
                f"{max(later.since, earlier.since):%Y-%m-%d %H:%M %Z}; end {earlier.version} "
                "with in_force_until"
            )
    return found


def followed(earlier: Iterable[Kind], later: Sequence[Kind]) -> list[Kind]:
    """Return both, where what was in force ends as `later` begins, or is replaced by it."""
    if not later:
        return list(earlier)
    begins = min(each.since for each in later)
    names = {each.version for each in later}
    return [
        *(
            each.model_copy(update={"in_force_until": min(each.until, begins)})
            for each in earlier
            if each.since < begins and each.version not in names
        ),
        *later,
    ]
