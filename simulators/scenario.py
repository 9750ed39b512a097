"""The demo's scenario: a seed becomes assets, history, messages and the truth about them all."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from simulators import timetable
from simulators.assets import write_assets
from simulators.background import live_through
from simulators.device import Device
from simulators.district import District, build_district
from simulators.faults import Clock
from simulators.ground import areas
from simulators.parcel import (
    Parcel,
    delayed,
    half_broken,
    repeated,
    unreadable,
    write_parcels,
)
from simulators.pipes import pipes
from simulators.problems.power import Gasp
from simulators.truth import Ledger, Truth
from simulators.wire import FORMS, Row, Value
from simulators.world import SECOND, World

REPEATED, LATE_BATCHES, UNREADABLE = 0.015, 0.04, 40


@dataclass(frozen=True)
class Scenario:
    district: District
    world: World
    parcels: list[Parcel]  #: in order of publishing
    truth: Truth

    def write(self, folder: Path) -> None:
        """Write areas and pipes (GeoJSON), assets and the stranger (CSV), Parquet and truth."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "areas.geojson").write_text(json.dumps(areas()), encoding="utf-8")
        courses = json.dumps(pipes(self.district, self.world.random("pipes")), ensure_ascii=False)
        (folder / "pipes.geojson").write_text(courses, encoding="utf-8")
        write_assets(self.district.devices, folder / "assets.csv")
        write_assets((self.district.stranger,), folder / "stranger.csv")
        pq.write_table(self._history(), folder / "history.parquet")
        write_parcels(self.parcels, folder / "parcels.parquet")
        self.truth.write(folder / "truth.json")

    def _history(self) -> pa.Table:
        times, channels, values = [], [], []
        for channel, track in self.world.tracks.items():
            part = track.between(0, self.world.begins)
            times.append(track.time[part])
            values.append(track.value[part])
            channels.append(np.repeat(channel, len(values[-1])))
        return pa.table(
            {
                "time": pa.array(np.concatenate(times), pa.timestamp("us", tz="UTC")),
                "channel": pa.array(np.concatenate(channels)).dictionary_encode(),
                "value": np.concatenate(values),
            }
        )


def build_scenario(seed: int) -> Scenario:
    """Return the scenario of `seed`; the same seed gives the same bytes."""
    district = build_district()
    world = World(district, seed, timetable.BEGINS, timetable.BEGINS + timetable.LASTS)
    live_through(world, timetable.BEGINS - timetable.HISTORY)
    happenings, gasps, clocks = timetable.happen(world)
    world.settle()
    everybody = (*district.devices, district.stranger)
    parcels = list(parcels_of(world, everybody, {clock.device: clock for clock in clocks}, gasps))
    parcels.sort(key=lambda parcel: (parcel.at, parcel.topic))
    parcels = _with_faults(world, parcels)
    truth = Truth(seed, world.begins, world.ends, district.stranger.id, happenings)
    truth.ledger = _count(parcels, district.stranger.wire_id)
    return Scenario(district, world, parcels, truth)


def _with_faults(world: World, parcels: list[Parcel]) -> list[Parcel]:
    parcels = delayed(parcels, {"water-0", "water-1"}, world.random("late"), LATE_BATCHES)
    packs = [place for place, one in enumerate(parcels) if one.client.startswith("water")]
    for place in world.random("half").choice(packs, 3, replace=False).tolist():
        parcels[place] = half_broken(parcels[place])
    parcels += repeated(parcels, world.random("repeated"), REPEATED)
    parcels += unreadable(world, UNREADABLE)
    return sorted(
        (parcel for parcel in parcels if parcel.at < world.ends),
        key=lambda parcel: (parcel.at, parcel.topic),
    )


def _rows(world: World, device: Device) -> dict[int, dict[str, Value]]:
    """Return the fields of `device` by true time, from the beginning of the live part on."""
    rows: dict[int, dict[str, Value]] = defaultdict(dict)
    for measure in device.measures:
        track = world.tracks.get(device.channel(measure.name))
        if track is None:
            continue
        part = track.between(world.begins, world.ends)
        values: list[Value] = track.value[part].tolist()
        if measure.quantity == "water_contact":
            values = [bool(value) for value in values]
        for time, value in zip(track.time[part].tolist(), values, strict=True):
            rows[time][measure.name] = value
    return rows


def parcels_of(
    world: World, devices: Sequence[Device], clocks: dict[str, Clock], gasps: Sequence[Gasp]
) -> Iterator[Parcel]:
    """Yield what devices send in the live part, each in its form; in no order."""
    together: dict[tuple[str, int], list[Row]] = defaultdict(list)
    send_at: dict[tuple[str, int], int] = {}
    for device in devices:
        clock = clocks.get(device.id)
        units = {m.name: m.unit for m in device.measures} if device.form == "senml" else {}
        pause = sum(device.id.encode()) % 90
        for time, fields in sorted(_rows(world, device).items()):
            if device.reports_every:
                window = time // (device.reports_every * SECOND)
                key, at = (device.id, window), (window + 1) * device.reports_every * SECOND
                at += pause * SECOND
            else:
                behind = device.gateway if device.form in ("lines", "thingsboard") else device.id
                key, at = (behind, time), time + 2 * SECOND
            together[key].append(Row(device, clock.reads(time) if clock else time, fields, units))
            send_at[key] = at
    for key, rows in together.items():
        yield _parcel(rows, send_at[key])
    for device, time, at, value in gasps:
        yield _parcel([Row(device, time, {"last_gasp": float(value)})], at)


def _parcel(rows: list[Row], at: int) -> Parcel:
    device = rows[0].device
    topic, payload = FORMS[device.form](rows)
    readings = tuple((row.device.wire_id, name, row.time) for row in rows for name in row.fields)
    return Parcel(at, _client(device), topic, payload, readings)


def _client(device: Device) -> str:
    """Return the MQTT client that publishes for a device: its gateway, server, or modem pool."""
    if device.gateway:
        return device.gateway
    if device.form in ("chirpstack", "ttn", "sensorthings"):
        return device.form
    return f"{device.kind}-{sum(device.id.encode()) % 2}"


def _count(parcels: list[Parcel], stranger: str) -> Ledger:
    ledger = Ledger(messages=len(parcels))
    seen: set[tuple[str, str, int]] = set()
    strange: set[tuple[str, str, int]] = set()
    for parcel in parcels:
        ledger.dead_letters += parcel.broken
        for reading in parcel.readings:
            if reading[0] == stranger:
                strange.add(reading)
            else:
                ledger.readings_sent += 1
                if reading not in seen:
                    seen.add(reading)
                    ledger.by_device[reading[0]] = ledger.by_device.get(reading[0], 0) + 1
    ledger.readings_distinct = len(seen)
    ledger.duplicates = ledger.readings_sent - len(seen)
    ledger.stranger_distinct = len(strange)
    return ledger
