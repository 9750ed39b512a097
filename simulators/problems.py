"""What goes wrong in the district, and what only looks like it; each returns its own truth.

Two street floods and the leak are recorded events, replayed; the rest is injected.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from simulators.background import FLOW_EAST
from simulators.device import Device
from simulators.recorded import LEAK_BEGINS, Flood
from simulators.truth import Happening
from simulators.world import HOUR, LOCAL, SECOND, Floats, Micros, World

LIST_2013 = "GB/T 30428.2-2013"
MINUTE = 60 * SECOND


def flood(world: World, device: Device, recorded: Flood, at: int) -> Happening:
    """A recorded street flood under `device`; it has rained hard since half an hour before.

    The sensor speaks every minute while it is wet, as the recorded ones do.
    """
    lasts = int(recorded.seconds[-1])
    rain(world, device.zone, at - 30 * MINUTE, at + lasts * SECOND // 2, 48.0)
    time = np.arange(at, at + lasts * SECOND, MINUTE, dtype=np.int64)
    depth = np.interp((time - at) / SECOND, recorded.seconds, recorded.depth)
    battery = world[device.channel("battery")]
    level = float(battery.value[battery.between(0, at)][-1])
    world[device.channel("depth")].put(time, depth)
    battery.put(time, np.full(len(time), level))
    for neighbour in world.district.of("flood", "road", device.zone):
        if neighbour is not device:
            world[neighbour.channel("depth")].change(
                at, at + lasts * SECOND, lambda hours, value: value + 2.5 * np.sin(hours) ** 2
            )
    return Happening(
        id=f"flood-{device.id}",
        what="Street flood, recorded",
        kind="flood",
        role="problem",
        place=device.name,
        zone=device.zone,
        devices=(device.wire_id,),
        began=int(time[np.argmax(depth > 15)]),
        ended=at + lasts * SECOND,
        code_list=LIST_2013,
        code="0506",
        conditions=("standing-water",),
        patrol="water on the road at the time of the round, or its traces",
        source=f"NYC Open Data FloodNet, {recorded.place}, 2023-09-29",
    )


def rain(world: World, zone: str, begins: int, ends: int, rate: float, wind: float = 6.0) -> None:
    """Rain [mm/h] and wind [m/s] over a zone, swelling and fading; drains fill with it."""
    station = f"weather-{zone}"
    middle = (ends - begins) / HOUR / 2

    def shape(hours: Floats) -> Floats:
        return np.asarray(np.clip(1.3 - 1.3 * np.abs(hours / middle - 1) ** 2, 0.1, 1.0))

    world[f"{station}/rain_rate"].change(begins, ends, lambda h, v: rate * shape(h))
    world[f"{station}/wind_speed"].change(begins, ends, lambda h, v: v + wind * shape(h))
    for drain in world.district.of("flood", "manhole", zone):
        world[drain.channel("result")].change(
            begins, ends + HOUR, lambda h, v: v + 0.3 * np.sin(np.pi * h / (2 * middle + 1)) ** 2
        )


def recorded_leak(world: World, shift: int) -> Happening:
    """The leak on pipe p158 of L-TOWN: it is in the recording, only its truth is added."""
    zone = [d for d in world.district.devices if d.zone == "north" and d.kind == "water"]
    return Happening(
        id="leak-north",
        what="Leak in the network, recorded",
        kind="water",
        role="problem",
        place="zone north, pipe p158",
        zone="north",
        devices=tuple(device.wire_id for device in zone),
        began=int(LEAK_BEGINS.astype("int64")) - LOCAL + shift,
        ended=world.ends,
        code_list=LIST_2013,
        code="0501",
        conditions=("pipe-leak", "pipe-burst"),
        patrol="not at all until the water shows at the surface",
        visible=False,
        source="L-TOWN 2018, simulated for this project; KIOS, EUPL 1.2",
    )


def burst(world: World, at: int, lasts: int) -> Happening:
    """A main bursts in zone east: the inflow leaps, the pressure falls around the break."""
    world["east-inflow/flow"].change(at, at + lasts, lambda hours, flow: flow + 0.85 * FLOW_EAST)
    near = world.district.of("water", "network", "east")
    for place, device in enumerate(near):
        fall = 0.085 / (1 + abs(place - 4) * 0.6)
        world[device.channel("pressure")].change(at, at + lasts, partial(_lower, fall))
    return Happening(
        id="burst-east",
        what="Burst main",
        kind="water",
        role="problem",
        place="zone east, near logger east-p05",
        zone="east",
        devices=(*(device.wire_id for device in near), "east-inflow"),
        began=at,
        ended=at + lasts,
        code_list=LIST_2013,
        code="0501",
        conditions=("pipe-burst", "pipe-leak"),
        patrol="water in the street",
    )


def gas_leak(world: World, pipe: str, at: int, lasts: int) -> Happening:
    """A gas main leaks into two wells 60 m apart: a fast rise that stays."""
    wells = [d for d in world.district.of("gas", "well") if d.tags["pipe"] == pipe]
    for well, top in zip(wells[1:3], (3.4, 2.9), strict=True):
        random = world.random("leak", well.id)
        world[well.channel("methane")].change(at, at + lasts, partial(_fill_up, random, top))
    return Happening(
        id=f"gas-leak-{pipe}",
        what="Gas main leaking into two wells",
        kind="gas",
        role="problem",
        place=f"{pipe}, between {wells[1].id} and {wells[2].id}",
        zone=wells[0].zone,
        devices=tuple(well.wire_id for well in wells),
        began=at,
        ended=at + lasts,
        code_list=LIST_2013,
        code="0502",
        conditions=("gas-leak",),
        patrol="smell, if the inspector opens one of the wells",
        visible=False,
    )


def sewer_gas(world: World, well: Device) -> Happening:
    """One well makes its own methane: a slow swing that passes 1 %VOL each warm afternoon."""
    track = world[well.channel("methane")]
    hour = (track.time + LOCAL) % (24 * HOUR) / HOUR
    warmth = 0.5 - 0.5 * np.cos((hour - 3) / 24 * 2 * np.pi)
    track.value = track.value + 1.15 * warmth**1.5
    return Happening(
        id=f"sewer-gas-{well.id}",
        what="Sewer gas, a slow daily swing",
        kind="gas",
        role="decoy",
        place=well.name,
        zone=well.zone,
        devices=(well.wire_id,),
        began=world.begins,
        ended=world.ends,
    )


def outage(world: World, transformer: str, at: int, lasts: int) -> tuple[Happening, list[Gasp]]:
    """A transformer fails: ten last gasps, two of them lost, one an hour late by power line."""
    meters = [
        d for d in world.district.of("power", "meter") if d.tags["transformer"] == transformer
    ]
    gasps: list[Gasp] = []
    for place, meter in enumerate(meters):
        random = world.random("gasp", meter.id)
        fell = at + int(random.uniform(0, 3)) * SECOND
        for name in ("voltage", "current"):
            world[meter.channel(name)].drop(at, at + lasts)
        if place not in (3, 8):
            delay = HOUR if place == 6 else int(random.uniform(30, 45)) * SECOND
            gasps.append((meter, fell, fell + delay, 1))
        gasps.append((meter, at + lasts + place * SECOND, at + lasts + place * SECOND, 0))
    return (
        Happening(
            id=f"outage-{transformer}",
            what="Transformer outage",
            kind="power",
            role="problem",
            place=transformer,
            zone=meters[0].zone,
            devices=tuple(meter.wire_id for meter in meters),
            began=at,
            ended=at + lasts,
            code_list=LIST_2013,
            code="0128",
            conditions=("power-outage",),
            patrol="customers call; nothing to see in the street by day",
            visible=False,
        ),
        gasps,
    )


Gasp = tuple[
    Device, int, int, int
]  #: device, device time [µs], sending time [µs], 1 lost or 0 back


def voltage_sag(world: World, transformer: str, at: int, lasts: int) -> Happening:
    """A tap changer sticks: 185 V at every meter of a transformer for hours."""
    meters = [
        d for d in world.district.of("power", "meter") if d.tags["transformer"] == transformer
    ]
    for meter in meters:
        world[meter.channel("voltage")].change(at, at + lasts, lambda hours, volts: volts * 0.81)
    return Happening(
        id=f"sag-{transformer}",
        what="Voltage sag, lasting",
        kind="power",
        role="problem",
        place=transformer,
        zone=meters[0].zone,
        devices=tuple(meter.wire_id for meter in meters),
        began=at,
        ended=at + lasts,
        code_list=LIST_2013,
        code="0128",
        conditions=("power-quality",),
        patrol="not at all without an instrument",
        visible=False,
    )


def night_works(world: World, monitor: Device, at: int, lasts: int) -> Happening:
    """A site works through the night: 15 dB over its limit, breakers coming and going."""
    random = world.random("works", monitor.id)
    world[monitor.channel("sound_level")].change(
        at, at + lasts, lambda hours, value: 69.5 + 1.5 * random.standard_normal(len(value))
    )
    return Happening(
        id=f"night-works-{monitor.id}",
        what="Construction noise at night",
        kind="noise",
        role="problem",
        place=monitor.name,
        zone=monitor.zone,
        devices=(monitor.wire_id,),
        began=at,
        ended=at + lasts,
        code_list=LIST_2013,
        code="0301",
        conditions=("construction-noise",),
        patrol="not by day: the works stop before the round",
    )


def thunderstorm(world: World, zone: str, at: int, lasts: int) -> Happening:
    """Thunder, rain and wind over a zone at night: loud, and nobody's fault."""
    rain(world, zone, at - 10 * MINUTE, at + lasts + 10 * MINUTE, 40.0, wind=11.0)
    monitors = [d for d in world.district.devices if d.id.startswith("noise-") and d.zone == zone]
    for monitor in monitors:
        random = world.random("thunder", monitor.id)
        world[monitor.channel("sound_level")].change(at, at + lasts, partial(_rumble, random))
    return Happening(
        id=f"thunder-{zone}",
        what="Thunderstorm over noise monitors",
        kind="noise",
        role="decoy",
        place=f"zone {zone}",
        zone=zone,
        devices=(*(monitor.wire_id for monitor in monitors), f"weather-{zone}"),
        began=at,
        ended=at + lasts,
    )


