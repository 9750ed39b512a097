"""Cases that time changes: in a department's hands, or suspended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from story import AT, WATER, Story

from cases.words import Role, Source, Verb

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EMERGENCY: dict[str, Any] = {"limit": {"amount": 2, "class": "emergency-hours"}}
BEGAN = AT + timedelta(minutes=3)
DUE = BEGAN + 2 * HOUR
RUN = 4  #: intake, filing, dispatch came before


def at_work(number: int = 7, at: datetime = AT) -> Story:
    """A case in a department's hands, with two hours for it from three minutes after `at` on."""
    story = Story(Source.SENSOR, at, case_id=number).do(Verb.ACCEPT, Role.SYSTEM)
    story.do(Verb.FILE, Role.SYSTEM, **EMERGENCY)
    return story.do(Verb.DISPATCH, Role.SYSTEM, department=WATER)


def suspended(until: datetime, number: int = 7) -> Story:
    story = at_work(number).do(Verb.HANDLE)
    story.do(Verb.ASK_SUSPENSION, until=until.isoformat())
    return story.do(Verb.APPROVE).do(Verb.SUSPEND)
