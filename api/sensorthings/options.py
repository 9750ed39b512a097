"""The query options of a request, nested ones of $expand among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from api.paging import opened_cursor
from api.problem import Problem
from api.sensorthings.expressions import IDENTITY, parse, refused
from store.sensorthings.asked import Asked, Order
from store.sensorthings.composing import Place
from store.sensorthings.model import BY_NAME, Entity

NOWHERE: Mapping[str, int] = {}
CURSOR = "$skiptoken"
KNOWN = ("$filter", "$orderby", "$top", "$skip", "$count", "$select", "$expand")
DEEPEST = 4  #: $expand within $expand
LARGEST = 2**31 - 1


def read_options(
    options: Mapping[str, str],
    entity: Entity,
    starts: Mapping[str, int] = NOWHERE,
    depth: int = 0,
) -> Asked:
    """Return what is asked of `entity`; raises Problem, 501 for an option nobody knows here.

    `starts` says where the options begin that stand within $expand.
    """
    for name in options:
        if name not in KNOWN and name != CURSOR:
            raise Problem(
                HTTPStatus.NOT_IMPLEMENTED,
                f"There is no {name} here; there are {', '.join(KNOWN)}.",
                kind="unknown-option",
                title="The query option is not supported",
            )

    def tree(name: str, text: str, at: int = 0) -> Any:
        return parse("$expand" if depth else name, text, starts.get(name, 0) + at)

    text = options.get("$filter")
    ordered = split(options.get("$orderby", ""), ",", "$orderby")
    return Asked(
        filter=None if text is None else tree("$filter", text),
        orderby=tuple(_order(partial(tree, "$orderby"), at, part) for at, part in ordered),
        top=_number(options, "$top"),
        skip=_number(options, "$skip") or 0,
        count=_truth(options),
        select=_selected(options.get("$select"), entity),
        expand=tuple(
            _expanded(options.get("$expand", ""), entity, starts.get("$expand", 0), depth)
        ),
        after=opened_cursor(options.get(CURSOR)),
        text="&".join(
            f"{name}={quote(value, safe=SAFE)}"
            for name, value in options.items()
            if name not in ("$skip", CURSOR)
        ),
    )


SAFE = "$(),;=/'@:*"  #: what an address may show as it is


def _number(options: Mapping[str, str], name: str) -> int | None:
    text = options.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > LARGEST:
        raise refused(name, f"{text!r} is no whole number from 0 to {LARGEST}")
    return int(text)


def _truth(options: Mapping[str, str]) -> bool:
    text = options.get("$count", "false")
    if text not in ("true", "false"):
        raise refused("$count", f"{text!r} is neither true nor false")
    return text == "true"


def _order(tree: Callable[[str, int], Any], at: int, part: str) -> Order:
    said, _, last = part.rpartition(" ")
    if last not in ("asc", "desc"):
        return Order(tree(part, at), False)
    return Order(tree(said.rstrip(), at), last == "desc")


def _selected(text: str | None, entity: Entity) -> tuple[str, ...] | None:
    if text is None:
        return None
    chosen = []
    for at, part in split(text, ",", "$select"):
        name = "id" if part == IDENTITY else part
        if part != "*" and not entity.named(name) and not entity.relation(name):
            raise refused("$select", f"{entity.name} has no {part}", Place("$select", text, at))
        chosen.append(name)
    return None if "*" in chosen else tuple(chosen)


def _expanded(text: str, entity: Entity, start: int, depth: int) -> Iterator[Any]:
    if text and depth >= DEEPEST:
        raise refused("$expand", f"it is nested more than {DEEPEST} deep")
    found: dict[str, Any] = {}
    for at, part in split(text, ",", "$expand"):
        name, options = _named(part)
        relation = entity.relation(name)
        if relation is None:
            choices = ", ".join(each.name for each in entity.relations)
            at_name = Place("$expand", text, start + at)
            raise refused("$expand", f"{entity.name} leads to {choices}, not to {name!r}", at_name)
        begins = start + at + len(name) + 1
        if part[len(name) :].startswith("/"):
            given, starts = {"$expand": options}, {"$expand": begins}
        else:
            nested = list(_nested(options))
            given = {option: value for option, value, _ in nested}
            starts = {option: begins + place for option, _, place in nested}
        asked = read_options(given, BY_NAME[relation.target], starts, depth + 1)
        if name in found:  # Datastreams/Sensor,Datastreams/ObservedProperty
            asked = _merged(found[name][1], asked)
        found[name] = relation, asked
    yield from found.values()


def _merged(one: Asked, other: Asked) -> Asked:
    if one.text and not one.text.startswith("$expand"):
        return one
    text = "&".join(each for each in (one.text, other.text) if each)
    return Asked(
        filter=other.filter, orderby=other.orderby, top=other.top, skip=other.skip,
        count=other.count, select=other.select, expand=(*one.expand, *other.expand), text=text,
    )  # fmt: skip


def _named(part: str) -> tuple[str, str]:
    """Return the name that an item of $expand begins with, and what is in () or after /."""
    ends = [at for at in (part.find("("), part.find("/")) if at >= 0]
    name = part[: min(ends)] if ends else part
    rest = part[len(name) :]
    if rest.startswith("("):
        if not rest.endswith(")"):
            raise refused("$expand", "a parenthesis is not closed")
        return name, rest[1:-1]
    return name, rest[1:]


def _nested(options: str) -> Iterator[tuple[str, str, int]]:
    """Yield the name, the value, and where the value begins, of each option."""
    for at, part in split(options, ";", "$expand"):
        name, equals, value = part.partition("=")
        if not equals:
            raise refused("$expand", f"{part!r} is no option", Place("$expand", options, at))
        yield name.strip(), value, at + len(name) + 1


def split(text: str, separator: str, option: str) -> Iterator[tuple[int, str]]:
    """Yield the parts of a list with where they begin; not split within '...' and (...)."""
    start, depth, quoted = 0, 0, False
    for at, character in enumerate(text + separator):
        if character == "'" and at < len(text):
            quoted = not quoted
        elif not quoted and character in "()":
            depth += 1 if character == "(" else -1
        elif (at == len(text) or not (quoted or depth)) and character == separator:
            part = text[start:at]
            if quoted or depth:
                raise refused(option, "a quote or a parenthesis is not closed")
            if part.strip():
                yield start + len(part) - len(part.lstrip()), part.strip()
            elif text.strip():
                raise refused(option, "something is missing between separators")
            start = at + 1
