"""Recorded events, small enough to live in the repository; sources in README.md beside."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LTOWN_BEGINS = np.datetime64("2018-09-14T12:00", "us")  #: local time of the network
LTOWN_STEP = 300  #: [s]
GROWS_SINCE = np.datetime64("2018-07-28T03:05", "us")  #: to 2018-11-02, pipe p810
LEAK_BEGINS = np.datetime64("2018-10-06T02:35", "us")  #: abrupt, pipe p158
INCH = 2.54  #: [cm]


class Flood(NamedTuple):
    """One street flood as its sensor saw it."""

    place: str
    seconds: Floats  #: since the beginning
    depth: Floats  #: [cm]


def ltown() -> dict[str, Floats]:
    """Return every series of the slice by name, flows [m³/h] and pressures [m]."""
    with files(__package__).joinpath("ltown_2018_10.npz").open("rb") as file:
        archive = np.load(file)
        return {name: np.cumsum(archive[name].astype(np.int64)) / 100 for name in archive.files}


def floods() -> list[Flood]:
    text = files(__package__).joinpath("floodnet.json").read_text("utf-8")
    return [
        Flood(
            event["sensor_name"],
            np.array(event["time_secs"], dtype=np.float64),
            np.array(event["depth_inches"]) * INCH,
        )
        for event in json.loads(text)["events"]
    ]
