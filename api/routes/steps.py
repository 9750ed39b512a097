"""The next step of a case, taken by somebody who has seen where it stands."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Header, Response
from pydantic import BaseModel, ConfigDict, Field

from api.access.who import Signed
from api.fields import Actor
from api.problem import ON_ERROR, Problem
from api.resource import Resource
from api.routes.cases import CaseDetail, act_as, case_id, detail
from api.services import Given
from cases.words import Role, Verb
from cases.workflow import Refused
from store.cases import Stale, apply

router = Resource("/cases", tags=["cases"])


class Step(BaseModel):
    """The next step of a case, by somebody who has seen it at `version`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"verb": "handle", "actor": "crew 7", "role": "department", "version": 4},
                {
                    "verb": "return",
                    "actor": "crew 7",
                    "role": "department",
                    "version": 4,
                    "reason": "not our pipe",
                },
            ]
        },
    )

    verb: Verb
    actor: Actor = ""
    role: Role
    version: int | None = Field(None, description="Seen by the actor; or send it as If-Match")
    reason: str = Field("", max_length=10_000)
    details: dict[str, Any] = Field(
        default_factory=dict, description="What the verb asks for, see the choices of the case"
    )


@router.post(
    "/{case}/steps",
    status_code=HTTPStatus.CREATED,
    responses={
        409: ON_ERROR["default"]
        | {"description": "The workflow refuses it, or somebody was faster"},
        412: ON_ERROR["default"] | {"description": "The case is not at the version of If-Match"},
        428: ON_ERROR["default"] | {"description": "Neither version nor If-Match was given"},
    },
)
def do_step(
    services: Given,
    who: Signed,
    response: Response,
    case: str,
    step: Step,
    if_match: Annotated[str | None, Header(description="ETag of the case as seen")] = None,
) -> CaseDetail:
    """Take the next step; refused when the case has moved on since the actor saw it."""
    number = case_id(services, who, case)
    actor = who.actor(step.actor)
    act_as(services, who, number, step.role)
    if step.verb is Verb.MERGE and (into := step.details.get("into")):
        case_id(services, who, str(into))
    version = seen(step, if_match)
    try:
        with services.pool.connection() as connection:
            apply(
                connection,
                number,
                version,
                step.verb,
                actor,
                step.role,
                services.time(),
                services.city,
                step.reason,
                step.details,
            )
    except Stale as why:
        status = HTTPStatus.PRECONDITION_FAILED if if_match else HTTPStatus.CONFLICT
        raise Problem(status, str(why), "case-moved-on", "The case has moved on") from why
    except Refused as why:
        raise Problem(
            HTTPStatus.CONFLICT, str(why), "step-refused", "The workflow refuses this step"
        ) from why
    return detail(services, who, response, number)


def seen(step: Step, if_match: str | None) -> int:
    """Return the version that the actor saw; If-Match counts more than the body."""
    if if_match is not None:
        text = if_match.strip().removeprefix("W/").strip('"').partition(".")[0]
        if text.isdecimal():
            return int(text)
        raise Problem(HTTPStatus.PRECONDITION_FAILED, f"{if_match} is no ETag of a case.")
    if step.version is None:
        raise Problem(
            HTTPStatus.PRECONDITION_REQUIRED,
            "Name the version that you saw, or send the ETag as If-Match.",
        )
    return step.version
