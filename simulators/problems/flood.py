"""Street floods as recorded ones were, replayed."""

from __future__ import annotations

import numpy as np

from simulators.device import Device
from simulators.problems.codes import LIST_2013, MINUTE
from simulators.problems.weather import rain
from simulators.recorded import Flood
from simulators.truth import Happening
from simulators.world import SECOND, World


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
