"""What a query of service requests asks for, in the standard's words."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from pydantic import TypeAdapter, ValidationError

from api.fields import Moment
from api.problem import Problem
from api.services import Services
from cases.open311 import STATUS_WORDS, states

MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


def split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def states_of(text: str) -> list[str] | None:
    asked = frozenset(split(text))
    if strange := sorted(asked - set(STATUS_WORDS)):
        raise Problem(HTTPStatus.BAD_REQUEST, f"status: {', '.join(strange)}; say open or closed.")
    return states(asked) if asked else None


def span(services: Services, start_date: str, end_date: str) -> tuple[datetime, datetime]:
    """Return the times between which requests are looked for."""
    longest = services.city.policy.open311.longest_span
    start, end = _moment("start_date", start_date), _moment("end_date", end_date)
    if end is None:
        end = min(start + longest, services.time()) if start else services.time()
    if start is None:
        start = end - longest
    if end - start > longest:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            f"start_date and end_date may be {longest.days} days apart; ask in parts.",
        )
    return start, end


def _moment(field: str, text: str) -> datetime | None:
    try:
        return MOMENT.validate_python(text) if text else None
    except ValidationError as why:
        said = f"{field}: {text!r} is no time in the W3C's form, as 2026-01-31T20:00:00+08:00."
        raise Problem(HTTPStatus.BAD_REQUEST, said) from why
