"""All that a backtest writes, from what a run has found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from cases.city import City
from deploy.backtest.faults import Faults
from deploy.backtest.given import Given
from deploy.backtest.page_out import write_page
from deploy.backtest.pictures import choose, draw
from deploy.backtest.report import Found, found, report
from deploy.backtest.run import Ran
from deploy.backtest.tables_out import write_cases, write_events
from ingest.asset_rows import Problem


def _beyond(ours: Found, faults: Faults, lines: Mapping[int, int]) -> list[Problem]:
    """Return the channels most of whose readings lie beyond any instrument: a wrong unit?"""
    trial = ours.trial
    return [
        Problem(
            lines[number],
            "unit",
            f"{count:,} of {trial.readings[number]:,} readings of {channel.id!r} are beyond what "
            f"a {channel.quantity.replace('_', ' ')} in {channel.unit} can mean, and not judged",
            "Mend unit, lowest or highest",
        )
        for number, count in sorted(faults.out_of_range.items())
        if (channel := trial.channels[number]) and 2 * count > trial.readings.get(number, 0)
    ]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run comes to: the report, what is behind it, and pictures of it."""

    report: dict[str, Any]
    found: Found
    pictures: list[dict[str, Any]]


def outcome(
    ran: Ran, given: Given, tolerance: timedelta, city: City, asked: Mapping[str, Any]
) -> Outcome:
    """Return all that is to be told of a run; reads the history once more for the pictures."""
    ours, *others = (
        found(trial, given.history, given.labels, tolerance, city) for trial in ran.trials
    )
    other = others[0] if others else None
    body = report(ran, ours, other, given.labels, tolerance, city, asked)
    faults = given.history.readings.faults  # of this run: reading again begins anew
    if "assets" in given.asked:
        given.problems.setdefault(Path(given.asked["assets"]), []).extend(
            _beyond(ours, faults, given.lines)
        )
    if "readings" in given.asked:
        given.problems[Path(given.asked["readings"])] = faults.listed
    body["problems"] = {
        "bad_rows": faults.bad_rows,
        "duplicates": faults.duplicates,
        "readings_of_no_channel": faults.of_no_channel,
        "listed": [
            {"file": str(file), **problem._asdict()}
            for file, listed in given.problems.items()
            for problem in listed
        ],
    }
    readings = given.history.readings
    return Outcome(body, ours, draw(choose(ours, given.labels or ()), readings, ours))


def write(
    out: Path, ran: Ran, given: Given, tolerance: timedelta, city: City, asked: Mapping[str, Any]
) -> dict[str, Any]:
    """Write events.csv, notes.csv, cases.csv, report.json and index.html; return the report."""
    told = outcome(ran, given, tolerance, city, asked)
    write_tables(out, told)
    text = json.dumps(told.report, indent=2, ensure_ascii=False, default=str)
    (out / "report.json").write_text(text + "\n", encoding="utf-8")
    write_page(out / "index.html", told.report, told.pictures)
    return told.report


def write_tables(out: Path, told: Outcome) -> None:
    """Write events.csv, notes.csv and cases.csv."""
    out.mkdir(parents=True, exist_ok=True)
    write_events(out / "events.csv", told.found.speaking, told.found)
    write_events(out / "notes.csv", told.found.notes, told.found)
    write_cases(out / "cases.csv", told.found)
