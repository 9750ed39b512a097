"""Nothing is compiled once readings come."""

import sys

from numba.core.dispatcher import Dispatcher

from deploy.bench.city import city, readings
from deploy.warm import warm
from detectors.kernel import kernel
from rules.engine import Engine
from rules.judgement import Remembered
from rules.pack import load


def compiled():
    """Return how many versions of each kernel there are in this process."""
    modules = [m for name, m in sys.modules.items() if name.startswith(("detectors.", "rules."))]
    kernels = {id(k): k for m in modules for k in vars(m).values() if isinstance(k, Dispatcher)}
    return {(k.py_func.__module__, k.__name__): len(k.signatures) for k in kernels.values()}


def test_what_the_rules_need_is_compiled_before_the_first_reading_comes():
    sensors = city(300)
    engine = Engine(load("rules/packs"), sensors, Remembered())
    assert warm(engine) > 0
    before = compiled()
    for begin in (0, 1, 2, 600):
        engine.judge(readings(sensors, begin, begin + 300))
        engine.advance(readings(sensors, begin + 299, begin + 300).time[-1])
        engine.settle()
    assert len(before) > 20
    assert compiled() == before


def test_rules_that_bind_nothing_need_nothing():
    assert warm(Engine(load("rules/packs"), [], Remembered())) == 0


def test_where_machine_code_cannot_be_kept_it_is_made_at_every_start():
    scope = {}
    exec("def double(number): return 2 * number", scope)  # of no file, so there is no folder
    assert kernel(scope["double"])(21) == 42
