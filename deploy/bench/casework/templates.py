"""Cases to copy: lived one by one, and written with the statements of the running system."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from cases.case import Case, Entry, replay
from cases.catalogue import Filing, TimeClass
from cases.city import City
from cases.timers import timers
from cases.words import ENDS, PUBLIC, Source, Verb
from deploy.bench.casework.lives import Life
from deploy.bench.casework.place import DISTRICTS
from deploy.bench.casework.ways import live
from store.cases import columns
from store.database import Connection
from store.statements import statements
from store.timers import put_runs, set_timers

#: How often each source speaks: most of it inspectors and hotline, and now the sensors.
SOURCES = {
    Source.INSPECTOR: 58,
    Source.HOTLINE: 30,
    Source.VIDEO: 4,
    Source.POLICE: 2,
    Source.LEADER: 0.5,
    Source.SYSTEM: 2.5,
    Source.SENSOR: 3,
}
#: Reports by the hour of the day, midnight first.
HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 10, 11, 11, 9, 8, 9, 10, 10, 9, 8, 7, 6, 6, 5, 4, 3)
#: What a storm brings, by the slug of its condition.
WEATHER = ("standing-water", "drain-overflow", "cover-flooded", "flooded", "line-down", "fallen")


@dataclass(frozen=True, slots=True)
class Template:
    """A case as it stands after some of its lines."""

    filing: Filing
    district: int  #: place in DISTRICTS
    entries: tuple[Entry, ...]
    case: Case
    fired: dict[tuple[int, str], datetime]

    @property
    def opened(self) -> datetime:
        return self.entries[0].at

    @property
    def free(self) -> bool:
        """Whether no calendar matters to it, so that it may be moved to any day."""
        return self.filing.condition.limit.time_class is TimeClass.EMERGENCY_HOURS

    @property
    def of_weather(self) -> bool:
        return self.free and self.filing.condition.slug in WEATHER

    def until(self, city: City) -> datetime:
        """Return the last time that anything of it names."""
        named = [entry.at for entry in self.entries] + [
            timer.at for timer in timers(self.case, city)
        ]
        named += [time for run in self.case.runs for time in (run.due, run.yellow) if time]
        return max(named)

    def cut(self, lines: int, city: City) -> Template:
        """Return it as it stood after its first `lines`."""
        entries = self.entries[:lines]
        last = entries[-1].at
        fired = {timer: at for timer, at in self.fired.items() if at <= last}
        return Template(self.filing, self.district, entries, replay(entries, city), fired)


def lives(count: int, first: datetime, days: int, city: City, seed: int = 1) -> Iterator[Template]:
    """Yield `count` cases reported from `first` on, over all districts, classes and ways."""
    random = Random(seed)
    filings = [each for each in city.catalogue if each.problem.code != "98"]
    for number in range(count):
        filing = random.choice(filings)
        district = number % len(DISTRICTS)
        county = DISTRICTS[district]
        [source] = random.choices(list(SOURCES), list(SOURCES.values()))
        [hour] = random.choices(range(24), HOURS)
        day = timedelta(days=(number * days // count + number) % days)
        at = first + day + timedelta(hours=hour, seconds=random.randrange(3600))
        department = city.departments.responsible(filing.problem.responsible, county).code
        life = Life(random, city, filing, source, county, department, at)
        live(life)
        yield Template(filing, district, tuple(life.entries), life.case, life.fired)


def write(
    connection: Connection,
    number: int,
    template: Template,
    cell: tuple[str, float, float],
    city: City,
) -> None:
    """Write a template as case `number`, in grid cell `cell`, with its report or its event."""
    sql, case, filing = statements("bench"), template.case, template.filing
    code, lon, lat = cell
    event, report = (UUID(int=number, version=4) for _ in range(2))
    told = {
        "id": number,
        "code_list": filing.code_list,
        "code": filing.problem.code,
        "condition": filing.condition.slug,
        "catalogue": filing.version,
        "title_zh": filing.title.zh,
        "title_en": filing.title.en,
        "severity": ("blue", "yellow", "orange", "red")[number % 29 % 4],
        "cell": code,
        "lon": lon,
        "lat": lat,
        "opened": template.opened,
        "first_public": template.opened if case.source in PUBLIC else None,
        "first_sensed": template.opened if case.source is Source.SENSOR else None,
        "merged_into": 1 if any(e.verb is Verb.MERGE for e in template.entries) else None,
        "event": event,
        "report": report,
        "source": case.source,
        "actor": template.entries[0].actor,
        "text": f"{filing.title.zh} {filing.condition.text.zh}",
        "why": Jsonb({"value": 0.31, "limit": 0.15, "unit": "m", "explained": "invented"}),
        "ended": next((e.at for e in reversed(template.entries) if e.before not in ENDS), None)
        if case.state in ENDS
        else None,
        "called_back": next((e.at for e in template.entries if e.verb is Verb.CALL_BACK), None),
    }
    connection.execute(sql["put_case"], told)
    entries = [_as_of(entry, number, event) for entry in template.entries]
    numbered = replay(entries, city)
    connection.execute(statements("cases")["save"], columns(numbered))
    put_runs(connection, numbered)
    set_timers(connection, numbered, city)
    with connection.cursor() as cursor:
        # Not by `add_lines`: nobody is told of what has not happened.
        cursor.executemany(statements("cases")["add_line"], [_line(entry) for entry in entries])
        cursor.executemany(
            sql["put_fired"],
            [
                {"case_id": number, "run": run, "kind": kind, "at": at}
                for (run, kind), at in template.fired.items()
            ],
        )
    if case.source is Source.SENSOR:
        connection.execute(sql["put_event"], told)
        connection.execute(sql["put_evidence"], told)
        return
    connection.execute(sql["put_report"], told)
    if case.source is Source.HOTLINE:
        connection.execute(sql["put_caller"], told)


def _as_of(entry: Entry, number: int, event: UUID) -> Entry:
    details = dict(entry.details)
    if entry.verb is Verb.REPORT and details["source"] == Source.SENSOR:
        details["event"] = str(event)
    return Entry(
        number, entry.version, entry.at, entry.actor, entry.role, entry.verb, entry.before,
        entry.after, entry.reason, details,
    )  # fmt: skip


def _line(entry: Entry) -> dict[str, Any]:
    line = {each.name: getattr(entry, each.name) for each in fields(entry)}
    return line | {"before": entry.before or "", "details": Jsonb(entry.details)}
