"""Readings by HTTP, in every format that a topic may have."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response

from api.accept import accept, refusal
from api.problem import ON_ERROR
from api.resource import Resource
from api.services import Given
from ingest.formats import FORMATS

router = Resource(tags=["intake"], base="")

AUTO = "auto"
NAMES = (AUTO, *FORMATS)
Format = StrEnum("Format", {name: name for name in NAMES})  # type: ignore[misc]

EXAMPLE = '{"device": "flood-017", "time": "2024-03-01T06:30:00Z", "values": {"depth": 15.3}}'
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "One payload in the format; may be gzip (Content-Encoding).",
        "content": {
            "application/json": {"schema": {}},
            "text/plain": {
                "schema": {"type": "string"},
                "example": "flood,device=flood-017 depth=15.3 1709274600000000000",
            },
        },
    }
}
STORED: dict[int | str, dict[str, Any]] = {
    204: {"description": "Committed: all of it is stored, or was before"},
    400: ON_ERROR["default"]
    | {"description": "Some records are dead letters, with reasons; the good ones are stored"},
    503: ON_ERROR["default"] | {"description": "No room now: send again after Retry-After"},
}


@router.post(
    "/ingest/{format}",
    status_code=204,
    response_class=Response,
    responses=STORED,
    openapi_extra=BODY,
)
async def ingest(
    request: Request,
    services: Given,
    format: Annotated[Format, Path(description="The payload's format; auto recognises it")],
    device: Annotated[str, Query(description="Sender, where the payload names none")] = "",
    topic: Annotated[str, Query(description="As if published to this MQTT topic")] = "",
) -> Response:
    """Store one payload, just as if it had come by MQTT; answered after the commit."""
    topic = topic or f"ingest/{format}"
    outcome = await accept(services, request, str(format), topic, device)
    if problem := refusal(outcome):
        raise problem
    return Response(status_code=204)
