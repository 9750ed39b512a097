"""What a backtest found, as plain data: the body of report.json and of the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from cases.caseload import WouldBe, compare, local, per_day, percentile, spread, would_open
from cases.city import City
from cases.opening import Finding, find
from cases.placing import Place
from deploy.backtest.run import History, Ran
from deploy.backtest.words import why_no_case
from ingest.channel import Channel
from rules.backtest import Backtest, opens_case
from rules.binding import binds
from rules.counting import Counted, Label, count, noisiest, sensor_months, speaker, zone_of
from rules.duration import iso
from rules.event import Event, Standing
from rules.schema import CaseKey


@dataclass(slots=True)
class Case:
    """A case that would have opened, with what the catalogue and the assets say of it."""

    would_be: WouldBe
    finding: Finding
    place: Place
    channel: Channel

    @property
    def first(self) -> Event:
        return self.would_be.events[0]

    @property
    def zone(self) -> str:
        return zone_of(self.first, self.channel)


@dataclass(slots=True)
class Found:
    """All that one set of rules would have done.

    speaking : events that open or join a case
    notes    : the others: explained, held back, on trial, or of rules that only explain
    """

    trial: Backtest
    speaking: list[Event]
    notes: list[Event]
    cases: list[Case]
    counted: Counted | None

    @property
    def events(self) -> list[Event]:
        return sorted([*self.speaking, *self.notes], key=lambda e: e.raised)


def found(
    trial: Backtest,
    history: History,
    labels: Sequence[Label] | None,
    tolerance: timedelta,
    city: City,
) -> Found:
    """Gather what a run has found; without labels nothing is counted as right or wrong."""
    events = trial.events()
    cases = []
    for one in would_open(events, trial.ruleset.rules, history.placed):
        place = history.placed(one.events[0])
        channel = speaker(one.events[0], trial.channels)
        cases.append(Case(one, find(one.events[0], place, city), place, channel))
    speaking = [event for event in events if opens_case(event)]
    notes = [event for event in events if not opens_case(event)]
    counted = None
    if labels is not None:
        counted = count(speaking, labels, trial.channels, trial.first, trial.last, tolerance)
    return Found(trial, speaking, notes, cases, counted)


def report(
    ran: Ran,
    ours: Found,
    others: Found | None,
    labels: Sequence[Label] | None,
    tolerance: timedelta,
    city: City,
    asked: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the report of a run; `asked` tells what was given to it."""
    trial = ours.trial
    months = sensor_months(trial.first, trial.last)
    wrong = _false(ours.speaking, ours.counted)
    body: dict[str, Any] = {
        "asked": dict(asked),
        "stopped_early": ran.stopped,
        "readings": sum(trial.readings.values()),
        "channels": len(trial.channels),
        "channels_with_readings": len(trial.first),
        "from": _utc(min(trial.first.values(), default=None)),
        "until": _utc(max(trial.last.values(), default=None)),
        "sensor_months": round(months, 3),
        "seconds": round(ran.seconds, 3),
        "readings_per_second": round(ran.count / ran.seconds) if ran.seconds else None,
        "events": len(ours.speaking),
        "events_per_sensor_month": round(len(ours.speaking) / months, 6) if months else None,
        "notes": {"total": len(ours.notes), **_sums(map(why_no_case, ours.notes))},
        "cases": caseload(ours, city),
        "rules": _rules(ours, months),
        "channels_of_no_rule": _of_no_rule(trial),
        "noisiest": noisiest(ours.speaking, wrong, trial.channels),
    }
    if others is not None:
        body["against"] = against(ours, others, city)
    body["sweep"] = sweep(ours, labels, tolerance)
    if ours.counted is not None:
        body["labels"] = _against_labels(ours.counted, labels or (), tolerance)
    return body


def against(ours: Found, others: Found, city: City) -> dict[str, Any]:
    """Return the cases gained, lost and the same, and both loads."""
    gained, lost, same = compare(
        [case.would_be for case in ours.cases], [case.would_be for case in others.cases]
    )
    ids = {id(case.would_be): case for case in (*ours.cases, *others.cases)}
    sooner = [float((b.opened - a.opened) / np.timedelta64(1, "s")) for a, b in same]
    load = caseload(others, city)
    return {
        "gained": [_told(ids[id(case)]) for case in gained],
        "lost": [_told(ids[id(case)]) for case in lost],
        "same": len(same),
        "sooner_s": {"p50": percentile(sooner, 0.5), "max": max(sooner, default=None)},
        "cases": load["total"],
        "per_day": load.get("per_day"),
        "days": load.get("days"),
        "events": len(others.speaking),
        "labels": None if others.counted is None else others.counted.total.report(),
    }


