"""How fast the API answers while readings come in: people at lists, cases, maps and curves."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from time import perf_counter, sleep, time_ns
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import numpy as np

from deploy import embedded_postgres
from deploy.bench.asking import Asked, channel_path
from deploy.bench.casework.place import DISTRICTS, city
from deploy.bench.casework.year import begin_and_end, make_year
from deploy.bench.ingest import cpu_seconds
from deploy.bench.rig import Rig, until
from deploy.clock import Clock
from simulators.load import Load
from store.database import connect, migrate

#: What people and their pages ask, in parts of a hundred.
SHARES = {
    "work list": 25, "case": 20, "cases": 15, "devices": 10, "curve": 10, "events": 6,
    "states of sensors": 5, "reports": 4, "catalogue": 2, "who am I": 2, "month of a district": 1,
}  # fmt: skip
WARM = 5.0  #: [s] of the load before anybody asks
ASKED_BEFORE = 15.0  #: [s] of questions before they count: sessions make their plans once
OTHERS = 100.0  #: [ms] asked for of all in all, at the 99th of a hundred


def run(
    folder: Path, rate: float, messages: float, seconds: float, say: Callable[[str], None]
) -> dict[str, list[dict[str, Any]]]:
    """Ask `rate` questions a second while `messages` a second are stored and judged."""
    server = embedded_postgres.start(folder)
    try:
        make_year(server.url, 100_000, say)
        with connect(server.url) as connection:
            migrate(connection)
        end = begin_and_end(city())[1]
        clock = Clock(round(end.timestamp() * 1e6), time_ns() // 1000)
        load = Load(rate=messages, start=clock.now(), devices=5000)
        with Rig(folder / "rig", server.url, clock, checkpoint_every="PT30S") as rig:
            rig.import_assets(load)
            rig.start_lifeline()
            count = int((seconds + WARM + ASKED_BEFORE + 5) * messages)
            sender = rig.send(load, count)
            sleep(WARM)
            say(f"{rate:g} questions and {messages:g} messages a second")
            parts = _parts(rig, server.pid, sender.pid)
            begun, used = perf_counter(), {name: cpu_seconds(pid) for name, pid in parts.items()}
            told = _ask(rig, rate, seconds, end)
            lasted = perf_counter() - begun
            cores = {
                name: round((cpu_seconds(pid) - used[name]) / lasted, 2)
                for name, pid in parts.items()
            }
            sender.wait(120)
            want = count * load.readings
            until(lambda: rig.stored() >= want, f"{want} readings stored", 120)
    finally:
        server.stop()
    every = [took for times in told["times"].values() for took in times]
    rows = [_row(kind, times) for kind, times in sorted(told["times"].items())]
    whole = _row("all", every) | {"asked_p99_ms": OTHERS, "refused": sum(told["refused"].values())}
    return {
        "by question": rows,
        "together": [whole],
        "refused": [told["refused"] or {"none": 0}],
        "cores": [cores],
    }


def _parts(rig: Rig, database: int, generator: int) -> dict[str, int]:
    """Return the process of each part whose processor time is counted, those who ask apart."""
    assert rig.process is not None
    assert rig.broker is not None
    return {
        "lifeline": rig.process.pid,
        "database": database,
        "broker": rig.broker.pid,
        "generator": generator,
    }


def _ask(rig: Rig, rate: float, seconds: float, now: datetime) -> dict[str, Any]:
    asked = Asked(rig.http, rig.key, rate, seconds, _paths(rig, now), SHARES, ASKED_BEFORE)
    line = (sys.executable, "-m", "deploy.bench.asking")
    # To a file: uvloop leaves a pipe that does not wait, and what does not fit into it is lost.
    with TemporaryFile("w+", encoding="utf-8") as out:
        subprocess.run(line, input=json.dumps(asdict(asked)), stdout=out, text=True, check=True)
        out.seek(0)
        told: dict[str, Any] = json.load(out)
    return told


def _paths(rig: Rig, now: datetime) -> dict[str, list[str]]:
    """Return what may be asked of each kind, about what is really there."""
    cases = [row["number"] for row in _get(rig, "cases?open=true&limit=500")["items"]]
    channels = [row["id"] for row in _get(rig, "channels?limit=300")["items"]]
    since = (now - timedelta(hours=1)).astimezone(UTC).isoformat()
    until = (now + timedelta(hours=1)).astimezone(UTC).isoformat()
    window = urlencode({"start": since, "end": until})
    posts = ("dispatcher", "intake", "shift-lead", "department", "inspector")
    return {
        "work list": [f"/api/v1/worklists/{p}?area={d}" for p in posts for d in DISTRICTS],
        "case": [f"/api/v1/cases/{number}" for number in cases],
        "cases": ["/api/v1/cases?open=true&limit=50", "/api/v1/cases?severity=red&limit=50"],
        "devices": [f"/api/v1/devices?limit=50&search=load-{n:03d}" for n in range(50)],
        "curve": [channel_path(channel, f"curve?{window}") for channel in channels],
        "events": ["/api/v1/events?limit=50"],
        "states of sensors": ["/api/v1/map/sensors/states"],
        "reports": ["/api/v1/reports?limit=50"],
        "catalogue": ["/api/v1/catalogue"],
        "who am I": ["/api/v1/me"],
        "month of a district": [
            f"/api/v1/evaluation?by=department&area={d}&period={now - timedelta(days=20):%Y-%m}"
            for d in DISTRICTS
        ],
    }


def _get(rig: Rig, path: str) -> Any:
    asked = Request(f"{rig.http}/api/v1/{path}", headers={"Authorization": f"Bearer {rig.key}"})
    with urlopen(asked, timeout=60) as answer:
        return json.load(answer)


def _row(kind: str, times: list[float]) -> dict[str, Any]:
    median, high, worst = np.percentile(times, [50, 99, 100]).round(1).tolist()
    return {"question": kind, "times": len(times), "median_ms": median, "p99_ms": high,
            "worst_ms": worst}  # fmt: skip
