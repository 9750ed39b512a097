"""What a post has to do now: its work lists, what is red first, each light by when it is due."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from api.access.permissions import Permission
from api.access.who import Signed
from api.drill_scope import Drill
from api.fields import Number, Time
from api.paging import Cursor, Page, page, read_cursor
from api.problem import Problem
from api.resource import Resource
from api.routes.cases import Shown
from api.services import Given
from cases.words import Light, Role, Source, Stage, State, Verb
from cases.worklists import RAISED, WORK_LISTS, WorkList, lists_of
from store.views import at_once
from store.worklists import MOST, Key, Scope, key, work

router = Resource("/worklists", tags=["cases"])

ListName = StrEnum("ListName", {each.name: each.name for each in WORK_LISTS})  # type: ignore[misc]
Post = StrEnum("Post", {each.role: each.role.value for each in WORK_LISTS})  # type: ignore[misc]


class Task(BaseModel):
    """A case, as a work list shows it."""

    number: str
    version: int = Field(description="Name it in the next step")
    state: State
    light: Light | None = Field(description="Of the clock that runs; null: none runs")
    stage: Stage | None
    stage_due: Time | None = Field(description="When the clock that runs is used up")
    stage_yellow: Time | None = Field(description="When little of its time is left")
    due: Time | None = Field(description="When handling must be done")
    source: Source
    exercise: bool
    code: str
    title_zh: str
    title_en: str
    severity: str
    component: str | None
    component_name: str | None
    grid_cell: str | None
    address: str
    lon: Number
    lat: Number
    department: str | None
    department_zh: str | None
    department_en: str | None
    opened: Time
    level: int = Field(description="1 community grid, 2 street, 3 district, 4 city")
    supervised: bool
    urges: int
    returns: int
    reworks: int
    extensions: int
    request: Verb | None = Field(description="Asked for and not decided")
    suspended_until: Time | None


class Counts(BaseModel):
    """Cases of each light; `standing` are those whose clock does not run."""

    red: int
    yellow: int
    green: int
    standing: int
    most: int = Field(MOST, description="No light is counted further")


class Work(Page[Task]):
    """One list of a post, with its first cases or those after `cursor`."""

    name: str
    zh: str
    en: str
    verbs: list[Verb] = Field(description="What usually comes next")
    counts: Counts


class WorkLists(BaseModel):
    role: Role
    lists: list[Work]


Area = Annotated[
    str,
    Query(pattern=r"^(\d{6}|\d{9}|\d{12}|\d{14,15})?$",
          description="District (6 digits), street (9), community (12) or grid cell (14 or 15)"),
]  # fmt: skip


async def _scope(
    who: Signed,
    department: Annotated[str, Query(description="Its code")] = "",
    area: Area = "",
    level: Annotated[
        int | None, Query(ge=RAISED[0] - 1, le=RAISED[-1], description="Of responsibility")
    ] = None,
    light: Annotated[Shown | None, Query(description="Of the clock; standing: none runs")] = None,
    code: Annotated[str, Query(description="Class", examples=["0506"])] = "",
    severity: str = "",
    exercise: Annotated[bool, Query(description="true: exercises instead of what is real")] = False,
    drill: Drill = None,
    text: Annotated[
        str, Query(description="In number, title, words or place", max_length=200)
    ] = "",
) -> Scope:
    reach = who.reach(Permission.READ_CASES)
    return Scope(department, area, level, light or "", code, severity, exercise, reach, text, drill)


Narrowed = Annotated[Scope, Depends(_scope)]
Many = Annotated[int, Query(ge=1, le=1000, description="Cases of each list")]


@router.get("/{role}")
def show_work(
    services: Given,
    role: Post,
    scope: Narrowed,
    only: Annotated[ListName | None, Query(alias="list", description="This list alone")] = None,
    limit: Many = 50,
    cursor: Cursor = None,
) -> WorkLists:
    """What a post has to do. `cursor` goes on with one `list`: `next` of it before."""
    if cursor is not None and only is None:
        raise Problem(HTTPStatus.BAD_REQUEST, "Name the list that the cursor goes on with.")
    chosen = [_named(role, only)] if only else lists_of(Role(role))
    now, after = services.time(), _read(cursor)
    with at_once(services.pool) as connection:
        found = work(connection, chosen, scope, now, limit + 1, after)
    lists = [_shown(each, *part, limit) for each, part in zip(chosen, found, strict=True)]
    return WorkLists.model_validate({"role": role.value, "lists": lists})


@router.get("/{role}/{work_list}")
def show_list(
    services: Given,
    role: Post,
    work_list: ListName,
    scope: Narrowed,
    limit: Many = 50,
    cursor: Cursor = None,
) -> Work:
    """One list of a post, as a page."""
    named, now, after = _named(role, work_list), services.time(), _read(cursor)
    with at_once(services.pool) as connection:
        [found] = work(connection, [named], scope, now, limit + 1, after)
    return Work.model_validate(_shown(named, *found, limit))


def _named(role: StrEnum, name: StrEnum) -> WorkList:
    of_role = lists_of(Role(role))
    for each in of_role:
        if each.name == name.value:
            return each
    names = ", ".join(each.name for each in of_role)
    raise Problem(HTTPStatus.NOT_FOUND, f"The lists of {role} are {names}.")


def _shown(
    work_list: WorkList, rows: list[dict[str, Any]], counted: dict[str, int], limit: int
) -> dict[str, Any]:
    return {
        "name": work_list.name,
        "zh": work_list.zh,
        "en": work_list.en,
        "verbs": work_list.verbs,
        "counts": counted,
        **page(rows, limit, _cursor_key),
    }


def _cursor_key(row: dict[str, Any]) -> tuple[int, str, int]:
    rank, due, number = key(row)
    return rank, due.isoformat() if due else "", number


def _read(cursor: str | None) -> Key | None:
    rank, due, number = read_cursor(cursor, int, str, int)
    if rank is None:
        return None
    return rank, datetime.fromisoformat(due) if due else None, number
