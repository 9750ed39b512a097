"""Cases exchanged with other instances: what they send and fetch, and what people look after."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any

import orjson
from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from starlette.concurrency import run_in_threadpool

from api.access.who import Signed
from api.body import read_body
from api.fields import Actor, Time
from api.paging import Limit
from api.problem import ON_ERROR, Problem
from api.resource import Resource
from api.services import Given, Services
from cases.exchange import Peer
from cases.pictures import BadPicture, read_picture
from cases.signature import BadSignature, sign, verify
from store import photos
from store.exchange import (
    BadMessages,
    acknowledge,
    dismiss,
    know,
    messages,
    peers,
    receive,
    state_of,
    to_send,
)

router = Resource("/exchange", tags=["exchange"])

SIGNED = (
    "Signed as Standard Webhooks sign, with the secret shared with the peer: webhook-id, "
    "webhook-timestamp, webhook-signature"
)


class Numbered(BaseModel):
    """A message, by its number among all for this peer."""

    model_config = ConfigDict(extra="forbid")

    number: int = Field(ge=1)
    body: dict[str, JsonValue]


class Messages(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sender: str = Field(description="Name of the instance that sends")
    messages: list[Numbered] = Field(max_length=1000)


class Received(BaseModel):
    received: int = Field(description="All messages up to this number have come")


class PeerState(BaseModel):
    name: str
    sent: int = Field(description="Number of the last message for it")
    acknowledged: int = Field(description="Of the last one that it has")
    received: int = Field(description="Of the last one of its that we have")
    heard: Time | None = Field(description="When it last answered or asked")
    trouble: str
    cases: int = Field(description="Cases that both have")
    conflicts: int = Field(description="Its messages that we cannot follow")
    held: int = Field(description="Its messages that wait for those")
    refused: int = Field(description="Our messages that it cannot follow")


class Unfollowed(BaseModel):
    """A message that one side could not follow."""

    direction: str = Field(description="in: theirs; out: ours")
    number: int
    case: str | None = Field(description="Number of our case")
    theirs: str = Field(description="Number of their case")
    body: dict[str, Any]
    at: Time
    outcome: str
    why: str


class Dismissal(BaseModel):
    model_config = ConfigDict(extra="forbid")

    actor: Actor = ""
    why: str = Field(min_length=1, max_length=1000)


@router.get("")
def list_peers(services: Given) -> list[PeerState]:
    """The instances that cases are exchanged with, and how far that has come."""
    with services.pool.connection() as connection:
        know(connection, services.peers)
        rows = peers(connection, services.peers)
    return [PeerState.model_validate(row) for row in rows]


@router.post(
    "/messages",
    responses={200: {"model": Received}, 401: ON_ERROR["default"] | {"description": SIGNED}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": SIGNED,
            "content": {"application/json": {"schema": Messages.model_json_schema()}},
        }
    },
)
async def receive_messages(request: Request, services: Given) -> Response:
    """Follow messages of a peer, in the order of their numbers; answered after the commit."""
    body = await read_body(request, services.largest_body)
    try:
        given = Messages.model_validate_json(body)
    except ValidationError as why:
        fault = why.errors(include_url=False)[0]
        raise Problem(
            HTTPStatus(422), f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
        ) from why
    peer = _proven(services, request, given.sender, body)
    try:
        received = await run_in_threadpool(_receive, services, peer.name, given.messages)
    except BadMessages as why:
        raise _out_of_step(why) from why
    return _signed(services, peer, {"received": received})


@router.get("/messages", responses={401: ON_ERROR["default"] | {"description": SIGNED}})
def fetch_messages(
    request: Request,
    services: Given,
    peer: Annotated[str, Query(description="Name of the instance that asks")],
    after: Annotated[int, Query(ge=0, description="It has all up to this number")],
    limit: Limit = 100,
) -> Response:
    """Messages for a peer that we cannot reach, after those that it has; signed over the target."""
    asker = _proven(services, request, peer, _target(request))
    try:
        with services.pool.connection() as connection:
            know(connection, services.peers)
            acknowledge(connection, peer, after)
            found = to_send(connection, peer, after, limit)
    except BadMessages as why:
        raise _out_of_step(why) from why
    told = [{"number": each.number, "body": each.body} for each in found]
    return _signed(services, asker, {"sender": services.instance, "messages": told})


@router.get(
    "/photos/{photo}",
    response_class=Response,
    responses={401: ON_ERROR["default"] | {"description": SIGNED}},
)
def fetch_photo(
    request: Request,
    services: Given,
    photo: str,
    peer: Annotated[str, Query(description="Name of the instance that asks")],
) -> Response:
    """A picture that a message names; signed over the target."""
    asker = _proven(services, request, peer, _target(request))
    with services.pool.connection() as connection:
        found = photos.photo(connection, photo)
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no picture {photo}.")
    media_type, body = found
    return Response(body, headers=_proof(services, asker, body), media_type=media_type)


@router.put(
    "/photos/{photo}",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses={401: ON_ERROR["default"] | {"description": SIGNED}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "The picture, as the peer serves it",
            "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def receive_photo(
    request: Request,
    services: Given,
    photo: Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="Its id at the peer")],
    peer: Annotated[str, Query(description="Name of the instance that sends")],
) -> Response:
    """Keep a picture that a message will name; signed over the target, a line end and the body."""
    body = await read_body(request, services.largest_body)
    sender = _proven(services, request, peer, _target(request) + b"\n" + body)
    try:
        picture = await run_in_threadpool(read_picture, body, services.city.zone)
    except BadPicture as why:
        raise Problem(HTTPStatus(422), str(why)) from why

    def keep() -> None:
        with services.pool.connection() as connection:
            photos.put_photo(connection, replace(picture, id=photo), sender.name, services.time())

    await run_in_threadpool(keep)
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=_proof(services, sender, b""))


@router.get("/{peer}/conflicts")
def list_conflicts(services: Given, peer: str, limit: Limit = 100) -> list[Unfollowed]:
    """Messages that one side could not follow, newest first."""
    _known(services, peer)
    with services.pool.connection() as connection:
        rows = messages(connection, peer, limit)
    return [Unfollowed.model_validate(row) for row in rows]


@router.post("/{peer}/conflicts/{number}/dismiss")
def dismiss_conflict(
    services: Given, who: Signed, peer: str, number: int, dismissal: Dismissal
) -> PeerState:
    """Leave a message as it is, and follow those of its case that waited for it."""
    _known(services, peer)
    try:
        with services.pool.connection() as connection:
            know(connection, services.peers)
            dismiss(
                connection,
                peer,
                number,
                who.actor(dismissal.actor),
                dismissal.why,
                services.time(),
                services.city,
            )
            [row] = peers(connection, [peer])
    except BadMessages as why:
        raise Problem(HTTPStatus.CONFLICT, str(why)) from why
    return PeerState.model_validate(row)


def _receive(services: Services, peer: str, given: list[Numbered]) -> int:
    with services.pool.connection() as connection:
        know(connection, services.peers)
        received: int = state_of(connection, peer)["received"]
    for message in given:
        with services.pool.connection() as connection:
            received = receive(
                connection, peer, message.number, message.body, services.time(), services.city
            )
    return received


def _known(services: Services, name: str) -> Peer:
    if name not in services.peers:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no peer {name} in the settings.")
    return services.peers[name]


def _proven(services: Services, request: Request, name: str, body: bytes) -> Peer:
    """Return the peer that has signed the request; raises Problem for anybody else."""
    peer = services.peers.get(name)
    try:
        if peer is None:
            raise BadSignature("no peer of this name is in the settings")
        verify(peer.secret, request.headers, body, services.wall())
    except BadSignature as why:
        raise Problem(HTTPStatus.UNAUTHORIZED, f"{name}: {why}") from why
    return peer


def _target(request: Request) -> bytes:
    return f"{request.url.path}?{request.url.query}".encode()


def _signed(services: Services, peer: Peer, said: dict[str, Any]) -> Response:
    body = orjson.dumps(said)
    return Response(body, headers=_proof(services, peer, body), media_type="application/json")


def _proof(services: Services, peer: Peer, body: bytes) -> dict[str, str]:
    at = services.wall()
    message = f"{services.instance}-{at.timestamp():.6f}".replace(".", "-")
    return sign(peer.secret, message, at, body)


def _out_of_step(why: BadMessages) -> Problem:
    return Problem(HTTPStatus.CONFLICT, str(why), "out-of-step", "The two have lost step")
