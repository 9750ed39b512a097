"""Keys of systems and gateways: for administrators. A secret is shown once and kept nowhere."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.access.permissions import Permission
from api.access.who import Signed
from api.fields import Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.problem import Problem
from api.resource import Resource
from api.routes.people import GivenRole, Held, said
from api.services import Given, Services
from store import access_people as store
from store.access import BadAccess

router = Resource("/keys", tags=["access"])

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=731)


def _sensible(lasts: timedelta) -> timedelta:
    if not SHORTEST <= lasts <= LONGEST:
        raise ValueError("a key lasts from five minutes to two years")
    return lasts


def _short(overlap: timedelta) -> timedelta:
    if not timedelta(0) <= overlap <= timedelta(days=30):
        raise ValueError("both secrets are good for 30 days at most")
    return overlap


Lasts = Annotated[timedelta, AfterValidator(_sensible), Field(description="P90D, from now on")]


class Key(BaseModel):
    number: int
    name: str
    grants: list[Held]
    scopes: list[str] = Field(description="Permissions it is held to; empty: all of its roles")
    device: str = Field(description="The gateway or device it speaks for; empty: any")
    created: Time
    created_by: str
    expires: Time
    revoked: Time | None
    used: Time | None = Field(description="Last, to the minute; null: never")
    former_until: Time | None = Field(description="Until then the secret before is good too")


class NewKey(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200, examples=["rain gauges of the east"])
    grants: list[GivenRole] = Field(min_length=1, max_length=100)
    scopes: list[Permission] = Field([], max_length=100)
    device: str = Field("", max_length=200)
    lasts: Lasts = timedelta(days=365)


class Rotation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    overlap: Annotated[timedelta, AfterValidator(_short)] = timedelta(days=1)
    lasts: Lasts = timedelta(days=365)


class Secret(BaseModel):
    """A key with its secret, which is shown this once."""

    key: Key
    secret: str


@router.get("")
def list_keys(
    services: Given, response: Response, limit: Limit = 100, cursor: Cursor = None
) -> Page[Key]:
    """Keys by name, with when each was used last."""
    response.headers["Cache-Control"] = "no-store"
    after = read_cursor(cursor, str, int)
    with services.pool.connection() as connection:
        rows = store.keys(connection, services.wall(), limit + 1, after)
    return Page[Key].model_validate(page(rows, limit, lambda row: [row["name"], row["number"]]))


@router.post("", status_code=HTTPStatus.CREATED)
def make_key(
    request: Request, response: Response, services: Given, who: Signed, asked: NewKey
) -> Secret:
    """Make a key: send it as `Authorization: Bearer SECRET`."""
    response.headers["Cache-Control"] = "no-store"
    grants = [given.grant() for given in asked.grants]
    with services.pool.connection() as connection, connection.transaction():
        try:
            number, secret = store.make_key(
                connection, asked.name, services.wall(), grants, who.name, asked.lasts,
                [str(scope) for scope in asked.scopes], asked.device,
            )  # fmt: skip
        except BadAccess as why:
            raise _refused(why) from why
    told = _one(services, number)
    request.state.audit_why = f"made the key {told['name']}: {said(grants)}"
    return Secret(key=Key.model_validate(told), secret=secret)


@router.get("/{key}")
def show_key(services: Given, response: Response, key: int) -> Key:
    """One key, without its secret."""
    response.headers["Cache-Control"] = "no-store"
    return Key.model_validate(_one(services, key))


@router.post("/{key}/rotate", status_code=HTTPStatus.CREATED)
def rotate_key(
    request: Request, response: Response, services: Given, key: int, asked: Rotation
) -> Secret:
    """Make a new secret; the one before is good for the overlap, so that nothing stands still."""
    response.headers["Cache-Control"] = "no-store"
    _one(services, key)
    with services.pool.connection() as connection:
        try:
            secret = store.rotate_key(connection, key, services.wall(), asked.overlap, asked.lasts)
        except store.NoSuch as why:
            raise Problem(HTTPStatus.CONFLICT, "A revoked key is not rotated: make another.",
                          "refused", "This is refused") from why  # fmt: skip
    told = _one(services, key)
    request.state.audit_why = f"rotated the key {told['name']}"
    request.app.state.identities.forget()
    return Secret(key=Key.model_validate(told), secret=secret)


@router.post("/{key}/revoke")
def revoke_key(request: Request, services: Given, key: int) -> Key:
    """End a key at once; both its secrets."""
    told = _one(services, key)
    with services.pool.connection() as connection:
        try:
            store.revoke_key(connection, key, services.wall())
        except store.NoSuch as why:
            raise Problem(HTTPStatus.CONFLICT, "The key is revoked already.",
                          "refused", "This is refused") from why  # fmt: skip
    request.state.audit_why = f"revoked the key {told['name']}"
    request.app.state.identities.forget()
    return Key.model_validate(_one(services, key))


def _one(services: Services, key: int) -> dict[str, Any]:
    with services.pool.connection() as connection:
        try:
            return store.one_key(connection, key, services.wall())
        except store.NoSuch as why:
            raise _refused(why) from why


def _refused(why: BadAccess) -> Problem:
    told = str(why)
    sentence = f"{told[:1].upper()}{told[1:]}."
    if isinstance(why, store.NoSuch):
        return Problem(HTTPStatus.NOT_FOUND, sentence)
    return Problem(HTTPStatus.CONFLICT, sentence, "refused", "This is refused")
