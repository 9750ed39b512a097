"""A bug as an answer: it tells nothing of our insides, but under which id the log has them."""

from __future__ import annotations

import logging
import secrets
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from api.access.headers import dress
from api.problem import Problem, answer

log = logging.getLogger("lifeline.api")


def answer_faults(app: FastAPI, secure: bool) -> None:
    """Make `app` answer every bug so. The answer is made outside of all that dresses answers."""

    @app.exception_handler(Exception)
    def bug(request: Request, why: Exception) -> JSONResponse:
        fault = secrets.token_hex(6)
        # Not the path itself: it may hold a link that lets in, or line breaks of a stranger.
        door = getattr(request.state, "door", None)
        log.error(
            "fault %s: %s %s", fault, request.method, door.route if door else "", exc_info=why
        )
        response = answer(
            request,
            Problem(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                f"A fault of ours: look for {fault} in the log.",
                kind="fault",
                title="A fault of ours",
                fault=fault,
            ),
        )
        dress(request.url.path, response.status_code, response.headers, secure)
        return response
