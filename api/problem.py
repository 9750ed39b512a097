"""Every error as problem details (RFC 9457), so that a client reads one form only."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import psycopg
import psycopg_pool
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

log = logging.getLogger("lifeline.api")

MEDIA_TYPE = "application/problem+json"


class ProblemDetails(BaseModel):
    """What went wrong, for people and for programs (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field("about:blank", description="Which problem; about:blank says just the status")
    title: str = Field(description="The same words for every problem of this type")
    status: int = Field(description="HTTP status")
    detail: str = Field("", description="What to know about this one, for the operator")
    instance: str = Field("", description="Path of the request")


#: For `responses=` of routers: what each route answers when it does not answer what was asked.
ON_ERROR: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Problem details (RFC 9457)",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
    }
}


class Problem(Exception):
    """A refused request. `kind` is the last part of the problem's type, "" for the bare status."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        kind: str = "",
        title: str = "",
        headers: dict[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.kind = kind
        self.title = title or status.phrase
        self.headers = headers or {}
        self.members = members


def answer(request: Request, problem: Problem) -> JSONResponse:
    body = ProblemDetails(
        type=f"urn:lifeline:problem:{problem.kind}" if problem.kind else "about:blank",
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        instance=request.url.path,
        **problem.members,
    )
    return JSONResponse(
        body.model_dump(mode="json"),
        status_code=problem.status,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )


def without_database(request: Request, why: psycopg.OperationalError) -> JSONResponse:
    # Not the path itself: it may hold a link that lets in, or line breaks of a stranger.
    door = getattr(request.state, "door", None)
    log.warning("%s %s: %s", request.method, door.route if door else "", why)
    busy = isinstance(why, psycopg_pool.PoolTimeout)  # which is an OperationalError too
    return answer(
        request,
        Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "No connection came free in time." if busy else "The database does not answer.",
            kind="database-unavailable",
            title="The database is not available",
            headers={"Retry-After": "2"},
        ),
    )


def answer_with_problems(app: FastAPI) -> None:
    """Make `app` answer every error it knows in this form; bugs: see `api.faults`."""

    @app.exception_handler(Problem)
    def refused(request: Request, why: Problem) -> JSONResponse:
        return answer(request, why)

    @app.exception_handler(HTTPException)
    def unroutable(request: Request, why: HTTPException) -> JSONResponse:
        problem = Problem(
            HTTPStatus(why.status_code), str(why.detail), headers=dict(why.headers or {})
        )
        return answer(request, problem)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, why: RequestValidationError) -> JSONResponse:
        errors = [
            {"at": ".".join(map(str, error["loc"])), "detail": error["msg"]}
            for error in why.errors()
        ]
        detail = "; ".join(f"{error['at']}: {error['detail']}" for error in errors)
        return answer(
            request,
            Problem(
                HTTPStatus(422),  # named differently from Python 3.13 on
                detail,
                kind="invalid-request",
                title="The request does not fit its description",
                errors=errors,
            ),
        )

    # A NUL in a text, a number beyond all ids: what the schema of the request cannot see.
    @app.exception_handler(psycopg.DataError)
    def unstorable(request: Request, why: psycopg.DataError) -> JSONResponse:
        return answer(
            request,
            Problem(
                HTTPStatus(422),
                f"A value cannot be looked up: {str(why).splitlines()[0]}.",
                kind="invalid-request",
                title="The request does not fit its description",
            ),
        )

    app.add_exception_handler(psycopg.OperationalError, without_database)  # type: ignore[arg-type]
