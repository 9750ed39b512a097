"""Warnings: given by a person who says why, brought up to date, and called off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from api.access.permissions import Permission
from api.access.who import Signed, Who
from api.fields import Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.problem import Problem
from api.resource import Resource
from api.routes.cases import case_id
from api.services import Given, Services
from api.warning_bodies import Decided, Drafted, Following, InRole, NewWarning
from cases.warning_content import Content
from cases.warning_words import Colour, Kind, Status
from cases.warnings import BadWarning, Message, check
from cases.workflow import Refused
from store.access import EVERYWHERE
from store.database import Connection
from store.warning_drafts import draft_of_case, draft_of_class
from store.warnings import Draft, follow_up, issue, next_message, warnings

router = Resource("/warnings", tags=["warnings"])


class Standing(StrEnum):
    IN_FORCE = "in-force"
    ENDED = "ended"


class Preview(BaseModel):
    """What a message would say; nothing is sent."""

    kind: Kind
    status: Status
    case_number: str | None
    content: Content


class Warning(BaseModel):
    """One message of a warning: the alert, an update or the cancellation."""

    identifier: str = Field(examples=["warning-000001-1"])
    kind: Kind
    status: Status
    colour: Colour
    case_number: str | None
    sent: Time
    expires: Time
    standing: bool = Field(description="The last of its warning, neither expired nor cancelled")
    references: list[str]
    actor: str | None = Field(
        description="With case, role and reason: null where the case is not yours to see"
    )
    role: str | None
    reason: str | None
    content: Content


def read(services: Services, who: Who, limit: int, **chosen: Any) -> list[dict[str, Any]]:
    """Return messages; they are for everybody, who gave them and why for those of the case."""
    reach = who.reach(Permission.READ_CASES)
    with services.pool.connection() as connection:
        rows = warnings(connection, services.time(), limit, reach, **chosen)
    for row in rows:
        if not row["theirs"]:
            row |= dict.fromkeys(("case_number", "actor", "role", "reason"))
        message = Message.model_validate(row["message"])
        row["content"], row["references"] = message.content, message.references
    return rows


@router.get("")
def list_warnings(
    services: Given,
    who: Signed,
    limit: Limit = 100,
    cursor: Cursor = None,
    status: Status | None = None,
    case: Annotated[str | None, Query(description="Its number")] = None,
    state: Annotated[
        Standing | None, Query(description="Only the last message of each warning that is so")
    ] = None,
    warning: Annotated[
        str | None, Query(description="Identifier of a message: all of its warning")
    ] = None,
) -> Page[Warning]:
    """Messages, newest first."""
    sent, number, version = read_cursor(cursor, str, int, int)
    of_case = None if case is None else case_id(services, who, case)
    after = {"sent": sent, "number": number, "version": version}
    chosen = {"status": status, "case_id": of_case, "state": state, "of": warning}
    rows = read(services, who, limit + 1, **after, **chosen)
    return Page[Warning].model_validate(page(rows, limit, _key), from_attributes=True)


def _key(row: dict[str, Any]) -> tuple[str, int, int]:
    sent: datetime = row["sent"]
    return sent.isoformat(), row["number"], row["version"]


@router.get("/{identifier}")
def show_warning(services: Given, who: Signed, identifier: str) -> Warning:
    """One message."""
    found = read(services, who, 1, identifier=identifier)
    if not found:
        raise no_warning(identifier)
    return Warning.model_validate(found[0], from_attributes=True)


@router.post("", status_code=HTTPStatus.CREATED)
def warn(services: Given, who: Signed, new: NewWarning) -> Warning:
    """Issue a warning; it stands in the feed at once and expires by itself."""
    at, city = services.time(), services.city
    of_case = _within(services, who, new, new.case)
    with refusals(), services.pool.connection() as connection:
        draft = _draft(services, connection, new, of_case, at)
        sent = issue(connection, draft, new.status, new.by(who), at, city)
    return show_warning(services, who, sent.identifier)


@router.post("/preview")
def preview(services: Given, who: Signed, new: Drafted) -> Preview:
    """Say what a warning would say, to be read before it is issued."""
    at = services.time()
    of_case = _within(services, who, new, new.case)
    with refusals(), services.pool.connection() as connection:
        draft = _draft(services, connection, new, of_case, at)
        check(draft.content, at)
    status = Status.EXERCISE if draft.exercise else new.status
    return Preview(
        kind=Kind.ALERT, status=status, case_number=draft.incident or None, content=draft.content
    )


def _draft(
    services: Services, connection: Connection, new: Drafted, case: int | None, at: datetime
) -> Draft:
    city = services.city
    position = None if new.lon is None or new.lat is None else (new.lon, new.lat)
    if case is not None:
        return draft_of_case(connection, case, new.asked, at, city, new.radius, new.cells, position)
    named = (new.code_list, new.code, new.condition)
    return draft_of_class(connection, named, position, new.asked, at, city, new.radius, new.cells)


@router.post("/{identifier}/update", status_code=HTTPStatus.CREATED)
def update(services: Given, who: Signed, identifier: str, decided: Decided) -> Warning:
    """Say anew what has changed; the rest stays. Names the last message of the warning."""
    return _follow(services, who, identifier, Kind.UPDATE, decided)


@router.post("/{identifier}/cancel", status_code=HTTPStatus.CREATED)
def cancel(services: Given, who: Signed, identifier: str, decided: Decided) -> Warning:
    """Call the warning off: the all-clear, to everybody who has had any of its messages."""
    return _follow(services, who, identifier, Kind.CANCEL, decided)


@router.post("/{identifier}/preview")
def preview_follow_up(
    services: Given, who: Signed, identifier: str, following: Following
) -> Preview:
    """Say what an update or cancellation would say, to be read before it is sent."""
    case = _case_of_theirs(services, who, following, identifier)
    at, city = services.time(), services.city
    kind, asked = following.kind, following.asked
    with refusals(), services.pool.connection() as connection, connection.transaction():
        message, _ = next_message(connection, identifier, kind, asked, at, city)
    return Preview(kind=kind, status=message.status, case_number=case, content=message.content)


def _case_of_theirs(services: Services, who: Who, decided: InRole, identifier: str) -> str | None:
    """Return the number of the case that a message warns of, None: of none; raise as `_within`."""
    with services.pool.connection() as connection:
        found = warnings(connection, services.time(), 1, identifier=identifier)
    if not found:
        raise no_warning(identifier)
    number: str | None = found[0]["case_number"]
    try:
        _within(services, who, decided, number)
    except Problem as why:
        if why.status is not HTTPStatus.NOT_FOUND:
            raise
        raise _not_theirs(who, decided) from None  # its number was not told them
    return number


def no_warning(identifier: str) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, f"There is no warning {identifier}.")


def _follow(services: Services, who: Who, identifier: str, kind: Kind, decided: Decided) -> Warning:
    _case_of_theirs(services, who, decided, identifier)
    at, city = services.time(), services.city
    with refusals(), services.pool.connection() as connection:
        sent = follow_up(connection, identifier, kind, decided.asked, decided.by(who), at, city)
    return show_warning(services, who, sent.identifier)


def _within(services: Services, who: Who, decided: InRole, case: str | None) -> int | None:
    """Return the id of the case; raise Problem where it is not theirs in this role to warn of."""
    reach = who.reach_as(decided.role)
    if case is not None:
        return case_id(services, who, case, reach)
    if reach != EVERYWHERE:
        raise _not_theirs(who, decided)
    return None


def _not_theirs(who: Who, decided: InRole) -> Problem:
    return Problem(
        HTTPStatus.FORBIDDEN,
        f"As {decided.role} {who.name} is limited to an area or department: warn of a case"
        " of theirs.",
        "not-your-case",
        "The case is not yours",
    )


@contextmanager
def refusals() -> Iterator[None]:
    try:
        yield
    except (BadWarning, Refused) as why:
        raise Problem(
            HTTPStatus.CONFLICT, str(why), "warning-refused", "The warning is refused"
        ) from why
