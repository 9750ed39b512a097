"""Warnings as others read them: an Atom feed, and each message as it was sent, in CAP."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import Query, Request, Response

from api.problem import Problem
from api.resource import Resource
from api.services import Given
from cases.cap import MEDIA_TYPE, feed
from cases.warning_words import Status
from cases.warnings import Message
from store.warnings import document_of, warnings

router = Resource("/cap", tags=["warnings"], base="")

NEWEST = 100  #: messages in the feed


@router.get(
    "/feed.atom",
    response_class=Response,
    responses={200: {"content": {"application/atom+xml": {"schema": {"type": "string"}}}}},
)
def show_feed(
    services: Given,
    asked: Request,
    status: Annotated[Status, Query(description="Exercises and tests have feeds of their own")] = (
        Status.ACTUAL
    ),
) -> Response:
    """The newest messages, updates and cancellations among them (RFC 4287)."""
    now = services.time()
    with services.pool.connection() as connection:
        rows = warnings(connection, now, NEWEST, status=status)
    messages = [Message.model_validate(row["message"]) for row in rows]
    url = f"{str(asked.base_url).rstrip('/')}/cap"
    return Response(feed(messages, url, status, now), media_type="application/atom+xml")


@router.get(
    "/{identifier}.xml",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}},
)
def show_document(services: Given, identifier: str) -> Response:
    """One message, byte for byte as it was sent (CAP 1.2)."""
    with services.pool.connection() as connection:
        document = document_of(connection, identifier)
    if document is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no warning {identifier}.")
    return Response(document, media_type=MEDIA_TYPE)
