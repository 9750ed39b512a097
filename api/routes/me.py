"""Who is signed in, and what they may do: what a page asks first."""

from __future__ import annotations

from typing import Literal

from fastapi import Response
from pydantic import BaseModel, Field

from api.access.permissions import Permission
from api.access.who import Signed
from api.resource import Resource

router = Resource("/me", tags=["access"])


class Held(BaseModel):
    role: str
    department: str = Field(description="Its code; empty: any")
    area: str = Field(description="First digits of grid cells; empty: everywhere")


class Me(BaseModel):
    kind: Literal["person", "key", "guest"]
    name: str
    grants: list[Held]
    permissions: list[Permission]
    owes: Literal["", "code", "enrolment"] = Field(
        "", description="A person's second factor, before which no role counts"
    )
    csrf: str = Field(description="A page sends it as X-CSRF-Token with every change")


@router.get("")
def show_me(who: Signed, response: Response) -> Me:
    """Who asks, with their roles and permissions; a guest where nobody is signed in."""
    response.headers["Cache-Control"] = "no-store"
    return Me(
        kind=who.kind,
        name=who.name,
        grants=[Held(**grant._asdict()) for grant in who.grants],
        permissions=sorted(who.permissions),
        owes=who.owes,
        csrf=who.csrf,
    )
