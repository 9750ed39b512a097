"""Who asks: a person, a system with a key, or a guest; and how far their roles reach."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import Depends, Request

from api.access.permissions import PERMISSIONS, UNLIMITED, Permission
from api.problem import Problem
from cases.people import person
from store.access import EVERYWHERE, NOWHERE, Grant, Reach

NOTHING = frozenset[Permission]()


@dataclass(frozen=True, slots=True)
class Who:
    kind: Literal["person", "key", "guest"]
    id: int
    name: str
    grants: tuple[Grant, ...]
    scopes: frozenset[str] = frozenset()  #: what a key is held to; none: all of its roles
    session: int | None = None
    csrf: str = ""  #: what a page must send beside its cookie
    #: What a person has still to do before any role counts: show a "code" of their second factor,
    #: or enrol one ("enrolment").
    owes: str = ""
    device: str = ""  #: that a gateway's key speaks for, with those behind it; "": any

    def sender(self, named: str) -> str:
        """Return which device sends readings by this key.

        Raises
        ------
        Problem
            403 for a key that speaks for another device than is `named`.
        """
        if named and self.device and named != self.device:
            raise Problem(
                HTTPStatus.FORBIDDEN,
                f"This key speaks for {self.device}: leave `device` out, and name the devices"
                " behind it in the payload.",
                "not-your-device",
                "Nobody speaks for another's device",
            )
        return self.device or named

    @property
    def permissions(self) -> frozenset[Permission]:
        return _held(self.grants, self.scopes)

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def holds(self, permission: Permission) -> bool:
        """Tell whether one of the roles would permit it, were it not limited."""
        return any(permission in PERMISSIONS[grant.role] for grant in self.grants)

    def reach(self, permission: Permission) -> Reach:
        """Return on which cases a permission may be used; on none by who does not have it."""
        if not self.may(permission):
            return NOWHERE
        return _reach(g for g in self.grants if permission in PERMISSIONS[g.role])

    def reach_as(self, role: str) -> Reach:
        """Return on which cases somebody may act in a role.

        Raises
        ------
        Problem
            403 when the role is not theirs.
        """
        held = [grant for grant in self.grants if grant.role == role]
        if not held:
            mine = ", ".join(sorted({grant.role for grant in self.grants})) or "none"
            raise Problem(
                HTTPStatus.FORBIDDEN, f"{self.name} has no role {role}; theirs: {mine}.",
                "not-your-role", "The role is not yours",
            )  # fmt: skip
        return _reach(held)

    def actor(self, named: str) -> str:
        """Return in whose name it is done: one's own, or for a system, whom it names.

        Raises
        ------
        Problem
            403 for a person who names another.
        """
        if not named or person(named) == person(self.name):
            return self.name
        if self.may(Permission.NAME_OTHERS):
            return named
        raise Problem(
            HTTPStatus.FORBIDDEN,
            f"{self.name} cannot act as {named}: leave `actor` out, or use your own name.",
            "not-your-name",
            "Nobody acts in another's name",
        )


@lru_cache(maxsize=1_000)  # asked for some times in each request
def _held(grants: tuple[Grant, ...], scopes: frozenset[str]) -> frozenset[Permission]:
    held = frozenset[Permission]().union(
        *(PERMISSIONS[g.role] - (UNLIMITED if g.limited else NOTHING) for g in grants)
    )
    return frozenset(each for each in held if each in scopes) if scopes else held


def _reach(grants: Iterable[Grant]) -> Reach:
    pairs = sorted({(grant.area, grant.department) for grant in grants})
    if ("", "") in pairs:
        return EVERYWHERE
    return Reach([area for area, _ in pairs], [department for _, department in pairs])


GUEST = Who("guest", 0, "", ())


async def _who(request: Request) -> Who:
    who: Who = request.state.who
    return who


Signed = Annotated[Who, Depends(_who)]
