"""What must hold whatever is killed: nothing lost, nothing double, the same cases."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep, time_ns

import numpy as np
import psycopg
import pytest

from deploy.bench.rig import Rig, until
from deploy.clock import Clock
from ingest.units import conversion
from simulators.load import Load, expected_readings
from simulators.load_kinds import KINDS

pytestmark = [pytest.mark.server, pytest.mark.broker]

RATE = 2000.0  #: messages a second
START = 1_780_000_000_000_000  #: 2026-05-28, event time of the first message [µs]


def load_of(seed: int) -> Load:
    """A district of 1,000 devices in every fifth gas well of which methane rises."""
    return Load(devices=1000, rate=RATE, start=START, seed=seed, trouble_every=5, trouble=(20, 60))


@contextmanager
def running(folder: Path, load: Load) -> Iterator[Rig]:
    """A rig whose clock starts at the load's first message."""
    with Rig(folder, clock=Clock(load.start, time_ns() // 1000, 1.0)) as rig:
        rig.import_assets(load)
        rig.start_lifeline()
        yield rig


def finish(rig: Rig, readings: int) -> None:
    """Wait until all are stored and judged, then stop, so that what is open is written."""
    until(lambda: rig.stored() >= readings, f"{readings} readings stored", patience=180)
    until(lambda: rig.metrics().get("lifeline_judge_waiting", 0) == 0, "all judged")
    rig.stop_lifeline()


def stored(url: str) -> list[tuple[str, int, float]]:
    """Every reading: channel, device time [µs], value [SI], in order."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT c.id, (extract(epoch FROM r.time) * 1000000)::bigint, r.value"
            " FROM readings r JOIN channels c ON c.number = r.channel ORDER BY 1, 2"
        ).fetchall()
    return [(channel, int(time), float(value)) for channel, time, value in rows]


def expected(load: Load, messages: int) -> list[tuple[str, int, float]]:
    """The same of what was published."""
    to_si = {
        field.name: conversion(field.unit, field.name)
        for _, fields in KINDS.values()
        for field in fields
    }
    sent = expected_readings(load, messages)
    rows = []
    for channel, time, value in zip(*(column.tolist() for column in sent), strict=True):
        factor, offset = to_si[channel.rpartition("/")[2]]
        rows.append((channel, time, value * factor + offset))
    return sorted(rows)


def found(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every case that stands and every event: what they are about, and when it began."""
    with psycopg.connect(url) as connection:
        return {
            "cases": connection.execute(
                "SELECT key, code_list, code, condition, began, severity FROM cases"
                " WHERE state <> 'void' ORDER BY key, began"
            ).fetchall(),
            "events": connection.execute(
                "SELECT rule, subject, began, raised, ended, standing FROM events"
                " WHERE standing IN ('standing', 'over') ORDER BY rule, subject, began"
            ).fetchall(),
        }


def disturb(rig: Rig, seed: int, running: Callable[[], bool], pause: float) -> list[str]:
    """Kill or restart a part, in turn, every `pause` seconds or so; return what was done."""
    dice = random.Random(seed)
    faults = {
        "kill -9 lifeline": rig.kill_lifeline,
        "kill -9 database": rig.kill_database,
        "restart broker": rig.restart_broker,
    }
    done: list[str] = []
    while running():
        for name, fault in dice.sample(sorted(faults.items()), len(faults)):
            sleep(pause * dice.uniform(0.5, 1.5))
            if not running():
                break
            fault()
            done.append(name)
    return done


def survives(folder: Path, seed: int, seconds: float, pause: float) -> None:
    load, messages = load_of(seed), int(seconds * RATE)
    wanted = expected(load, messages)
    with running(folder / "quiet", load) as rig:
        assert rig.send(load, messages).wait() == 0
        finish(rig, len(wanted))
        undisturbed = found(rig.database)
    assert undisturbed["cases"], "the load is meant to open cases"

    with running(folder / "disturbed", load) as rig:
        sender = rig.send(load, messages)
        done = disturb(rig, seed, lambda: sender.poll() is None, pause)
        assert sender.wait() == 0
        finish(rig, len(wanted))
        print(f"seed {seed}: {', '.join(done)}")
        assert len(set(done)) == 3, f"too short to do all three: {done}"
        there = stored(rig.database)
        assert [row[:2] for row in there] == [row[:2] for row in wanted]
        np.testing.assert_allclose([r[2] for r in there], [r[2] for r in wanted], rtol=1e-9)
        assert found(rig.database) == undisturbed


def test_nothing_is_lost_or_double_when_each_part_is_killed_in_turn(open_folder: Path) -> None:
    survives(open_folder, seed=1, seconds=40, pause=6)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_nothing_is_lost_or_double_over_several_minutes(open_folder: Path, seed: int) -> None:
    survives(open_folder, seed, seconds=240, pause=8)
