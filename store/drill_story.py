"""A drill as it went, put together from the store: its truth, its cases, its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from cases.drill_report import Expected, Happened, Line, Opened, Report, report
from ingest.exercise import outside
from store.database import Connection
from store.drills import rows

MOST_ROWS = 40_000  #: readings of all curves together
SPAN = TypeAdapter(timedelta)


def happenings(plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what happens by the truth of a story; what people put in has no title."""
    story = plan["story"]
    titles = [one["title"] for one in (*story["happens"], *story["faults"])]
    found = []
    for place, one in enumerate(plan["truth"]["happenings"]):
        title = titles[place] if place < len(titles) else None
        found.append(
            {**one, "title": title, "began": _moment(one["began"]), "ended": _moment(one["ended"])}
        )
    return found


def happened(plan: Mapping[str, Any]) -> list[Happened]:
    return [
        Happened(
            one["id"],
            one["role"],
            one["began"],
            one["ended"],
            frozenset(one["devices"]),
            one["code_list"],
            one["code"],
            frozenset(one["conditions"]),
        )
        for one in happenings(plan)
    ]


def expected(plan: Mapping[str, Any]) -> list[Expected]:
    return [
        Expected(one["of"], one["step"], span(one["within"]), one["whom"])
        for one in plan["story"]["expects"]
    ]


def opened(
    cases: Sequence[Mapping[str, Any]],
    events: Sequence[Mapping[str, Any]],
    lines: Sequence[Mapping[str, Any]],
) -> list[Opened]:
    """Return cases with what they rest on, from rows of the queries about drills."""
    found = []
    for case in cases:
        own = [
            event
            for event in events
            if event["case_number"] == case["number"] and event["standing"] in ("standing", "over")
        ]
        ends = [event["ended"] for event in own]
        found.append(
            Opened(
                case["number"],
                case["code_list"],
                case["code"],
                case["condition"],
                case["began"],
                case["found"],
                None if None in ends or not ends else max(ends),
                case["outcome"],
                frozenset(outside(device) for event in own for device in event["devices"]),
                tuple(
                    Line(line["at"], line["verb"], line["role"], line["actor"], line["reason"])
                    for line in lines
                    if line["case_number"] == case["number"]
                ),
            )
        )
    return found


def report_of(
    connection: Connection, drill: int, plan: Mapping[str, Any], until: datetime
) -> Report:
    """Return what a drill has shown by `until`."""
    cases = opened(
        rows(connection, "cases", drill=drill),
        rows(connection, "events", drill=drill),
        rows(connection, "case_lines", drill=drill),
    )
    return report(happened(plan), expected(plan), cases, until)


def curves(
    connection: Connection, drill: int, channels: Sequence[str], since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """Return the readings of some channels as columns: times, values in SI."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows(
        connection, "curves", drill=drill, channels=list(channels), since=since, until=until,
        limit=MOST_ROWS,
    ):  # fmt: skip
        one = found.setdefault(
            row["channel"],
            {"channel": row["channel"], "quantity": row["quantity"], "time": [], "value": []},
        )
        one["time"].append(row["time"])
        one["value"].append(row["value"])
    return [found[channel] for channel in channels if channel in found]


def span(iso: str) -> timedelta:
    """Return an ISO 8601 duration, as the plan of a drill has it."""
    return SPAN.validate_python(iso)


def _moment(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1e6, UTC)
