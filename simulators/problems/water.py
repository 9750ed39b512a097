"""A recorded leak and an injected burst in the water network."""

from __future__ import annotations

from functools import partial

from simulators.background import FLOW_EAST
from simulators.problems.codes import LIST_2013
from simulators.recorded import GROWS_SINCE, LEAK_BEGINS
from simulators.truth import Happening
from simulators.world import LOCAL, Floats, World


def recorded_leaks(world: World, shift: int) -> list[Happening]:
    """Two leaks of L-TOWN: they are in the recording, only their truth is added.

    The one on pipe p810 grows from before the recording to its end, to 6.9 m³/h; the one on
    p158 opens at once.
    """
    grows, opens = (int(at.astype("int64")) - LOCAL + shift for at in (GROWS_SINCE, LEAK_BEGINS))
    growing = _recorded(world, "leak-north-growing", "p810", "Growing leak", grows)
    return [growing, _recorded(world, "leak-north", "p158", "Leak", opens)]


def _recorded(world: World, name: str, pipe: str, what: str, began: int) -> Happening:
    zone = [d for d in world.district.devices if d.zone == "north" and d.kind == "water"]
    return Happening(
        id=name,
        what=f"{what} in the network, recorded",
        kind="water",
        role="problem",
        place=f"zone north, pipe {pipe}",
        zone="north",
        devices=tuple(device.wire_id for device in zone),
        began=began,
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


def _lower(fall: float, hours: Floats, value: Floats) -> Floats:
    return value - fall
