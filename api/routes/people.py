"""People who sign in: for administrators. What was changed of whom stands in the trail."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from api.access.permissions import PERMISSIONS, Post
from api.access.who import Signed
from api.fields import Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.problem import Problem
from api.resource import Resource
from api.services import Given, Services
from cases.people import person
from store import access_people as store
from store.access import BadAccess, Grant, add_account
from store.access_second_factor import reset
from store.access_sign_in import invite

router = Resource("/people", tags=["access"])

#: Only systems have them.
OF_KEYS = frozenset({Post.GATEWAY, Post.MONITOR, Post.INTEGRATION})


def _known(role: str) -> str:
    if role not in PERMISSIONS:
        raise ValueError(f"no role is called {role}; there are {', '.join(sorted(PERMISSIONS))}")
    return role


Role = Annotated[str, AfterValidator(_known), Field(examples=["dispatcher"])]
Department = Annotated[str, Field(max_length=200, description="Its code; empty: any")]
Area = Annotated[
    str, Field(pattern=r"^\d{0,15}$", description="First digits of grid cells; empty: everywhere")
]


class GivenRole(BaseModel):
    """A role, everywhere and for all, or in an area, as a department."""

    model_config = ConfigDict(extra="forbid")

    role: Role
    department: Department = ""
    area: Area = ""

    def grant(self) -> Grant:
        return Grant(self.role, self.department, self.area)


class Held(BaseModel):
    role: str
    department: str
    area: str
    by_provider: bool = Field(False, description="By a group of the provider, and taken back so")


class Person(BaseModel):
    number: int
    name: str
    has_password: bool
    provider: str | None
    subject: str | None = Field(description="What the provider calls them")
    created: Time
    seen: Time | None
    disabled: Time | None
    invited_until: Time | None = Field(description="A one-time link waits until then")
    second_factor: bool = Field(description="They show a code beside their password")
    grants: list[Held]


class NewPerson(BaseModel):
    """Somebody to let in: by a one-time link, or by what a provider calls them."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200, examples=["Li Wei"])
    grants: list[GivenRole] = Field([], max_length=100)
    provider: str | None = Field(None, max_length=100)
    subject: str | None = Field(None, min_length=1, max_length=255)

    @model_validator(mode="after")
    def _both(self) -> NewPerson:
        if (self.provider is None) != (self.subject is None):
            raise ValueError("provider and subject go together")
        return self


class Link(BaseModel):
    """Lets in once; shown now and never again."""

    link: str
    expires: Time


class Invited(BaseModel):
    person: Person
    link: Link | None = Field(description="None where a provider signs the person in")


@router.get("")
def list_people(
    services: Given,
    response: Response,
    limit: Limit = 100,
    cursor: Cursor = None,
    search: Annotated[str, Query(max_length=200, description="A part of the name")] = "",
) -> Page[Person]:
    """Everybody who may sign in, or could, by name."""
    response.headers["Cache-Control"] = "no-store"
    after = read_cursor(cursor, str, int)
    with services.pool.connection() as connection:
        rows = store.people(connection, services.wall(), limit + 1, after, search)
    return Page[Person].model_validate(
        page(rows, limit, lambda row: [person(row["name"]), row["number"]])
    )


@router.post("", status_code=HTTPStatus.CREATED)
def invite_person(
    request: Request, response: Response, services: Given, who: Signed, asked: NewPerson
) -> Invited:
    """Make an account, and a one-time link for whoever it is for."""
    response.headers["Cache-Control"] = "no-store"
    now, grants = services.wall(), [given.grant() for given in asked.grants]
    _for_people(grants)
    if asked.provider is not None and asked.provider not in services.providers:
        raise Problem(HTTPStatus(422), f"No provider is called {asked.provider}.", "no-provider")
    with services.pool.connection() as connection, connection.transaction():
        try:
            account = add_account(
                connection, asked.name, now, grants, None, asked.provider, asked.subject
            )
        except BadAccess as why:
            raise _refused(why) from why
        link = None if asked.provider else _link(request, services, connection, account, who.name)
        told = store.one_person(connection, account, now)
    request.state.audit_why = f"let in {told['name']}: {said(grants) or 'no role'}"
    return Invited(person=Person.model_validate(told), link=link)


@router.get("/{account}")
def show_person(services: Given, response: Response, account: int) -> Person:
    """One person."""
    response.headers["Cache-Control"] = "no-store"
    return Person.model_validate(_one(services, account))


