"""Sustained ingest: broker, generator, database and Lifeline on this machine, all rules on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic, sleep, time

import numpy as np
import psutil

from deploy.bench.rig import Rig, until
from simulators.load import Load

EVERY = 2.0  #: [s] between two looks


@dataclass(frozen=True, slots=True)
class Sustained:
    """What one run reached. Rates are over the time of sending, the backlog is in readings."""

    form: str
    seconds: float
    messages_per_second: float
    readings_per_second: float
    asked_messages_per_second: float
    backlog_first_third: float  #: mean
    backlog_last_third: float  #: mean
    backlog_highest: float
    drained_after: float  #: [s] from the last message to the last reading stored
    missing: int
    dead_letters: float
    cases: float
    cpu_lifeline: float  #: cores
    cpu_database: float
    cpu_broker: float
    cpu_generator: float
    memory_lifeline_mb: float

    @property
    def steady(self) -> bool:
        """Whether the backlog did not grow: at most a second's readings more at the end."""
        growth = self.backlog_last_third - self.backlog_first_third
        return growth < self.readings_per_second and self.missing == 0


def cpu_seconds(pid: int) -> float:
    """Return what the process and all its children have used [s]."""
    used = 0.0
    process = psutil.Process(pid)
    for one in (process, *process.children(recursive=True)):
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        used += times.user + times.system + times.children_user + times.children_system
    return used


def sustain(
    folder: Path,
    load: Load,
    seconds: float,
    database: str | None = None,
    show: Callable[[str], None] = lambda _: None,
) -> Sustained:
    """Publish `load` for `seconds` and watch the backlog; raise TimeoutError if it never drains.

    `load.start` is ignored: device time is the wall clock's.
    """
    load = Load(**{**asdict(load), "start": int(time()) * 1_000_000})
    messages = int(seconds * load.rate)
    each = load.readings * (1 if load.form == "json" else min(load.batch, load.devices))
    total = messages * each
    with Rig(folder, database) as rig:
        rig.import_assets(load)
        rig.start_lifeline()
        assert rig.process is not None
        assert rig.broker is not None
        sender = rig.send(load, messages)
        parts = {"lifeline": rig.process.pid, "broker": rig.broker.pid, "generator": sender.pid}
        if rig.server is not None:
            parts["database"] = rig.server.pid
        used = {name: cpu_seconds(pid) for name, pid in parts.items()}
        backlog: list[float] = []
        memory = 0.0
        began = monotonic()
        assert sender.stdout is not None
        for line in sender.stdout:  # the sender tells its tally once a second
            tally = json.loads(line)
            stored = rig.metrics()["lifeline_readings_total"]
            backlog.append(tally["sent"] * each - stored)
            memory = max(memory, psutil.Process(parts["lifeline"]).memory_info().rss / 2**20)
            show(f"{tally['sent']:>10} sent  {stored:>12.0f} stored  {backlog[-1]:>9.0f} behind")
            if tally["sent"] < messages:
                used_now = {name: cpu_seconds(pid) for name, pid in parts.items()}
                at = monotonic()
        lasted = tally["seconds"]
        ended = monotonic()
        until(lambda: rig.stored() >= total, f"{total} readings stored", patience=300)
        drained = monotonic() - ended
        missing = total - rig.stored()
        sleep(EVERY)  # what was stored last is still being judged
        metrics = rig.metrics()
        third = max(1, len(backlog) // 3)
        cores = {name: (used_now[name] - used[name]) / (at - began) for name in used}
    return Sustained(
        form=load.form,
        seconds=lasted,
        messages_per_second=messages / lasted,
        readings_per_second=total / lasted,
        asked_messages_per_second=load.rate,
        backlog_first_third=float(np.mean(backlog[:third])),
        backlog_last_third=float(np.mean(backlog[-third:])),
        backlog_highest=max(backlog),
        drained_after=drained,
        missing=missing,
        dead_letters=metrics.get("lifeline_dead_letters_total", 0.0),
        cases=metrics.get("lifeline_cases_opened_total", 0.0),
        cpu_lifeline=cores["lifeline"],
        cpu_database=cores.get("database", float("nan")),
        cpu_broker=cores["broker"],
        cpu_generator=cores["generator"],
        memory_lifeline_mb=memory,
    )