def opened_cover(world: World, cover: Device, at: int, lasts: int) -> Happening:
    """Somebody lifts a cover and leaves it open; it speaks every second while it moves."""
    seconds = np.arange(20)
    up = np.minimum(2 + 9 * seconds, 38.0)
    moving = at + seconds * SECOND
    standing = np.arange(at + 60 * SECOND, at + lasts - 30 * SECOND, 5 * MINUTE)
    back = at + lasts + seconds * SECOND
    time = np.concatenate([moving, standing, back]).astype(np.int64)
    tilt = np.concatenate([up, np.full(len(standing), 38.0), np.maximum(38 - 9.0 * seconds, 1.5)])
    wobble = 0.15 * world.random("cover", cover.id).standard_normal(len(time))
    _speak(world, cover, time, tilt + wobble)
    return Happening(
        id=f"open-{cover.id}",
        what="Manhole cover left open",
        kind="cover",
        role="problem",
        place=cover.name,
        zone=cover.zone,
        devices=(cover.wire_id,),
        began=at,
        ended=at + lasts,
        code_list=LIST_2013,
        code=cover.problem_class,
        conditions=("cover-missing",),
        patrol="seen on the round, if nobody has fallen in before",
    )


def lorry(world: World, cover: Device, at: int) -> Happening:
    """A lorry rolls over a cover: one second of tilt, then it lies as before."""
    seconds = np.arange(8)
    tilt = np.where(seconds == 3, 16.0, 1.4) + 0.1 * world.random("lorry", cover.id).random(8)
    _speak(world, cover, (at + seconds * SECOND).astype(np.int64), tilt)
    return Happening(
        id=f"lorry-{cover.id}",
        what="Lorry over a cover",
        kind="cover",
        role="decoy",
        place=cover.name,
        zone=cover.zone,
        devices=(cover.wire_id,),
        began=at,
        ended=at + 8 * SECOND,
    )


def _speak(world: World, device: Device, time: Micros, tilt: np.typing.NDArray[np.float64]) -> None:
    """Let a cover report its tilt, with all its other fields as they were."""
    begins, ends = int(time[0]), int(time[-1]) + 1
    for measure in device.measures:
        track = world[device.channel(measure.name)]
        before = track.value[track.between(0, begins)]
        last = float(before[-1]) if len(before) else float(track.value[0])
        track.drop(begins, ends)
        track.put(time, tilt if measure.name == "tilt" else np.full(len(time), last))


def _lower(fall: float, hours: Floats, value: Floats) -> Floats:
    return value - fall


def _fill_up(random: np.random.Generator, top: float, hours: Floats, value: Floats) -> Floats:
    noise = 0.05 * random.standard_normal(len(value))
    return np.asarray(value + top * (1 - np.exp(-hours / 0.4)) + noise)


def _rumble(random: np.random.Generator, hours: Floats, value: Floats) -> Floats:
    return np.asarray(63.0 + 5.0 * random.standard_normal(len(value)))
