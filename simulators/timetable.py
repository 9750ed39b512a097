"""When what happens: the story of one long weekend, problem by problem."""

from __future__ import annotations

from simulators import faults
from simulators.background import LTOWN_AT, WEEKS
from simulators.faults import Clock
from simulators.problems import cover, flood, gas, noise, power, water
from simulators.problems.power import Gasp
from simulators.recorded import floods
from simulators.truth import Happening
from simulators.world import HOUR, SECOND, World

DAY = 24 * HOUR
HISTORY = 21 * DAY  #: imported before the first message
BEGINS = LTOWN_AT + HISTORY  #: Friday 2026-09-04 12:00 local time [µs UTC]
LASTS = 92 * HOUR
FRIDAY = BEGINS - 12 * HOUR  #: midnight
SATURDAY, SUNDAY, MONDAY = FRIDAY + DAY, FRIDAY + 2 * DAY, FRIDAY + 3 * DAY


def _clock(hours: int, minutes: int = 0) -> int:
    return hours * HOUR + minutes * 60 * SECOND


def happen(world: World) -> tuple[list[Happening], list[Gasp], list[Clock]]:
    """Let everything happen to `world`; return its truth, the last gasps and the wrong clocks."""
    place = world.district
    first, second = floods()
    outage, gasps = power.outage(world, "transformer-6", SUNDAY + _clock(20, 12), _clock(1, 50))
    truth = [
        *water.recorded_leaks(world, WEEKS * 7 * DAY),
        flood.flood(world, place["road-17"], first, FRIDAY + _clock(20, 50)),
        flood.flood(world, place["road-04"], second, SUNDAY + _clock(16, 5)),
        water.burst(world, SUNDAY + _clock(5, 10), 9 * HOUR),
        gas.gas_leak(world, "gas-main-3", SATURDAY + _clock(14, 20), 10 * HOUR),
        outage,
        power.voltage_sag(world, "transformer-3", FRIDAY + _clock(18, 30), 3 * HOUR),
        noise.night_works(world, place["noise-11"], SATURDAY + _clock(23, 30), 3 * HOUR),
        cover.opened_cover(world, place["cover-030"], MONDAY + _clock(3, 30), _clock(5, 40)),
        gas.sewer_gas(world, place["well-6c"]),
        noise.thunderstorm(world, "east", MONDAY + _clock(1), _clock(1, 10)),
        *(
            cover.lorry(world, place[lid], when)
            for lid, when in (
                ("cover-011", FRIDAY + _clock(16, 20)),
                ("cover-048", SATURDAY + _clock(10, 5)),
                ("cover-077", MONDAY + _clock(9, 41)),
            )
        ),
        faults.stuck(world, place["ltown-n726"], SATURDAY + _clock(6)),
        faults.low_battery(world, place["cover-041"], SUNDAY + _clock(2)),
        faults.dead_gateway(world, "gw-noise-2", SUNDAY + _clock(12)),
        faults.silent_for_a_while(world, place["well-1d"], SATURDAY + _clock(8, 5), _clock(0, 25)),
        faults.silent_for_a_while(world, place["road-12"], SUNDAY + _clock(9, 2), _clock(0, 25)),
        faults.unit_slip(
            world, place["east-p09"], "pressure", SATURDAY + _clock(9), HOUR, "kPa for MPa", 1e3
        ),
        faults.unit_slip(
            world, place["well-2c"], "temperature", SUNDAY + _clock(11), 3 * HOUR, "°F", 1.8, 32.0
        ),
    ]
    clocks = []
    for device, what, begins, lasts, shift in (
        ("road-05", "Clock unset: 1970", SATURDAY + _clock(9), 6 * HOUR, 0),
        ("road-08", "Clock 8 h ahead", SATURDAY + _clock(12), 10 * HOUR, _clock(8) + 41 * SECOND),
        ("well-5b", "Clock 3 h behind", SUNDAY, 12 * HOUR, -_clock(3, 7)),
    ):
        clocks.append(Clock(device, begins, begins + lasts, shift, unset=shift == 0))
        truth.append(faults.device_fault(what, place[device], begins, begins + lasts))
    return truth, gasps, clocks
