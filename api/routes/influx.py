"""InfluxDB's write interface, versions 2 and 1, so that Telegraf can point at us."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from fastapi import Query, Request, Response

from api.accept import accept, refusal
from api.problem import Problem
from api.resource import Resource
from api.routes.intake import BODY, STORED
from api.services import Given, Services

router = Resource(tags=["intake"], base="")

#: Telegraf and the client libraries look at it to know which interface they speak to.
VERSION = {"X-Influxdb-Version": "v2.7.0", "X-Influxdb-Build": "OSS"}


class Precision(StrEnum):
    """Of the timestamps, in version 2."""

    NS = "ns"
    US = "us"
    MS = "ms"
    S = "s"


class OldPrecision(StrEnum):
    """Of the timestamps, in version 1; clients also send the longer names."""

    N = "n"
    NS = "ns"
    U = "u"
    US = "us"
    MS = "ms"
    S = "s"
    M = "m"
    H = "h"


async def write(services: Services, request: Request, precision: str, topic: str) -> Response:
    """Store a body of lines. Errors have the members that Influx clients read, too."""
    try:
        outcome = await accept(services, request, f"line-protocol:{precision}", topic, "")
        problem = refusal(outcome)
    except Problem as refused:
        problem = refused
    if problem is None:
        return Response(status_code=204, headers=VERSION)
    said = f"partial write: {problem.detail}" if problem.status == 400 else problem.detail
    codes = {400: "invalid", 413: "request too large", 503: "unavailable"}
    code = codes.get(problem.status, "invalid")
    problem.members |= {"code": code, "message": said, "error": said}
    raise problem


@router.post(
    "/api/v2/write", status_code=204, response_class=Response, responses=STORED, openapi_extra=BODY
)
async def write_v2(
    request: Request,
    services: Given,
    precision: Precision = Precision.NS,
    bucket: Annotated[str, Query(description="Shown with dead letters, else ignored")] = "",
    org: Annotated[str, Query(description="Ignored")] = "",
) -> Response:
    """Line protocol as InfluxDB 2 takes it; 204 after the commit."""
    return await write(services, request, precision, f"influx/{bucket}")


@router.post(
    "/write", status_code=204, response_class=Response, responses=STORED, openapi_extra=BODY
)
async def write_v1(
    request: Request,
    services: Given,
    precision: OldPrecision = OldPrecision.NS,
    db: Annotated[str, Query(description="Shown with dead letters, else ignored")] = "",
) -> Response:
    """Line protocol as InfluxDB 1 takes it; 204 after the commit."""
    unit = {"n": "ns", "u": "us"}.get(precision, str(precision))
    return await write(services, request, unit, f"influx/{db}")


@router.get("/health", tags=["health"])
async def health() -> dict[str, Any]:
    """What an Influx client asks before it writes. For the truth on all parts see `/readyz`."""
    return {"name": "lifeline", "message": "ready for writes", "status": "pass", "checks": []}


@router.get("/ping", status_code=204, response_class=Response, tags=["health"])
@router.head("/ping", status_code=204, response_class=Response, include_in_schema=False)
async def ping() -> Response:
    """What Telegraf asks to see whether we are there."""
    return Response(status_code=204, headers=VERSION)
