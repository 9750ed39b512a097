"""What a request asks of an entity set: its query options, read but not yet composed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from store.sensorthings.model import Relation


class Order(NamedTuple):
    expression: Any  #: a tree of odata-query
    descending: bool


@dataclass(frozen=True, slots=True)
class Asked:
    filter: Any = None  #: a tree of odata-query
    orderby: tuple[Order, ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    select: tuple[str, ...] | None = None  #: None: all
    expand: tuple[tuple[Relation, Asked], ...] = ()
    after: tuple[Any, ...] = ()  #: sort keys of the last row of the page before
    text: str = ""  #: as it was written, without `after` and `skip`: for the link to the next page
