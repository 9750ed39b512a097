"""The tables a backtest writes: events.csv, notes.csv and cases.csv."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np

from deploy.backtest.report import Found
from deploy.backtest.words import explanation
from rules.counting import speaker, zone_of
from rules.event import Event
from store.spreadsheets import line

EVENTS: Final = (
    *("rule", "version", "channel", "zone", "opened", "cleared"),
    *("severity", "peak_score", "explanation"),
)
CASES: Final = (
    *("case", "rule", "code", "condition", "title", "severity", "department", "zone", "component"),
    *("channel", "lon", "lat", "opened", "ended", "events", "key"),
)


def write_events(path: Path, events: Iterable[Event], found: Found) -> None:
    """Write a row an event, in their order; what opens no case says so in its explanation."""
    trial = found.trial
    with path.open("w", newline="", encoding="utf-8") as file:
        file.write(line(EVENTS))
        for event in events:
            channel = speaker(event, trial.channels)
            rule = trial.ruleset.rules[event.rule]
            cells = (
                event.rule,
                event.version,
                channel.id,
                zone_of(event, channel),
                _at(event.raised),
                _at(event.ended),
                event.severity,
                f"{event.peak:.6g}",
                explanation(event, rule, trial.written[event.rule], trial.channels),
            )
            file.write(line(cells))


def write_cases(path: Path, found: Found) -> None:
    """Write a row a case that would have opened, in the order of opening."""
    with path.open("w", newline="", encoding="utf-8") as file:
        file.write(line(CASES))
        for number, case in enumerate(found.cases, start=1):
            filing, place = case.finding.filing, case.place
            cells = (
                number,
                case.first.rule,
                filing.problem.code,
                filing.condition.slug,
                f"{filing.title.zh} {filing.title.en}",
                case.would_be.severity,
                case.finding.department,
                case.zone,
                place.component.code if place.component else "",
                case.channel.id,
                _number(place.lon),
                _number(place.lat),
                _at(case.would_be.opened),
                _at(case.would_be.ended),
                len(case.would_be.events),
                case.would_be.key,
            )
            file.write(line(cells))


def _at(time: np.datetime64 | None) -> str:
    return (
        "" if time is None else f"{np.datetime_as_string(time, unit='us')}Z".replace(".000000", "")
    )


def _number(value: Any) -> float | None:
    return None if value is None or np.isnan(value) else float(f"{value:g}")
