"""A leaking gas main, and a well that makes its own methane."""

from __future__ import annotations

from functools import partial

import numpy as np

from simulators.device import Device
from simulators.problems.codes import LIST_2013
from simulators.truth import Happening
from simulators.world import HOUR, LOCAL, Floats, World


def gas_leak(world: World, pipe: str, at: int, lasts: int) -> Happening:
    """A gas main leaks into two wells 60 m apart: a fast rise that stays."""
    wells = world.district.of("gas", "well", pipe=pipe)
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


def _fill_up(random: np.random.Generator, top: float, hours: Floats, value: Floats) -> Floats:
    noise = 0.05 * random.standard_normal(len(value))
    return np.asarray(value + top * (1 - np.exp(-hours / 0.4)) + noise)
