"""Resource paths: Things(1)/Datastreams(2)/Observations, and what stands at their end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, NamedTuple

from api.problem import Problem
from store.sensorthings.asked import Asked
from store.sensorthings.model import BY_NAME, BY_SET, Entity, Type
from store.sensorthings.reading import Reader

_SEGMENT = re.compile(r"([^/()']+)(?:\(\s*('(?:[^']|'')*'|-?\d{1,18})\s*\))?(?:/|$)")
_OBSERVATION = re.compile(r"(\d{1,9})-(-?\d{1,17})")
#: Of an entity on the way nothing is read but what leads on.
OWN = Asked(select=())
_1970 = datetime(1970, 1, 1, tzinfo=UTC)


class Segment(NamedTuple):
    name: str
    id: str | int | None


@dataclass(frozen=True, slots=True)
class Found:
    """Where a path leads: to a set, or to the one that has the columns `given`."""

    entity: Entity
    given: dict[str, Any]
    single: bool
    members: tuple[str, ...]  #: what of it: a property, and members of that
    ending: str  #: $ref, $value or nothing


def nothing(detail: str) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, detail)


def segments(path: str) -> list[Segment]:
    found, at = [], 0
    while at < len(path):
        match = _SEGMENT.match(path, at)
        if not match:
            raise nothing(f"The path cannot be read from character {at} on: {path[at:]!r}.")
        key = match[2]
        if key is None:
            id: str | int | None = None
        else:
            id = key[1:-1].replace("''", "'") if key.startswith("'") else int(key)
        found.append(Segment(match[1], id))
        at = match.end()
    return found


def identified(entity: Entity, id: str | int) -> dict[str, Any]:
    """Return the columns by which the entity of this id is found."""
    missing = nothing(f"There is no {entity.name} with the id {id!r}.")
    if isinstance(id, str) is not (entity.id is Type.TEXT):
        kind = "a text in quotes" if entity.id is Type.TEXT else "a whole number"
        raise nothing(
            f"There is no {entity.name} with the id {id!r}: ids of {entity.set} are {kind}."
        )
    if entity.set != "Observations":
        if "\0" in str(id):
            raise missing
        return {"id": id}
    match = _OBSERVATION.fullmatch(str(id))
    if not match:
        raise missing
    try:
        time = _1970 + timedelta(microseconds=int(match[2]))
    except OverflowError:
        raise missing from None
    return {"_channel": int(match[1]), "phenomenonTime": time}


def resolve(path: str, reader: Reader) -> Found:
    """Follow `path`; raises Problem 404 where it leads nowhere."""
    steps = segments(path)
    first = steps.pop(0)
    entity = BY_SET.get(first.name)
    if entity is None:
        raise nothing(f"There is no set {first.name}; there are {', '.join(BY_SET)}.")
    given = {} if first.id is None else identified(entity, first.id)
    single = first.id is not None
    while single and steps and (relation := entity.relation(steps[0].name)):
        step = steps.pop(0)
        row = reader.one(entity, given, OWN)
        if row is None:
            raise nothing(f"There is no {entity.name} before {step.name} in {path}.")
        entity, given = BY_NAME[relation.target], {relation.other: row[relation.own]}
        single = not relation.many or step.id is not None
        if step.id is not None:
            given = _both(given, identified(entity, step.id), path)
    ending = steps.pop().name if steps and steps[-1].name.startswith("$") else ""
    members = tuple(step.name for step in steps)
    _check(entity, single, members, ending)
    return Found(entity, given, single, members, ending)


def _both(one: dict[str, Any], other: dict[str, Any], path: str) -> dict[str, Any]:
    if any(one[name] != other[name] for name in one.keys() & other.keys()):
        raise nothing(f"What {path} names last does not belong to what it names before.")
    return one | other


def _check(entity: Entity, single: bool, members: tuple[str, ...], ending: str) -> None:
    if members and not single:
        raise nothing(f"{entity.set} are many: name one, as in {entity.set}(1)/{members[0]}.")
    if members and (members[0].startswith("_") or not entity.named(members[0])):
        raise nothing(f"{entity.name} has no {members[0]}.")
    wanted = ("", "$value") if members else ("", "$ref")
    if ending not in wanted:
        raise nothing(f"{ending} is not understood here.")
