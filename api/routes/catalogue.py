"""The catalogue: versions of code lists, and their filing conditions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, Field

from api.fields import Moment, Time
from api.paging import Cursor, Limit, Page, page, read_cursor
from api.resource import Resource
from api.services import Given
from cases.catalogue import CodeList, Condition, Filing
from cases.data import Text
from store.catalogue import versions
from store.views import at_once

router = Resource("/catalogue", tags=["catalogue"])


class Version(BaseModel):
    """One version of a code list."""

    code_list: str = Field(examples=["GB/T 30428.2-2013"])
    version: str
    source: str
    in_force_from: Time | None = Field(description="null: since ever")
    in_force_until: Time | None
    classes: int
    conditions: int


class Versions(BaseModel):
    items: list[Version]


class Filed(BaseModel):
    """A filing condition with its class: what is taken up, how fast, and when it is solved."""

    code_list: str
    version: str
    code: str = Field(examples=["0506"])
    kind: Literal["component", "event"]
    name: Text
    local: bool = Field(description="The city's own extension of the list")
    responsible: str = Field(description="Role of the department")
    condition: Condition


@router.get("/versions")
def list_versions(services: Given) -> Versions:
    """Every version of every code list, newest first; those too that are not in force yet."""
    lists = services.city.catalogue.lists
    known = {(each.code_list, each.version) for each in lists}
    with at_once(services.pool) as connection:
        planned = [
            CodeList.model_validate(each.as_written())
            for each in versions(connection)
            if each.kind == "catalogue" and (each.name, each.version) not in known
        ]
    return Versions(
        items=[
            Version(
                code_list=each.code_list,
                version=each.version,
                source=each.source,
                in_force_from=each.in_force_from,
                in_force_until=each.in_force_until,
                classes=len(each.classes),
                conditions=sum(len(problem.conditions) for problem in each.classes),
            )
            for each in sorted([*planned, *lists], key=lambda e: e.since, reverse=True)
        ]
    )


@router.get("")
def list_conditions(
    services: Given,
    limit: Limit = 100,
    cursor: Cursor = None,
    code_list: Annotated[str | None, Query(description="Only of this list")] = None,
    code: Annotated[str | None, Query(description="Only of this class")] = None,
    at: Annotated[Moment | None, Query(description="In force then; left out: now")] = None,
) -> Page[Filed]:
    """The filing conditions in force, in the order of their lists."""
    (start,) = read_cursor(cursor, int)
    found = [
        filing
        for filing in services.city.catalogue.in_force(at or services.time())
        if code_list in (None, filing.code_list) and code in (None, filing.problem.code)
    ]
    first = max(start or 0, 0)
    rows = [
        {"place": place, **_shown(filing)}
        for place, filing in enumerate(found[first : first + limit + 1], start=first + 1)
    ]
    return Page[Filed].model_validate(page(rows, limit, lambda row: [row["place"]]))


def _shown(filing: Filing) -> dict[str, Any]:
    problem = filing.problem
    return {
        "code_list": filing.code_list,
        "version": filing.version,
        "code": problem.code,
        "kind": problem.kind,
        "name": problem.name,
        "local": problem.extends,
        "responsible": problem.responsible,
        "condition": filing.condition,
    }
