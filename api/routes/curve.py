"""The curve of a channel for a plot: as fine as the stretch allows, with what to read it by."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

import numpy as np
import orjson
from fastapi import Query, Response
from pydantic import BaseModel, Field

from api.access.permissions import Permission
from api.access.who import Signed
from api.fields import Moment, Time
from api.problem import Problem
from api.resource import Resource
from api.rules_in_force import watchers
from api.services import Given
from ingest.quantities import QUANTITIES
from rules.limits import Watch
from store.curve import Curve, Facts, curve, events_in, facts_of
from store.states import states
from store.views import at_once

router = Resource(tags=["channels"])

MOST_EVENTS = 500
EXAMPLE = {
    "channel": "flood-017.depth", "quantity": "depth", "unit": "m", "source": "hour",
    "width": 21600.0, "start": "2024-01-01T00:00:00Z", "end": "2024-03-01T00:00:00Z",
    "interval": 60.0, "time": [1704067200000.0], "value": [0.004], "lowest": [0.0],
    "highest": [0.31], "count": [359], "flagged": [1], "quality": [1], "state": None,
    "gaps": [[1704088800000.0, 1704110400000.0]],
    "limits": [{"rule": "flood.road.standing-water", "title": {"zh": "道路积水", "en": "Water"},
                "signal": "depth", "name": "high", "value": 0.15}],
    "events": [],
}  # fmt: skip


class Title(BaseModel):
    zh: str
    en: str


class RuleLimit(BaseModel):
    """A fixed limit of a rule in force, on this channel."""

    rule: str
    title: Title
    signal: str
    name: str = Field(examples=["high"], description="As the rule calls it")
    value: float = Field(description="[unit]")


class Stood(BaseModel):
    """An event that stood in the stretch."""

    id: UUID
    rule: str
    title: Title | None
    severity: str
    standing: str
    began: Time
    ended: Time | None
    shadow: bool = Field(description="Found on trial")
    case_number: str | None


class Plotted(BaseModel):
    """Columns of one length, a place a reading or a bucket of them, oldest first."""

    channel: str
    quantity: str
    unit: str
    source: Literal["raw", "minute", "hour"] = Field(description="What it is made of")
    width: float = Field(description="Of a bucket [s]; 0: every reading by itself")
    interval: float = Field(description="Expected between two readings [s]")
    start: Time
    end: Time = Field(description="Exclusive")
    time: list[float] = Field(description="Of the reading, or the bucket's beginning [ms, UTC]")
    value: list[float | None] = Field(description="Reading, or mean of the usable ones [unit]")
    lowest: list[float | None] | None = Field(description="Of the usable ones; null where raw")
    highest: list[float | None] | None = Field(description="So that no peak vanishes")
    count: list[int] = Field(description="Usable readings")
    flagged: list[int] = Field(description="Readings that are not usable")
    quality: list[int | None] = Field(
        description="Flags of the reading; of a bucket those that made readings unusable, null "
        "where it is not known which"
    )
    state: list[str | None] | None = Field(description="Texts of raw readings that are states")
    gaps: list[tuple[float, float]] = Field(description="In which nothing came [ms, UTC]")
    limits: list[RuleLimit]
    events: list[Stood] = Field(description=f"{MOST_EVENTS} at most")


@router.get(
    "/channels/{channel:path}/curve",
    response_model=Plotted,
    responses={200: {"content": {"application/json": {"example": EXAMPLE}}}},
)
def show_curve(
    services: Given,
    who: Signed,
    channel: str,
    start: Annotated[Moment | None, Query(description="Default: a day before the end")] = None,
    end: Annotated[Moment | None, Query(description="Exclusive; default: now")] = None,
    points: Annotated[
        int, Query(ge=10, le=10_000, description="About so many places at most")
    ] = 1_500,
) -> Response:
    """A channel's curve over any stretch, with limits of the rules in force, events and gaps."""
    end = end or services.time() + timedelta(microseconds=1)
    start = start or end - timedelta(days=1)
    if start >= end:
        raise Problem(
            HTTPStatus(422),
            "start must be before end.",
            kind="invalid-request",
            title="The request does not fit its description",
        )
    with at_once(services.pool) as connection:
        of = facts_of(connection, channel)
        if of is None:
            raise Problem(HTTPStatus.NOT_FOUND, f"There is no channel {channel}.")
        found = curve(connection, of, start, end, points, services.time())
        texts = {n: text for text, n in states(connection).items()} if _has_texts(found) else {}
        reach = who.reach(Permission.READ_CASES)
        told = events_in(connection, [of.number], start, end, MOST_EVENTS, reach)
    answer = _head(of, channel, start, end) | _columns(found, texts)
    answer["limits"] = limits_of(watchers(services.pool, of.device, channel))
    answer["events"] = told
    body = orjson.dumps(answer, option=orjson.OPT_UTC_Z | orjson.OPT_SERIALIZE_NUMPY)
    return Response(body, media_type="application/json")


def _head(of: Facts, channel: str, start: datetime, end: datetime) -> dict[str, object]:
    quantity = QUANTITIES.get(of.quantity)
    return {
        "channel": channel,
        "quantity": of.quantity,
        "unit": quantity.unit if quantity else of.unit,
        "interval": of.interval,
        "start": start,
        "end": end,
    }


def _columns(found: Curve, texts: dict[int, str]) -> dict[str, object]:
    bucketed = found.width > 0
    known = found.quality >= 0
    return {
        "source": found.source,
        "width": found.width,
        "time": found.time,
        "value": found.value,
        "lowest": found.lowest if bucketed else None,
        "highest": found.highest if bucketed else None,
        "count": found.count.astype(np.int64),
        "flagged": found.flagged.astype(np.int64),
        "quality": [
            int(flags) if sure else None
            for flags, sure in zip(found.quality.tolist(), known.tolist(), strict=True)
        ],
        "state": [texts.get(number) for number in found.state.tolist()] if texts else None,
        "gaps": found.gaps,
    }


def _has_texts(found: Curve) -> bool:
    return bool((found.state >= 0).any())


def limits_of(found: list[Watch]) -> list[dict[str, object]]:
    return [
        {
            "rule": watch.rule.id,
            "title": watch.rule.title.model_dump(),
            "signal": line.signal,
            "name": line.name,
            "value": line.value,
        }
        for watch in found
        for line in watch.lines
    ]
