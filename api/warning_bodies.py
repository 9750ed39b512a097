"""What people say when they warn: the bodies of the routes of warnings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from api.access.who import Who
from api.fields import Actor
from cases.warning_content import Asked
from cases.warning_words import ISSUERS, Kind, Status
from cases.words import Role
from store.warnings import By

Said = Annotated[str, Field(min_length=1, max_length=1000)]


class InRole(Asked):
    """What is said, and as whom."""

    role: Role = Field(description=f"{', '.join(sorted(ISSUERS))}")

    @property
    def asked(self) -> Asked:
        return Asked(**{name: getattr(self, name) for name in Asked.model_fields})


class Following(InRole):
    """What an update or cancellation would say."""

    kind: Literal[Kind.UPDATE, Kind.CANCEL] = Kind.UPDATE


class Decided(InRole):
    """What is said, by whom, and why; the reason stands in the log and not in the warning."""

    actor: Actor = ""
    reason: Said

    def by(self, who: Who) -> By:
        who.reach_as(self.role)
        return By(who.actor(self.actor), self.role, self.reason)


class Drafted(InRole):
    """Of a case, or of a class of the catalogue at a place; what is left out follows from it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "case": "20260701-000012",
                    "role": "shift-lead",
                    "instruction": {"zh": "请绕行文一路", "en": "Go round by Wenyi Road"},
                }
            ]
        }
    )

    case: str | None = Field(None, description="Its number")
    code_list: str = Field("", description="With code and condition, where there is no case")
    code: str = ""
    condition: str = ""
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    radius: float | None = Field(None, gt=0, le=500_000, description="Of the circle [m]")
    cells: list[str] = Field(
        default_factory=list, max_length=1000, description="Grid cells, in place of the circle"
    )
    status: Status = Field(Status.ACTUAL, description="An exercise's case warns as Exercise")

    @model_validator(mode="after")
    def _is_about_something(self) -> Drafted:
        if bool(self.case) == bool(self.code):
            raise ValueError("name a case, or code_list, code and condition")
        if (self.lon is None) != (self.lat is None):
            raise ValueError("lon and lat come together")
        return self


class NewWarning(Decided, Drafted):
    """A warning as a person issues it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "case": "20260701-000012",
                    "actor": "chen",
                    "role": "shift-lead",
                    "reason": "the water stands 40 cm deep and rises",
                    "instruction": {"zh": "请绕行文一路", "en": "Go round by Wenyi Road"},
                }
            ]
        }
    )
