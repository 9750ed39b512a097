"""Subscriptions: who is told of which cases by webhook, and how each delivery stands."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, field_validator

from api.fields import Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.problem import Problem
from api.resource import Resource
from api.services import Given, Services
from cases.notices import TYPES, CaseNotice
from cases.signature import BadSecret, key_of
from cases.words import Source, Verb
from store import subscriptions as store
from store.subscriptions import BadSubscription

router = Resource("/subscriptions", tags=["subscriptions"])

Code = Annotated[str, Field(min_length=1, max_length=200)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


class NewSubscription(BaseModel):
    """Who wants to be told, where, and of what; an empty list asks for all."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "water-company",
                    "url": "https://receiver.example/events",
                    "types": ["org.lifeline.case.dispatched.v1"],
                    "areas": ["330106"],
                }
            ]
        },
    )

    name: Name
    url: str = Field(max_length=2000, description="Where events are posted to: http or https")
    secret: str | None = Field(None, description="whsec_ and base64; left out: one is made")
    mode: Literal["structured", "binary"] = Field(
        "structured", description="CloudEvents content mode"
    )
    handshake: Literal["required", "skipped"] = Field(
        "required", description="Whether the target must agree first, answering OPTIONS"
    )
    exercises: Literal["without", "with", "only"] = "without"
    types: list[str] = Field(default_factory=list, description="As listed under types")
    areas: list[Annotated[str, Field(pattern=r"^\d{2,15}$")]] = Field(
        default_factory=list, description="First digits of grid cells: district, street, ..."
    )
    departments: list[Code] = Field(default_factory=list)
    severities: list[Code] = Field(default_factory=list)
    reported_by: list[Source] = Field(default_factory=list, description="Sources of the case")

    @field_validator("types")
    @classmethod
    def _are_told(cls, types: list[str]) -> list[str]:
        if strange := sorted(set(types) - set(TYPES.values())):
            raise ValueError(f"no events are of type {', '.join(strange)}")
        return types

    @field_validator("url")
    @classmethod
    def _is_called(cls, url: str) -> str:
        try:
            store.check_url(url)
        except BadSubscription as why:
            raise ValueError(str(why)) from why
        return url

    @field_validator("secret")
    @classmethod
    def _is_one(cls, secret: str | None) -> str | None:
        if secret is not None:
            try:
                key_of(secret)
            except BadSecret as why:
                raise ValueError(str(why)) from why
        return secret


class Subscription(BaseModel):
    name: str
    url: str
    mode: str
    handshake: str
    exercises: str
    types: list[str]
    areas: list[str]
    departments: list[str]
    severities: list[str]
    reported_by: list[str]
    state: Literal["active", "paused", "gone", "ended"] = Field(
        description="gone: it answered 410; a paused one misses nothing"
    )
    created: Time
    agreed: Time | None = Field(description="When the target allowed us to send")
    rate: int | None = Field(description="Requests a minute that it allowed; null: any")
    rests_until: Time | None = Field(description="It asked for it, or did not answer")
    unanswered: int = Field(description="Tries in a row without an answer")
    trouble: str
    pending: int
    failed: int
    last_delivered: Time | None


class Subscribed(Subscription):
    secret: str = Field(description="For verifying signatures; shown this once")


class Delivery(BaseModel):
    event: int
    subject: str = Field(description="Number of the case")
    sequence: int
    type: str
    time: Time
    state: Literal["pending", "delivered", "failed"]
    attempts: int
    since: Time
    last_try: Time | None
    next_try: Time | None
    status: int | None = Field(description="HTTP status of the last answer; null: none came")
    trouble: str
    delivered: Time | None


class EventType(BaseModel):
    type: str
    verb: Verb
    verb_zh: str


class EventTypes(BaseModel):
    types: list[EventType]
    data_schema: dict[str, Any] = Field(description="JSON schema of `data`")


@router.get("")
def list_subscriptions(services: Given) -> list[Subscription]:
    """All subscriptions, with how their deliveries stand."""
    with services.pool.connection() as connection:
        rows = store.subscriptions(connection)
    return [Subscription.model_validate(row) for row in rows]


@router.get("/types")
def list_types() -> EventTypes:
    """The types of events, and the schema of their data."""
    types = [EventType(type=TYPES[v], verb=v, verb_zh=v.zh) for v in Verb]
    return EventTypes(types=types, data_schema=CaseNotice.model_json_schema())


@router.post("", status_code=HTTPStatus.CREATED)
def subscribe(services: Given, subscription: NewSubscription) -> Subscribed:
    """Subscribe; what happens from now on is told."""
    try:
        with services.pool.connection() as connection:
            secret = store.subscribe(
                connection, services.wall(), **subscription.model_dump(mode="json")
            )
    except BadSubscription as why:
        raise Problem(HTTPStatus.CONFLICT, str(why)) from why
    row = _row(services, subscription.name)
    return Subscribed.model_validate({**row, "secret": secret})


@router.get("/{name}")
def show_subscription(services: Given, name: str) -> Subscription:
    """One subscription."""
    return Subscription.model_validate(_row(services, name))


@router.post("/{name}/pause")
def pause_subscription(services: Given, name: str) -> Subscription:
    """Send nothing for the time being; what happens meanwhile waits."""
    return _set_state(services, name, "paused")


@router.post("/{name}/resume")
def resume_subscription(services: Given, name: str) -> Subscription:
    """Go on, after a pause or after the target was gone; asks it again whether it agrees."""
    return _set_state(services, name, "active")


@router.post("/{name}/end")
def end_subscription(services: Given, name: str) -> Subscription:
    """End it for good; what waits is not sent."""
    return _set_state(services, name, "ended")


@router.get("/{name}/deliveries")
def list_deliveries(
    services: Given,
    name: str,
    limit: Limit = 100,
    cursor: Cursor = None,
    state: Annotated[Literal["pending", "delivered", "failed"] | None, Query()] = None,
    subject: Annotated[str | None, Query(description="Number of a case")] = None,
) -> Page[Delivery]:
    """What was or is to be delivered, newest first."""
    (before,) = read_cursor(cursor, int)
    _row(services, name)
    with services.pool.connection() as connection:
        rows = store.deliveries(connection, name, limit + 1, state, subject, before)
    return Page[Delivery].model_validate(page(rows, limit, lambda row: [row["event"]]))


@router.post("/{name}/redeliver")
def redeliver(
    services: Given,
    name: str,
    event: Annotated[int | None, Query(description="This one; left out: all that failed")] = None,
) -> Subscription:
    """Send events again, as they were."""
    _row(services, name)
    with services.pool.connection() as connection:
        again = store.send_again(connection, name, services.wall(), event)
    if event is not None and not again:
        raise Problem(HTTPStatus.NOT_FOUND, f"Event {event} is none of {name} that was tried.")
    return Subscription.model_validate(_row(services, name))


def _row(services: Services, name: str) -> dict[str, Any]:
    with services.pool.connection() as connection:
        found = store.subscriptions(connection, name)
    if not found:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no subscription {name}.")
    return found[0]


def _set_state(services: Services, name: str, state: store.State) -> Subscription:
    _row(services, name)
    try:
        with services.pool.connection() as connection:
            store.set_state(connection, name, state)
    except BadSubscription as why:
        raise Problem(HTTPStatus.CONFLICT, str(why)) from why
    return Subscription.model_validate(_row(services, name))