def sweep(ours: Found, labels: Sequence[Label] | None, tolerance: timedelta) -> dict[str, Any]:
    """Return for each rule what it would have done had its limit been times a factor."""
    trial, rules = ours.trial, ours.trial.ruleset.rules
    if not trial.sweep.factors:
        return {}
    curves: dict[str, list[dict[str, Any]]] = {}
    for rule, by_factor in trial.swept().items():
        only_explains = rule in trial.ruleset.beside or not isinstance(rules[rule].case, CaseKey)
        if only_explains or not any(by_factor.values()):
            continue
        curves[rule] = []
        for factor, events in sorted(by_factor.items()):
            facts = [e for e in events if e.standing is not Standing.EXPLAINED]
            point: dict[str, Any] = {
                "factor": factor,
                "events": len(events),
                "explained": len(events) - len(facts),
                "cases": len(would_open(events, rules)),
            }
            if labels is not None:
                counted = count(facts, labels, trial.channels, trial.first, trial.last, tolerance)
                measured = counted.total.report()
                names = ("found", "recall", "false_runs", "false_runs_per_sensor_month")
                point |= {name: measured[name] for name in (*names, "median_delay_s")}
            curves[rule].append(point)
    return {
        "how": "exact: policy, needs, explanations anew on score / factor; silence by its limit",
        "left_out": trial.sweep.left_out,
        "rules": curves,
    }


def caseload(found: Found, city: City) -> dict[str, Any]:
    """Return the cases per day and shift, by class, department, zone, severity and rule."""
    trial, cases = found.trial, found.cases
    if not trial.first:
        return {"total": 0}
    first = local(min(trial.first.values()), city.zone).date()
    last = local(max(trial.last.values()), city.zone).date()
    days = per_day([local(c.would_be.opened, city.zone) for c in cases], first, last)
    shifts = [n for day in days.values() for n in day.values()]
    return {
        "total": len(cases),
        "time_zone": city.zone.key,
        "per_day": spread([sum(day.values()) for day in days.values()]),
        "per_shift": spread(shifts),
        "shifts": {
            name: spread([d[name] for d in days.values()]) for name in next(iter(days.values()))
        },
        "days": _days(days),
        "by_class": _sums(_class(case) for case in cases),
        "by_department": _sums(_department(case, city) for case in cases),
        "by_zone": _sums(case.zone or "no zone" for case in cases),
        "by_severity": _sums(case.would_be.severity for case in cases),
        "by_rule": _sums(case.first.rule for case in cases),
    }


def _days(days: Mapping[date, Mapping[str, int]]) -> list[dict[str, Any]]:
    return [{"day": day.isoformat(), "cases": sum(s.values()), **s} for day, s in days.items()]


def _rules(ours: Found, months: float) -> list[dict[str, Any]]:
    """Return a row a rule: what it was bound to, and what it did."""
    trial = ours.trial
    events = Counter(event.rule for event in ours.speaking)
    notes = Counter(event.rule for event in ours.notes)
    opened = Counter(case.first.rule for case in ours.cases)
    rows = []
    for rule in trial.ruleset.judged():
        bound = [
            channel
            for channel in trial.channels.values()
            if any(binds(rule, signal, channel) for signal in rule.signals.values())
        ]
        rows.append(
            {
                "rule": rule.id,
                "version": rule.version,
                "status": trial.written[rule.id].value,
                "title": {"en": rule.title.en, "zh": rule.title.zh},
                "channels": len(bound),
                "events": events[rule.id],
                "notes": notes[rule.id],
                "cases_opened": opened[rule.id],
                "events_per_sensor_month": round(events[rule.id] / months, 6) if months else None,
            }
        )
    return rows


def _of_no_rule(trial: Backtest) -> list[str]:
    """Return the channels at which none of the rules looks: their readings count for nothing."""
    return [
        channel.id
        for channel in trial.channels.values()
        if not any(
            binds(rule, signal, channel)
            for rule in trial.ruleset.judged()
            if rule.id not in trial.ruleset.beside
            for signal in rule.signals.values()
        )
    ]


def _against_labels(
    counted: Counted, labels: Sequence[Label], tolerance: timedelta
) -> dict[str, Any]:
    return {
        "tolerance": iso(tolerance),
        "total": counted.total.report(),
        "by_rule": {rule: score.report() for rule, score in sorted(counted.by_rule.items())},
        "by_kind": {kind: score.report() for kind, score in sorted(counted.by_kind.items())},
        "missed": [_label(labels[n]) for n in counted.missed(labels)],
        "without_readings": [_label(labels[n]) for n in counted.unseen],
    }


def _told(case: Case) -> dict[str, Any]:
    return {
        "rule": case.first.rule,
        "key": case.would_be.key,
        "zone": case.zone,
        "channel": case.channel.id,
        "severity": case.would_be.severity,
        "opened": _utc(case.would_be.opened),
        "ended": _utc(case.would_be.ended),
    }


def _label(label: Label) -> dict[str, Any]:
    return {
        "start": _utc(label.start),
        "end": _utc(label.end),
        "channel_or_zone": label.place,
        "kind": label.kind,
        "row": label.row,
    }


def _false(speaking: Sequence[Event], counted: Counted | None) -> list[Event]:
    """Return the events that count for no label."""
    if counted is None:
        return []
    return [event for n, event in enumerate(speaking) if n not in counted.true]


def _class(case: Case) -> str:
    filing = case.finding.filing
    name = filing.problem.name
    return f"{filing.problem.code} {name.zh} {name.en}"


def _department(case: Case, city: City) -> str:
    code = case.finding.department
    known = {d.code: f"{d.name.zh} {d.name.en}" for d in city.departments.departments}
    return known.get(code, code) or "for people to decide"


def _sums(names: Any) -> dict[str, int]:
    return dict(Counter(names).most_common())


def _utc(at: np.datetime64 | None) -> str | None:
    return None if at is None else f"{np.datetime_as_string(at, unit='s')}Z"
