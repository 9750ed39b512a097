"""Departments, and who answers for a class of problems in an area."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, Field

from api.fields import Time
from api.problem import Problem
from api.resource import Resource
from api.services import Given
from cases.areas import read_area_code
from cases.codes import BadCode
from cases.data import Text
from cases.departments import Department, Duty

router = Resource("/departments", tags=["catalogue"])


class Listed(BaseModel):
    """The departments in force, with the responsibility matrix."""

    version: str
    source: str
    in_force_from: Time | None
    fallback: str = Field(description="Code of the one that takes what nobody else owns")
    items: list[Department]
    matrix: list[Duty] = Field(description="The longest area that fits decides, then the class")


class Answer(BaseModel):
    code: str
    name: Text
    why: str = Field(description="The row, the role or the fallback that says so")


class Who(BaseModel):
    """Who has a class of problems in an area."""

    code_list: str
    code: str
    kind: Literal["component", "event"]
    name: Text
    responsible: Answer
    owning: Answer | None
    maintaining: Answer | None


class Answers(BaseModel):
    items: list[Who] = Field(description="One for each list and kind that has the class")


@router.get("")
def list_departments(services: Given) -> Listed:
    """The departments in force, and the matrix."""
    found = services.city.departments
    return Listed(
        version=found.version,
        source=found.source,
        in_force_from=found.in_force_from,
        fallback=found.fallback,
        items=list(found.departments),
        matrix=list(found.matrix),
    )


@router.get("/who")
def who_answers(
    services: Given,
    code: Annotated[str, Query(description="Major and minor class", examples=["0506"])],
    area: Annotated[str, Query(description="Beginning of a grid cell code; none: the city")] = "",
    code_list: Annotated[str | None, Query(description="Left out: every list")] = None,
    kind: Annotated[Literal["component", "event"] | None, Query()] = None,
) -> Answers:
    """Who is responsible for a class in an area, who owns and who maintains it, and why."""
    departments = services.city.departments
    try:
        place = read_area_code(area).code if area else ""
    except BadCode as why:
        raise Problem(HTTPStatus.BAD_REQUEST, str(why)) from why
    items = []
    for listed, problem in services.city.catalogue.classes(code, code_list, kind):
        sides = {
            side: Answer(code=named.code, name=departments.by_code(named.code).name, why=named.why)
            for side, named in departments.who(problem, listed, place).items()
        }
        items.append(
            Who(
                code_list=listed,
                code=problem.code,
                kind=problem.kind,
                name=problem.name,
                responsible=sides["responsible"],
                owning=sides.get("owning"),
                maintaining=sides.get("maintaining"),
            )
        )
    if not items:
        raise Problem(HTTPStatus.NOT_FOUND, f"there is no class {code}")
    return Answers(items=items)
