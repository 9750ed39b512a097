"""One's own sessions and password."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from api.access import passwords
from api.access.guard import address_of
from api.access.who import Signed, Who
from api.fields import Time
from api.problem import Problem
from api.resource import Resource
from api.routes.sign_in import Slow, let_in
from api.services import Given
from cases.people import person
from store import access_sign_in as store
from store.access_second_factor import has_shown

router = Resource("/me", tags=["access"])


class Session(BaseModel):
    """A browser in which somebody is signed in."""

    number: int
    current: bool = Field(description="This one")
    began: Time
    seen: Time = Field(description="To the minute")
    ends: Time
    address: str
    agent: str = Field(description="What the browser says that it is")
    provider: str | None = Field(description="Who vouched for the person; none: a password or link")


class Ended(BaseModel):
    ended: int


class Change(BaseModel):
    model_config = ConfigDict(extra="forbid")

    current: SecretStr = Field(max_length=1000)
    new: SecretStr = Field(max_length=1000, description="12 to 128 characters")


def person_of(who: Who) -> Who:
    if who.kind != "person" or who.session is None:
        raise Problem(
            HTTPStatus.FORBIDDEN, "Only a person who is signed in has sessions and a password.",
            "not-a-person", "Not a person",
        )  # fmt: skip
    return who


@router.get("/sessions")
def list_sessions(services: Given, who: Signed, response: Response) -> list[Session]:
    """Where one is signed in, the last seen first."""
    response.headers["Cache-Control"] = "no-store"
    own = person_of(who)
    with services.pool.connection() as connection:
        rows = store.sessions(connection, own.id, services.wall(), services.session_idle)
    return [Session(current=row["number"] == own.session, **row) for row in rows]


@router.delete("/sessions/{session}", status_code=HTTPStatus.NO_CONTENT)
def end_session(request: Request, services: Given, who: Signed, session: int) -> None:
    """Sign out in one browser."""
    own = person_of(who)
    with services.pool.connection() as connection:
        if not store.end_session(connection, own.id, session, services.wall()):
            raise Problem(HTTPStatus.NOT_FOUND, f"There is no session {session} of yours.")
    request.app.state.identities.forget()


@router.delete("/sessions")
def end_other_sessions(request: Request, services: Given, who: Signed) -> Ended:
    """Sign out everywhere but here."""
    own = person_of(who)
    with services.pool.connection() as connection:
        ended = store.end_others(connection, own.id, own.session, services.wall())
    request.app.state.identities.forget()
    return Ended(ended=ended)


@router.post("/password", status_code=HTTPStatus.NO_CONTENT)
def change_password(
    request: Request,
    response: Response,
    services: Given,
    who: Signed,
    slowing: Slow,
    change: Change,
) -> None:
    """Change one's password; every other session ends, and this one goes on under a new cookie."""
    own, now = person_of(who), services.wall()
    counted = person(own.name), address_of(request), f"session {own.session}"
    slowing.check(*counted)
    with services.pool.connection() as connection:
        found = store.password_of(connection, own.id)
    kept = found and found[1]
    if not passwords.fits(kept, change.current.get_secret_value()):
        slowing.failed(*counted)
        raise Problem(
            HTTPStatus.FORBIDDEN, "The current password is wrong.",
            "wrong-password", "The password is not changed",
        )  # fmt: skip
    try:
        hashed = passwords.hash_of(change.new.get_secret_value(), own.name, services.instance)
    except passwords.BadPassword as why:
        said = str(why)
        raise Problem(
            HTTPStatus(422), f"{said[:1].upper()}{said[1:]}.",
            "bad-password", "This password will not do",
        ) from why  # fmt: skip
    with services.pool.connection() as connection, connection.transaction():
        store.set_password(connection, own.id, hashed, now)
        proven = own.session is not None and has_shown(connection, own.session)
        store.end_others(connection, own.id, None, now)
    request.app.state.identities.forget()
    let_in(request, response, services, own.id, own.name, how="changed the password", proven=proven)
