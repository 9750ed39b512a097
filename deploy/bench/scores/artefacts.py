"""What stands, passes or piles up under a street-flood sensor: curves that are no water."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ingest.batch import Floats

#: An artefact as depths [in] at samples `step` [min] apart.
Artefact = Callable[[np.random.Generator, float], Floats]


def blip(rng: np.random.Generator, step: float) -> Floats:
    """One or two points, each somewhere."""
    return rng.uniform(4.5, 40.0, rng.integers(1, 3))


def box(rng: np.random.Generator, step: float) -> Floats:
    """Something parked for ten minutes to twelve hours: up at once, flat, down at once."""
    minutes = float(np.exp(rng.uniform(np.log(10), np.log(720))))
    return np.full(max(3, int(minutes / step)), rng.uniform(4.5, 40.0))


def pulse_chain(rng: np.random.Generator, step: float) -> Floats:
    """Four to 24 pulses of one to five points, a fifth higher or lower each, and dry between."""
    height = rng.uniform(4.5, 30.0)
    wide, dry = int(rng.integers(1, 6)), int(rng.integers(2, 15))
    heights = height * rng.uniform(0.8, 1.2, rng.integers(4, 25))
    return np.concatenate([np.r_[np.full(wide, h), np.zeros(dry)] for h in heights])


def snow(rng: np.random.Generator, step: float) -> Floats:
    """0.4 to 2 in an hour up to 14 in, lies for an hour to a day, and is ploughed away."""
    height = rng.uniform(4.5, 14.0)
    minutes = height / rng.uniform(0.4, 2.0) * 60.0
    lies = np.full(int(rng.uniform(60, 1440) / step), height)
    return np.concatenate([np.linspace(0.0, height, int(minutes / step)), lies])


#: In what shares they come is nowhere published: equal ones.
SHAPES: dict[str, Artefact] = {"blip": blip, "box": box, "pulse chain": pulse_chain, "snow": snow}
