"""Works at night, and a thunderstorm that is as loud."""

from __future__ import annotations

from functools import partial

import numpy as np

from simulators.device import Device
from simulators.problems.codes import LIST_2013, MINUTE
from simulators.problems.weather import rain
from simulators.truth import Happening
from simulators.world import Floats, World


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


def _rumble(random: np.random.Generator, hours: Floats, value: Floats) -> Floats:
    return np.asarray(63.0 + 5.0 * random.standard_normal(len(value)))
