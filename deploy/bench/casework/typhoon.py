"""A typhoon: thousands of cases within a minute through the running system, and none is lost."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import perf_counter, sleep
from typing import Any
from uuid import uuid4

import httpx

from cases.city import City
from deploy.bench.casework.check import differing
from deploy.bench.casework.gauges import NOTHING_NEW, flood, put_gauges, spots
from deploy.bench.casework.measure import Row, row
from deploy.bench.casework.place import DISTRICTS, Cells
from deploy.clock import Clock
from rules.event import Event
from store.database import connect
from store.settlement import settle
from store.statements import statements

SENSED = 0.6  #: share of the cases that gauges find; people report the rest
TWICE = 10  #: one in so many comes twice, at the same moment from somebody else
SENDERS, SETTLERS, READERS = 4, 2, 2
AT_ONCE = 5  #: events in a settlement, as judging hands them over
LOOK = 0.25  #: [s] between two looks at work lists
FLOOD, INTAKE = timedelta(hours=2), timedelta(minutes=15)  #: limits, by the specification


class Broken(RuntimeError):
    """A case was lost, doubled or has wrong clocks. ``args[0]`` says which."""


@dataclass
class Storm:
    """What is thrown at the system, and how long each answer took [ms]."""

    url: str  #: of the database
    http: str
    key: str
    clock: Clock
    city: City
    events: list[Event]
    places: Sequence[tuple[float, float]]
    seconds: float
    name: str = field(default_factory=lambda: f"typhoon {uuid4().hex[:8]}")
    reported: list[float] = field(default_factory=list)
    settled: list[float] = field(default_factory=list)
    listed: list[float] = field(default_factory=list)
    begun: float = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.now() / 1e6, UTC)

    def blow(self) -> float:
        """Let it all come within `seconds`; return how long it took until all was answered."""
        self.begun = perf_counter()
        with ThreadPoolExecutor(SENDERS + SETTLERS + READERS) as pool:
            storm = [
                *(pool.submit(self.report, n) for n in range(SENDERS)),
                *(pool.submit(self.sense, n) for n in range(SETTLERS)),
            ]
            looks = [pool.submit(self.look, n) for n in range(READERS)]
            for each in storm:
                each.result()
            took = perf_counter() - self.begun
            for each in looks:
                each.result()
        return took

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.http, headers=headers, timeout=60, trust_env=False)

    def report(self, sender: int) -> None:
        """Send every so manieth report when it is due; now and then one that another sends too."""
        count = len(self.places)
        with self.client() as client:
            for number in range(count):
                mine = number % SENDERS == sender
                if mine or (number % TWICE == 0 and (number + 1) % SENDERS == sender):
                    due = self.wait(number / count)
                    client.post("/api/v1/reports", json=self.told(number)).raise_for_status()
                    if mine:
                        self.reported.append((perf_counter() - due) * 1e3)

    def told(self, number: int) -> dict[str, Any]:
        lon, lat = self.places[number]
        return {
            "source": "hotline" if number % 2 else "inspector",
            "actor": f"post-{number % 40}",
            "system": self.name,
            "external_id": str(number),
            "text": "雨水箅子堵塞 grate blocked",
            "code_list": "GB/T 30428.2-2013",
            "code": "0104",
            "kind": "component",
            "lon": lon,
            "lat": lat,
        } | ({"caller": {"phone": "13800138000"}} if number % 2 else {})

    def sense(self, settler: int) -> None:
        """Settle events as they come, a few at a time; now and then some that another settles."""
        lots = [self.events[n : n + AT_ONCE] for n in range(0, len(self.events), AT_ONCE)]
        with connect(self.url) as connection:
            for number, lot in enumerate(lots):
                mine = number % SETTLERS == settler
                if mine or number % TWICE == 0:
                    due = self.wait(number / len(lots))
                    settle(connection, lot, NOTHING_NEW, self.now(), self.city)
                    if mine:
                        self.settled.append((perf_counter() - due) * 1e3)

    def look(self, reader: int) -> None:
        """Look at work lists all the while, as people do."""
        roles = ("dispatcher", "intake") if reader else ("intake", "dispatcher")
        with self.client() as client:
            number = 0
            while perf_counter() < self.begun + self.seconds:
                area = DISTRICTS[number % len(DISTRICTS)] if number % 2 else ""
                asked = f"/api/v1/worklists/{roles[number // 2 % 2]}?area={area}"
                begun = perf_counter()
                client.get(asked).raise_for_status()
                self.listed.append((perf_counter() - begun) * 1e3)
                number += 1
                sleep(LOOK)

    def wait(self, share: float) -> float:
        """Wait until `share` of the storm is over; return when that was.

        Answers are timed from then: who sends late because the answer before was late, waits.
        """
        due = self.begun + share * self.seconds
        sleep(max(0.0, due - perf_counter()))
        return due


def blow(
    url: str,
    http: str,
    key: str,
    clock: Clock,
    city: City,
    ground: Cells,
    count: int,
    seconds: float,
) -> tuple[list[Row], dict[str, Any]]:
    """Let `count` cases come within `seconds`; return times, and what came of it. Raises Broken."""
    sensed = round(count * SENSED)
    now = datetime.fromtimestamp(clock.now() / 1e6, UTC)
    with connect(url) as connection:
        gauges = put_gauges(connection, ground, sensed, now)
    events = [flood(gauge, now) for gauge in gauges]
    places = spots(ground, count - sensed, seed=clock.now() % 2**32)
    storm = Storm(url, http, key, clock, city, events, places, seconds)
    took = storm.blow()
    whole = {"cases": count, "seconds": round(took, 1), **check(storm)}
    rows = [
        row("opening by a report over HTTP", 10, storm.reported),
        row(f"settling {AT_ONCE} events", None, storm.settled),
        row("work lists over HTTP meanwhile", 50, storm.listed),
    ]
    return rows, whole


def check(storm: Storm) -> dict[str, Any]:
    """Return what came of a storm; raises Broken where a case is lost, double or wrong."""
    sql = statements("bench")
    with connect(storm.url) as connection:
        told = {"system": storm.name, "ids": [event.id for event in storm.events]}
        reports = connection.execute(sql["storm_reports"], told).fetchall()
        events = connection.execute(sql["storm_events"], told).fetchall()
        ids = [number for _, number in (*reports, *events) if number is not None]
        faults = [f"{what} has no case" for what, case in (*reports, *events) if case is None]
        for what, found, sent in (
            ("reports", len(reports), len(storm.places)),
            ("events", len(events), len(storm.events)),
            ("cases", len(set(ids)), len(storm.places) + len(storm.events)),
        ):
            if found != sent:
                faults.append(f"{found} {what} are stored, not {sent}")
        faults += differing(connection, ids, storm.city)
        wrong = connection.execute(
            sql["storm_clocks"], {"cases": ids, "flood": FLOOD, "intake": INTAKE}
        ).fetchall()
        faults += [
            f"case {case}: {stage} since {began} is due {due}" for case, stage, began, due in wrong
        ]
        connection.execute(sql["forget_storm"], told)
    if faults:
        raise Broken("\n".join(faults[:20]))
    return {"lost": 0, "double": 0, "wrong clocks": 0, "rows that differ from their log": 0}
