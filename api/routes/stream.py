"""The live stream: events, cases, states of sensors, and the clock, as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

import orjson
import psycopg
from fastapi import Header, Request
from fastapi.responses import StreamingResponse

from api.access.permissions import Permission
from api.access.staying import while_good
from api.access.who import Signed
from api.drill_scope import Drill
from api.live import News
from api.resource import Resource
from api.routes.cases import Case, cases
from api.routes.events import Event, events
from api.services import Services
from store.access import Reach
from store.views import view

router = Resource(tags=["stream"])

OF_TELEMETRY = ("event", "sensors")

EXAMPLE = """\
event: clock
data: {"now": "2024-03-01T06:30:00Z", "received": "2024-03-01T06:29:58Z"}

id: 9f3c21aa-17
event: case
data: {"number": "20240301-0007", "state": "filed", "title_en": "Standing water on the road"}

id: 9f3c21aa-18
event: sensors
data: {"at": "2024-03-01T06:30:01Z", "states": {"alarming": ["flood-003"], "normal": ["gas-007"]}}
"""


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "`clock` about every second, `event` and `case` when one is new or "
            "changed, `sensors` at most every second with the devices whose state changed (the "
            "first after a while names all that are not normal), `reset` when something may "
            "have been missed: load again.",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": EXAMPLE}},
        }
    },
)
async def stream(
    request: Request,
    who: Signed,
    drill: Drill = None,
    last_event_id: Annotated[str, Header(description="Go on after this message")] = "",
) -> StreamingResponse:
    """Follow what is live, or one drill, as it happens; resumes after `Last-Event-ID`."""
    messages: AsyncIterator[bytes] = request.app.state.live.stream(
        last_event_id, partial(hears, who.reach(Permission.READ_CASES), who.permissions, drill)
    )
    # Proxies must neither keep nor collect what they pass on.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        while_good(request, who, messages), media_type="text/event-stream", headers=headers
    )


def hears(reach: Reach, held: frozenset[Permission], drill: int | None, news: News) -> Any:
    """Return what somebody may read of a message: a case that they may see, or of the sensors.

    Of a drill only who asks for it, and they of nothing live. An event's case is named to whoever
    may see it; None: nothing of the message.
    """
    name, data, about = news
    if name in ("case", "event") and data["drill"] != drill:
        return None
    if name == "sensors" and drill is not None:
        return None
    if name == "case" and data["exercise"] and drill is None:
        return None  # somebody's exercise without a drill
    if name == "case":
        place = data["grid_cell"] or (data["component"] or "")[:6]
        having = (data["department"] or "", data["handed_to"])
        sees = Permission.READ_CASES in held and reach.covers(place, having)
        return data if sees else None
    if name in OF_TELEMETRY and Permission.READ_TELEMETRY not in held:
        return None
    if name == "event" and data["case_number"] is not None:
        place, *having = about
        if not (Permission.READ_CASES in held and reach.covers(place, having)):
            return data | {"case_number": None}
    return data


def clock(services: Services) -> dict[str, Any]:
    """Return what the clock message says: event time, and when the newest reading came."""
    now: dict[str, Any] = {"now": services.time(), "time_zone": services.time_zone}
    try:
        [newest] = view(services.pool, "newest_receipt")
    except psycopg.OperationalError:
        return now | {"received": None}
    return now | newest


def look_up(services: Services, announced: list[str]) -> list[News]:
    """Return a message for each event and case announced; the last state is told once."""
    ids: dict[str, dict[Any, None]] = {"event": {}, "case": {}}
    for text in announced:
        news = orjson.loads(text)
        ids[news["kind"]][news["id"]] = None
    messages: list[News] = []
    if ids["event"]:
        # Together: a storm announces hundreds a second.
        rows = events(services, len(ids["event"]), ids=[*ids["event"]], shadow=False)
        messages += [
            News("event", Event.model_validate(row).model_dump(mode="json"), _having(row))
            for row in rows
        ]
    for case in ids["case"]:
        rows = cases(services, 1, id=case)
        messages += [News("case", Case.model_validate(row).model_dump(mode="json")) for row in rows]
    return messages


def _having(row: dict[str, Any]) -> tuple[str, str, str]:
    """Return where an event's case is and who has it, as `Reach.covers` asks."""
    return (
        row["case_place"] or "", row["case_department"] or "", row["case_handed_to"] or ""
    )  # fmt: skip
