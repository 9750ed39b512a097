"""How well the alarms serve the people on shift."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

import numpy as np
from fastapi import Query
from pydantic import BaseModel, Field

from api.fields import Moment, Time
from api.problem import Problem
from api.resource import Resource
from api.services import Given
from rules.hygiene import hygiene
from store.alarms import alarms

router = Resource("/alarm-hygiene", tags=["events"])

LONGEST = timedelta(days=366)


class Measure(BaseModel):
    name: str
    value: float
    target: str = Field(description="Of EEMUA 191 and ISA-18.2, for one operator's position")
    met: bool | None = Field(description="null: nothing is asked")


class Flood(BaseModel):
    began: Time
    ended: Time
    alarms: int


class Often(BaseModel):
    name: str = Field(description="Rule and subject")
    times: int
    share: float


class AlarmHygiene(BaseModel):
    """Rate, floods, chattering, stale, the ten most frequent, priorities."""

    since: Time
    until: Time
    operators: int
    alarms: int
    held_back: int = Field(description="By windows; nobody was told")
    measures: list[Measure]
    top: list[Often]
    chattering: list[Often]
    stale: list[str]
    floods: list[Flood]
    priorities: dict[str, float] = Field(description="Share of each severity")
    per_ten_minutes: list[int] = Field(description="Alarms in each ten minutes since `since`")


@router.get("")
def show_hygiene(
    services: Given,
    since: Annotated[Moment | None, Query(description="Left out: 30 days before")] = None,
    until: Annotated[Moment | None, Query(description="Left out: now")] = None,
    operators: Annotated[int, Query(ge=1, le=1000, description="Who share the alarms")] = 1,
) -> AlarmHygiene:
    """The measures of alarm management (EEMUA 191, ISA-18.2) over a stretch of time."""
    last = until or services.time()
    first = since or last - timedelta(days=30)
    if not timedelta(0) < last - first <= LONGEST:
        raise Problem(HTTPStatus.BAD_REQUEST, "Ask for a stretch of up to 366 days.")
    with services.pool.connection() as connection:
        told = alarms(connection, first, last)
    begin, end = (np.datetime64(t.replace(tzinfo=None), "us") for t in (first, last))
    report = hygiene(told, begin, end, operators)
    return AlarmHygiene(
        since=first,
        until=last,
        operators=operators,
        alarms=report.alarms,
        held_back=report.held_back,
        measures=[Measure(name=m.name, value=m.value, target=m.target, met=m.met)
                  for m in report.measures],
        top=[Often(name=o.name, times=o.times, share=o.share) for o in report.top],
        chattering=[Often(name=o.name, times=o.times, share=o.share) for o in report.chattering],
        stale=[*report.stale],
        floods=[Flood(began=f.began.item(), ended=f.ended.item(), alarms=f.alarms)
                for f in report.floods],
        priorities=report.priorities,
        per_ten_minutes=report.per_ten_minutes.tolist(),
    )  # fmt: skip