@router.post("/{account}/link", status_code=HTTPStatus.CREATED)
def make_link(
    request: Request, response: Response, services: Given, who: Signed, account: int
) -> Link:
    """Make a new one-time link, for whoever forgot their password; former ones end."""
    response.headers["Cache-Control"] = "no-store"
    told = _one(services, account)
    if told["disabled"]:
        raise _refused(BadAccess(f"{told['name']} is disabled: enable them first"))
    request.state.audit_why = f"a one-time link for {told['name']}"
    with services.pool.connection() as connection:
        return _link(request, services, connection, account, who.name)


@router.post("/{account}/grants", status_code=HTTPStatus.CREATED)
def grant_role(request: Request, services: Given, account: int, given: GivenRole) -> Person:
    """Give somebody a role; to give it once more changes nothing."""
    grant = given.grant()
    _for_people([grant])
    told = _one(services, account)
    with services.pool.connection() as connection:
        store.grant(connection, account, grant)
    request.state.audit_why = f"gave {told['name']} {said([grant])}"
    request.app.state.identities.forget()
    return Person.model_validate(_one(services, account))


@router.delete("/{account}/grants/{role}")
def withdraw_role(
    request: Request,
    services: Given,
    account: int,
    role: str,
    department: Department = "",
    area: Area = "",
) -> Person:
    """Take a role back, as it was given."""
    taken, told = Grant(role, department, area), _one(services, account)
    _try(services, lambda connection: store.withdraw(connection, account, taken))
    request.state.audit_why = f"took {said([taken])} from {told['name']}"
    request.app.state.identities.forget()
    return Person.model_validate(_one(services, account))


@router.post("/{account}/second-factor/reset")
def reset_second_factor(request: Request, services: Given, who: Signed, account: int) -> Person:
    """Take the second factor of whoever has lost it away; their sessions end with it."""
    told = _one(services, account)
    if who.kind == "person" and who.id == account:
        raise _refused(BadAccess("your own second factor is ended by a code of it"))
    with services.pool.connection() as connection:
        if not reset(connection, account, services.wall()):
            raise _refused(store.NoSuch(f"{told['name']} has no second factor"))
    request.state.audit_why = f"reset the second factor of {told['name']}"
    request.app.state.identities.forget()
    return Person.model_validate(_one(services, account))


@router.post("/{account}/disable")
def disable_person(request: Request, services: Given, account: int) -> Person:
    """Sign somebody out everywhere and let them in no more; what they did keeps their name."""
    told = _one(services, account)
    _try(services, lambda connection: store.disable(connection, account, services.wall()))
    request.state.audit_why = f"disabled {told['name']}"
    request.app.state.identities.forget()
    return Person.model_validate(_one(services, account))


@router.post("/{account}/enable")
def enable_person(request: Request, services: Given, account: int) -> Person:
    """Let somebody in again."""
    told = _one(services, account)
    _try(services, lambda connection: store.enable(connection, account))
    request.state.audit_why = f"enabled {told['name']}"
    return Person.model_validate(_one(services, account))


def said(grants: list[Grant]) -> str:
    """Return roles as the trail has them."""
    return ", ".join(
        grant.role
        + (f" as {grant.department}" if grant.department else "")
        + (f" in {grant.area}" if grant.area else "")
        for grant in grants
    )


def _for_people(grants: list[Grant]) -> None:
    if wrong := sorted({grant.role for grant in grants} & OF_KEYS):
        raise Problem(
            HTTPStatus(422),
            f"{', '.join(wrong)}: only keys of systems have this; make a key.",
            "not-for-people",
            "A role of systems",
        )


def _link(request: Request, services: Services, connection: Any, account: int, by: str) -> Link:
    """Make a link; what stands behind its # is sent to no server."""
    now = services.wall()
    token = invite(connection, account, now, by, services.link_lasts)
    base = services.public_url or str(request.base_url).rstrip("/")
    return Link(link=f"{base}/#/invitations/{token}", expires=now + services.link_lasts)


def _one(services: Services, account: int) -> dict[str, Any]:
    with services.pool.connection() as connection:
        try:
            return store.one_person(connection, account, services.wall())
        except store.NoSuch as why:
            raise _refused(why) from why


def _try(services: Services, change: Any) -> None:
    with services.pool.connection() as connection:
        try:
            change(connection)
        except BadAccess as why:
            raise _refused(why) from why


def _refused(why: BadAccess) -> Problem:
    told = str(why)
    sentence = f"{told[:1].upper()}{told[1:]}."
    if isinstance(why, store.NoSuch):
        return Problem(HTTPStatus.NOT_FOUND, sentence)
    return Problem(HTTPStatus.CONFLICT, sentence, "refused", "This is refused")
