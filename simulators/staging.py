"""A story set up: its devices, what each of them will say, and what is true meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

import numpy as np

from simulators.background import live_through
from simulators.device import Device
from simulators.district import District, build_district
from simulators.faults import Clock
from simulators.happen import HAPPEN, micros
from simulators.injected import FAULTS
from simulators.parcel import Parcel
from simulators.problems.power import Gasp
from simulators.scenario import parcels_of
from simulators.story import BadStory, Story
from simulators.truth import Happening
from simulators.world import HOUR, SECOND, World

#: What stood still or went on after the story's end is made so much ahead [µs].
AHEAD = 6 * HOUR


@dataclass
class Stage:
    """Everything of a drill that its devices need to know, in the time of the running system."""

    world: World
    ends: int  #: of the story [µs]; the world goes on after it
    happenings: list[Happening]  #: as `Story.happens`, then the faults in the order they came
    gasps: list[Gasp]

    def parcels(self, since: int) -> list[Parcel]:
        """Return the messages that are sent after `since` [µs], in their order."""
        no_clocks: dict[str, Clock] = {}
        world = self.world
        found = parcels_of(world, world.district.devices, no_clocks, self.gasps)
        return sorted(
            (parcel for parcel in found if parcel.at > since),
            key=lambda parcel: (parcel.at, parcel.topic),
        )

    def fault(self, what: str, on: str, at: int, lasts: int, value: float | None) -> Happening:
        """Put a fault in; raises BadFault."""
        happening = FAULTS[what](self.world, on, at, lasts, value)
        self.world.settle()
        self.happenings.append(happening)
        return happening

    def stand_still(self, at: int, lasts: int) -> None:
        """Let the world stand still from `at` for so long; what was to come, comes later."""
        world = self.world
        for track in world.tracks.values():
            _hold(world, track.device, track.measure.name, at, lasts)
        world.ends += lasts
        world.settle()
        if at < self.ends:
            self.ends += lasts
        self.happenings = [
            replace(
                one,
                began=one.began + lasts if one.began > at else one.began,
                ended=one.ended + lasts if one.ended > at else one.ended,
            )
            for one in self.happenings
        ]
        self.gasps = [
            (meter, time + lasts, sent + lasts, value) if sent > at else (meter, time, sent, value)
            for meter, time, sent, value in self.gasps
        ]


def stage(story: Story, seed: int, begins: int, lon: float, lat: float) -> Stage:
    """Set a story up around a place; the same arguments give the same bytes. Raises BadStory."""
    whole = build_district()
    chosen = [d for d in whole.devices if any(fnmatchcase(d.id, name) for name in story.devices)]
    for name in story.devices:
        if not any(fnmatchcase(device.id, name) for device in chosen):
            raise BadStory(f"devices: the district has no {name}")
    district = District(tuple(_around(chosen, lon, lat)), whole.stranger)
    ends = begins + micros(story.lasts)
    world = World(district, seed, begins, ends + AHEAD)
    live_through(world, begins - micros(story.history))
    happenings: list[Happening] = []
    gasps: list[Gasp] = []
    for place, one in enumerate(story.happens):
        try:
            what, theirs = HAPPEN[one.what](
                world, one.where, begins + micros(one.at), micros(one.lasts)
            )
        except (KeyError, ValueError, IndexError) as why:
            raise BadStory(f"happens.{place}: {one.what} cannot be on {one.where}: {why}") from why
        happenings.append(what)
        gasps += theirs
    set_up = Stage(world, ends, happenings, gasps)
    for fault in story.faults:
        at = begins + micros(fault.at)
        set_up.fault(fault.what, fault.where, at, micros(fault.lasts), fault.value)
    world.settle()
    return set_up


def _around(devices: list[Device], lon: float, lat: float) -> list[Device]:
    """Move devices, which stand together as they do in the district, around a place."""
    east = lon - float(np.mean([device.lon for device in devices]))
    north = lat - float(np.mean([device.lat for device in devices]))
    return [
        replace(device, lon=round(device.lon + east, 6), lat=round(device.lat + north, 6))
        for device in devices
    ]


def _hold(world: World, device: Device, name: str, at: int, lasts: int) -> None:
    """Repeat the last value of a track for a while, as nearly as the device can tell."""
    track = world[device.channel(name)]
    place = int(np.searchsorted(track.time, at))
    if place < 2:
        return
    usual = SECOND * (track.measure.interval or max(one.interval for one in device.measures))
    lately = int(np.median(np.diff(track.time[max(0, place - 4) : place])))
    # Wet, it speaks each minute and goes on so; what moved for some seconds lies still again.
    step = usual if lately < 30 * SECOND else min(lately, usual)
    first = int(track.time[place - 1]) + step
    time = np.arange(first, at + lasts, step, dtype=np.int64)
    later = track.time[place:] + lasts
    if len(later):
        time = time[time < later[0]]
    random = world.random("hold", device.id, name, str(at))
    value = np.full(len(time), track.value[place - 1])
    if track.measure.quantity != "water_contact":
        value += world.shown(track.measure.quantity) * random.integers(-1, 2, len(time))
    track.time = np.concatenate([track.time[:place], time, later])
    track.value = np.concatenate([track.value[:place], value, track.value[place:]])
