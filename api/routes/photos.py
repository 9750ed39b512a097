"""Pictures that reports and steps name: sent first, named by what comes back."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from api.access.permissions import Permission
from api.access.who import Signed, Who
from api.body import read_body
from api.fields import Number, Time
from api.problem import ON_ERROR, Problem
from api.resource import Resource
from api.services import Given, Services
from cases.pictures import MEDIA_TYPES, BadPicture, read_picture
from store import photos as store
from store.database import Connection

router = Resource("/photos", tags=["reports"])

LARGEST = 20 * 2**20  #: [bytes] of one picture as sent
Sender = Annotated[
    str,
    Query(alias="actor", max_length=200, description="Who sends it; left out: who is signed in"),
]
Known = Annotated[str | None, Header(description="ETag of what is there already")]
PICTURE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture",
        "content": {kind: {"schema": {"type": "string", "format": "binary"}}
                    for kind in sorted(set(MEDIA_TYPES.values()))},
    },
    304: {"description": "It is what If-None-Match names"},
}  # fmt: skip
SENT = {
    "requestBody": {
        "required": True,
        "description": "The picture itself, or a form with one file",
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}


class Photo(BaseModel):
    id: str = Field(description="sha256 of what was sent; name it in `photos`")
    media_type: str
    size: int = Field(description="[bytes], as served")
    width: int
    height: int
    taken: Time | None = Field(description="As the camera says, like the position")
    lon: Number
    lat: Number
    received: Time
    actor: str


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    openapi_extra=SENT,
    responses={413: ON_ERROR["default"], 415: ON_ERROR["default"]},
)
async def send_photo(services: Given, who: Signed, request: Request, sender: Sender = "") -> Photo:
    """Store a JPEG, PNG or WebP picture, known by its content; sent twice it is stored once.

    It is drawn anew: what the camera wrote into it is not served, time and place are kept.
    """
    actor = who.actor(sender)
    sent = await _sent(services, request)
    return await run_in_threadpool(_store, services, sent, actor)


def _store(services: Services, sent: bytes, actor: str) -> Photo:
    try:
        picture = read_picture(sent, services.city.zone)
    except BadPicture as why:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, str(why), "bad-picture", "No picture to keep"
        ) from why
    with services.pool.connection() as connection:
        store.put_photo(connection, picture, actor, services.time())
        [row] = store.facts(connection, [picture.id])
    return Photo.model_validate(row)


async def _sent(services: Services, request: Request) -> bytes:
    largest = min(LARGEST, services.largest_body)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await read_body(request, largest)
    body = await read_body(request, largest + 100_000)

    async def again() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        form = await MultiPartParser(request.headers, again(), max_files=1, max_fields=10).parse()
    except MultiPartException as why:
        raise Problem(HTTPStatus.BAD_REQUEST, f"The form cannot be read: {why.message}") from why
    try:
        for part in form.values():
            if isinstance(part, UploadFile):
                return await part.read()
    finally:
        await form.close()
    raise Problem(HTTPStatus.BAD_REQUEST, "The form has no file.")


@router.get("/{photo}", response_class=Response, responses=PICTURE)
def show_photo(services: Given, who: Signed, photo: str, if_none_match: Known = None) -> Response:
    """The picture."""
    return _picture(services, who, photo, "body", if_none_match)


@router.get("/{photo}/thumbnail", response_class=Response, responses=PICTURE)
def show_thumbnail(
    services: Given, who: Signed, photo: str, if_none_match: Known = None
) -> Response:
    """The picture, small."""
    return _picture(services, who, photo, "thumbnail", if_none_match)


@router.get("/{photo}/facts")
def show_facts(services: Given, who: Signed, photo: str) -> Photo:
    """What is known of a picture."""
    with services.pool.connection() as connection:
        rows = store.facts(connection, [photo]) if _seen(connection, who, photo) else []
    if not rows:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no picture {photo}.")
    return Photo.model_validate(rows[0])


def _seen(connection: Connection, who: Who, photo: str) -> bool:
    """Tell whether a picture is of a case of theirs; others are not found."""
    return store.seen(connection, photo, who.name, who.reach(Permission.READ_CASES))


def _picture(services: Services, who: Who, photo: str, what: str, seen: str | None) -> Response:
    etag = f'"{photo}"'
    headers = {
        "ETag": etag,
        # What has this id never changes; but not everybody may see it, so no proxy keeps it.
        "Cache-Control": "private, max-age=31536000, immutable",
        # A browser takes it for a picture and for nothing else, whatever is in it.
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": "inline",
    }
    with services.pool.connection() as connection:
        theirs = _seen(connection, who, photo)
        found = store.photo(connection, photo, what) if theirs else None
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no picture {photo}.")
    if seen == etag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    media_type, body = found
    return Response(body, media_type=media_type, headers=headers)
