"""A manhole cover left open, and one that a lorry rolls over."""

from __future__ import annotations

import numpy as np

from simulators.device import Device
from simulators.problems.codes import LIST_2013, MINUTE
from simulators.truth import Happening
from simulators.world import SECOND, Micros, World


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
