"""An ordinary week of the district: what every device measures when nothing is wrong."""

from __future__ import annotations

import numpy as np

from simulators.device import Device, Measure
from simulators.recorded import LTOWN_BEGINS, LTOWN_STEP, ltown
from simulators.world import (
    HOUR,
    LOCAL,
    SECOND,
    Floats,
    Micros,
    World,
    demand,
    drift,
    hour_of_day,
    is_weekend,
)

WEEKS = 413  #: the recorded year is replayed this many whole weeks later
LTOWN_AT = (
    int(LTOWN_BEGINS.astype("int64")) + WEEKS * 7 * 24 * HOUR - LOCAL
)  #: when the recording begins [µs UTC]
METRE = 9.80665e-3  #: [MPa] of water
FLOW_EAST = 62.0  #: mean inflow of zone east [m³/h]


def live_through(world: World, history: int) -> None:
    """Fill `world` with ordinary life; water and gas wells also from `history` [µs] on."""
    _water_north(world, history)
    if world.district.of("water", "inflow", "east"):
        _water_east(world, history)
    for device in (*world.district.devices, world.district.stranger):
        if device.kind == "water":
            continue
        for measure in device.measures:
            if measure.name == "last_gasp":
                continue
            since = history if measure.name == "methane" else world.begins
            time = world.grid(_interval(device, measure), since, _phase(device))
            world.add(device, measure, time, _value(world, device, measure, time))


def _interval(device: Device, measure: Measure) -> int:
    return measure.interval or max(other.interval for other in device.measures)


def _phase(device: Device) -> int:
    """Devices do not all wake at the full minute; those behind a gateway are polled together."""
    if device.form in ("thingsboard", "lines") or device.reports_every:
        return 0
    return sum(device.id.encode()) * 37 % min(300, max(m.interval for m in device.measures))


def _water_north(world: World, history: int) -> None:
    recorded = ltown()
    length = len(recorded["p227"])
    time = LTOWN_AT + np.arange(length, dtype=np.int64) * LTOWN_STEP * SECOND
    part = slice(*np.searchsorted(time, [history, world.ends]).tolist())
    for device in (d for d in world.district.devices if d.zone == "north" and d.kind == "water"):
        series = recorded[device.id.removeprefix("ltown-")][part]
        (measure,) = device.measures
        if measure.quantity == "pressure":
            series = series * METRE
        world.add(device, measure, time[part], series.copy())


def _water_east(world: World, history: int) -> None:
    time = world.grid(300, history)
    wanted = demand(time) * (1 + 0.025 * drift(world.random("east"), len(time), 0.9))
    inflow = world.district["east-inflow"]
    world.add(inflow, inflow.measures[0], time, FLOW_EAST * wanted)
    for place, device in enumerate(world.district.of("water", "network", "east")):
        noise = 0.0006 * world.random(device.id).standard_normal(len(time))
        height, losses = 0.44 - 0.008 * place, 0.012 + 0.0008 * place
        world.add(device, device.measures[0], time, height - losses * wanted**2 + noise)


def _value(world: World, device: Device, measure: Measure, time: Micros) -> Floats:
    random = world.random(device.id, measure.name)
    noise = random.standard_normal(len(time))
    slow = drift(random, len(time), 0.95)
    hour = hour_of_day(time)
    days = (time - world.begins) / (24 * HOUR)
    match measure.name:
        case "methane":
            return np.asarray(np.maximum(0, 0.05 + 0.015 * slow + 0.006 * noise))
        case "temperature":
            return np.asarray(19.0 + 0.3 * np.sin((hour - 10) / 12 * np.pi) + 0.1 * noise)
        case "outlet_pressure":
            return np.asarray(2.42 - 0.05 * (demand(time) - 1) + 0.008 * noise)
        case "voltage":
            shared = drift(world.random(device.tags["transformer"]), len(time), 0.8)
            return np.asarray(229.5 - 2.4 * demand(time) + 0.7 * shared + 0.3 * noise)
        case "current":
            return np.asarray(np.maximum(0.1, 4.5 * demand(time) * (1 + 0.2 * slow)))
        case "depth":
            return np.asarray(np.abs(0.25 * noise))
        case "result":
            return np.asarray(0.24 + 0.06 * (demand(time) - 1) + 0.004 * noise)
        case "rain_rate":
            return np.zeros(len(time))
        case "wind_speed":
            return np.asarray(np.abs(1.6 + 0.5 * slow + 0.3 * noise))
        case "sound_level":
            return _sound(device, hour, is_weekend(time), slow, noise)
        case "tilt":
            return np.asarray(random.uniform(0.4, 2.5) + 0.08 * noise)
        case "water":
            return np.zeros(len(time))
        case "battery":
            return np.asarray(random.uniform(62, 97) - 0.06 * days + 0.3 * noise)
        case "signal":
            return np.asarray(random.uniform(-101, -84) + 2.0 * noise)
    raise ValueError(f"no background for {measure.name}")


def _sound(
    device: Device, hour: Floats, weekend: np.typing.NDArray[np.bool_], slow: Floats, noise: Floats
) -> Floats:
    """Return one-minute levels [dB]: traffic by day, a works by day except on Sundays."""
    awake = np.clip(np.minimum(hour - 5.5, 22.0 - hour) / 2.0, 0, 1)
    if device.role == "construction":
        works = ((hour >= 7) & (hour < 19)) * np.where(weekend, 0.4, 1.0)
        return np.asarray(44.0 + 15.0 * works + 2.0 * awake + 0.8 * slow + 1.0 * noise)
    return np.asarray(43.0 + 10.0 * awake + 0.9 * slow + 1.1 * noise)
