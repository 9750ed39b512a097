"""Which roles there are, and what each may do."""

from __future__ import annotations

from pydantic import BaseModel, Field

from api.access.permissions import PERMISSIONS, Permission
from api.resource import Resource
from api.routes.people import OF_KEYS
from cases.words import Word

router = Resource(tags=["access"])


class Role(BaseModel):
    role: str
    zh: str
    of_keys: bool = Field(description="Only systems have it")
    permissions: list[Permission]


@router.get("/roles")
def list_roles() -> list[Role]:
    """The posts of the workflow and those beside them, with their permissions."""
    return [
        Role(
            role=str(role),
            zh=role.zh if isinstance(role, Word) else "",
            of_keys=role in OF_KEYS,
            permissions=sorted(held),
        )
        for role, held in PERMISSIONS.items()
    ]
