"""How often detectors signal on independent noise at a sample a minute: what their docs say."""

from math import sqrt

import numpy as np
import pytest
from detectors_made import START, make

from ingest.batch import make_batch

YEAR = 525_960  #: samples

#: All of standard deviation 1.
NOISE = {
    "normal": lambda random, n: random.standard_normal(n),
    "Laplace": lambda random, n: random.laplace(size=n) / sqrt(2),
    "Student 5": lambda random, n: random.standard_t(5, n) * sqrt(3 / 5),
}
ONE_LEVEL = {"habit": "day", "slot": "P1D", "memory": 65_535}

#: Detector, parameters, noise, said signals a sensor-year.
CLAIMS = [
    ("ewma", {"floor": 0.1}, "normal", 0),
    ("ewma", {"floor": 0.1}, "Laplace", 33),
    ("conformal", {"floor": 0.1}, "normal", 0),
    ("conformal", {"floor": 0.1}, "Laplace", 1),
    ("conformal", {"floor": 0.1}, "Student 5", 32),
    ("autoregressive", {"floor": 0.1}, "normal", 0),
    ("autoregressive", {"floor": 0.1}, "Laplace", 2),
    ("page_hinkley", {"floor": 0.1}, "normal", 0),
    ("page_hinkley", {"floor": 0.1}, "Laplace", 0),
    ("page_hinkley", {"floor": 0.1, "limit": 12.0}, "normal", 1.5),
    ("page_hinkley", {"floor": 0.1, "limit": 12.0}, "Laplace", 17),
    ("novelty", {}, "normal", 4),
    ("novelty", {}, "Student 5", 10),
    ("auto", {}, "normal", 5),
    ("auto", {}, "Student 5", 11),
    ("spike", {"floor": 1e-9}, "normal", 750),
    ("spike", {"floor": 0.5}, "normal", 10),
    ("spike", {"floor": 1.0}, "normal", 0),
    ("cusum", {"floor": 0.1, **ONE_LEVEL}, "normal", 1.8),
    ("seasonal", {"floor": 0.1}, "normal", 0),
    ("rate_of_rise", {"rise": 5.0}, "normal", 0.5),
    ("rate_of_rise", {"rise": 4.0}, "normal", 24),
    ("time_to_limit", {"limit": 20.0}, "normal", 0),
]


@pytest.mark.parametrize(("name", "parameters", "noise", "said"), CLAIMS)
def test_it_signals_as_often_as_its_docs_say(name, parameters, noise, said):
    years = 1 if name in ("rate_of_rise", "time_to_limit") else 2
    signals = 0
    for seed in range(years):
        value = NOISE[noise](np.random.default_rng(seed), YEAR)
        time = START + np.arange(YEAR) * np.timedelta64(60, "s")
        detector = make(name, 1, parameters, time_zone="UTC")
        raised = detector.update(make_batch(np.zeros(YEAR, dtype=np.int32), time, value)) >= 1
        signals += int((raised[1:] & ~raised[:-1]).sum())
    due = said * years
    spread = 0.15 * due + 3 * sqrt(due)  # chance, and a figure rounded
    assert due - spread <= signals <= due + spread
