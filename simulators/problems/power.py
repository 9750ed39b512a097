"""A transformer that fails, and one that gives too little voltage."""

from __future__ import annotations

from simulators.device import Device
from simulators.problems.codes import LIST_2013
from simulators.truth import Happening
from simulators.world import HOUR, SECOND, World

#: A meter, device time [µs], sending time [µs], and 1 supply lost or 0 supply back.
Gasp = tuple[Device, int, int, int]


def outage(world: World, transformer: str, at: int, lasts: int) -> tuple[Happening, list[Gasp]]:
    """A transformer fails: ten last gasps, two of them lost, one an hour late by power line."""
    meters = world.district.of("power", "meter", transformer=transformer)
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


def voltage_sag(world: World, transformer: str, at: int, lasts: int) -> Happening:
    """A tap changer sticks: 185 V at every meter of a transformer for hours."""
    meters = world.district.of("power", "meter", transformer=transformer)
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
