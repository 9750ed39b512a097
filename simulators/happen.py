"""What may happen in a drill, by the name that a scenario gives it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from simulators.problems import cover, flood, gas, noise, power, water, weather
from simulators.problems.power import Gasp
from simulators.recorded import floods
from simulators.truth import Happening
from simulators.world import SECOND, World

#: What is true of it, and the last gasps that it causes; from a world, whom it comes over, when
#: and for how long [µs].
Happen = Callable[[World, str, int, int], tuple[Happening, list[Gasp]]]


def micros(span: timedelta) -> int:
    return round(span.total_seconds()) * SECOND


def _flood(
    recorded: int, world: World, on: str, at: int, lasts: int
) -> tuple[Happening, list[Gasp]]:
    return flood.flood(world, world.district[on], floods()[recorded], at), []


def _rain(world: World, on: str, at: int, lasts: int) -> tuple[Happening, list[Gasp]]:
    weather.rain(world, on, at, at + lasts, 28.0)
    return (
        Happening(
            id=f"rain-{on}",
            what="Rain that nothing comes of",
            kind="flood",
            role="decoy",
            place=f"zone {on}",
            zone=on,
            devices=(f"weather-{on}",),
            began=at,
            ended=at + lasts,
        ),
        [],
    )


def _leak(world: World, on: str, at: int, lasts: int) -> tuple[Happening, list[Gasp]]:
    return gas.gas_leak(world, on, at, lasts), []


def _sewer_gas(world: World, on: str, at: int, lasts: int) -> tuple[Happening, list[Gasp]]:
    return gas.sewer_gas(world, world.district[on]), []


def _burst(world: World, on: str, at: int, lasts: int) -> tuple[Happening, list[Gasp]]:
    if on != "east":
        raise ValueError("a main bursts in the network of zone east")
    return water.burst(world, at, lasts), []


def _sag(world: World, on: str, at: int, lasts: int) -> tuple[Happening, list[Gasp]]:
    return power.voltage_sag(world, on, at, lasts), []


def _cover(world: World, on: str, at: int, lasts: int) -> tuple[Happening, list[Gasp]]:
    return cover.opened_cover(world, world.district[on], at, lasts), []


def _lorry(world: World, on: str, at: int, lasts: int) -> tuple[Happening, list[Gasp]]:
    return cover.lorry(world, world.district[on], at), []


def _works(world: World, on: str, at: int, lasts: int) -> tuple[Happening, list[Gasp]]:
    return noise.night_works(world, world.district[on], at, lasts), []


HAPPEN: dict[str, Happen] = {
    "recorded-flood-1": partial(_flood, 0),
    "recorded-flood-2": partial(_flood, 1),
    "rain": _rain,
    "gas-leak": _leak,
    "sewer-gas": _sewer_gas,
    "burst-main": _burst,
    "power-outage": power.outage,
    "voltage-sag": _sag,
    "opened-cover": _cover,
    "lorry": _lorry,
    "night-works": _works,
}
