"""A rule as text: any version of it, where two of them differ, and the tests kept with it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from api.fields import Time
from api.problem import Problem
from api.resource import Resource
from api.rule_texts import refusals
from api.services import Given
from rules.version_diff import differences
from rules.write_pack import write_pack
from store.rule_changes import stored
from store.rule_tests import tests_of
from store.rule_versions import RuleVersion, versions

router = Resource("/rules", tags=["rules"])


class Version(BaseModel):
    """A version of a rule as a pack of its own."""

    rule: str
    version: str
    pack: str
    text: str = Field(description="YAML, written from the body: it reads as this very version")
    body: dict[str, Any]


class Difference(BaseModel):
    field: str = Field(examples=["signals.deep.detect.0.high"])
    before: Any = Field(description="null where it was not written")
    after: Any = Field(description="null where it is not written any more")


class Diff(BaseModel):
    """Two versions side by side."""

    rule: str
    before: Version | None = Field(description="null: there was none")
    after: Version
    differences: list[Difference]


class Tests(BaseModel):
    """A test file, as it stands beside a pack."""

    rule: str
    text: str
    at: Time = Field(description="Kept since")
    actor: str = Field(description="Who kept it; lifeline: it came with the program")


@router.get("/{rule}/versions/{version}")
def show_version(services: Given, rule: str, version: str) -> Version:
    """One version as text, in force or not."""
    with refusals(), services.pool.connection() as connection:
        return _version(stored(connection, rule, version))


@router.get("/{rule}/diff")
def diff_rule(
    services: Given,
    rule: str,
    before: Annotated[str | None, Query(description="Default: the version in force")] = None,
    after: Annotated[
        str | None,
        Query(description="Default: the version on trial, or else the one in force"),
    ] = None,
) -> Diff:
    """Where two versions differ, by field and as texts.

    Where neither is named and none is on trial: the one that was in force before, and the one
    that is now.
    """
    with refusals(), services.pool.connection() as connection:
        terms = versions(connection, rule)
        if not terms:
            raise Problem(HTTPStatus.NOT_FOUND, f"There is no rule {rule}.")
        now = _present(terms, False)
        new = stored(connection, rule, after) if after else _present(terms, True) or now
        if before is not None:
            old: RuleVersion | None = stored(connection, rule, before)
        elif new is not None and now is not None and new.version == now.version and after is None:
            old = next((t for t in terms if not t.shadow and t.version != now.version), None)
        else:
            old = now
    if new is None:
        raise Problem(
            HTTPStatus.NOT_FOUND, f"{rule} is neither in force nor on trial: name `after`."
        )
    return Diff(
        rule=rule,
        before=None if old is None else _version(old),
        after=_version(new),
        differences=[
            Difference(**each._asdict()) for each in differences(old.body if old else {}, new.body)
        ],
    )


@router.get("/{rule}/tests")
def show_tests(services: Given, rule: str) -> Tests:
    """The tests kept with a rule: those of the program's pack, until others were saved with it."""
    with services.pool.connection() as connection:
        found = tests_of(connection, rule)
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"No tests are kept with the rule {rule}.")
    return Tests(**found._asdict())


def _present(terms: list[RuleVersion], shadow: bool) -> RuleVersion | None:
    return next((t for t in terms if t.shadow is shadow and t.in_force_until is None), None)


def _version(found: RuleVersion) -> Version:
    return Version(
        rule=found.rule,
        version=found.version,
        pack=found.pack,
        text=write_pack(found.pack, [found.body]),
        body=found.body,
    )
