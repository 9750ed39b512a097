"""The demo's clock never goes back, whatever it is told."""

from deploy.demo.clock import DemoClock

BEGINS = 1_788_494_400_000_000


def test_before_the_story_the_clock_stands_so_near_that_history_is_not_from_the_future():
    clock = DemoClock(BEGINS)
    assert BEGINS - 120_000_000 < clock.now() < BEGINS


def test_the_clock_never_goes_back():
    clock = DemoClock(BEGINS)
    stamps = [clock.now()]
    clock.run(3600.0)
    stamps += [clock.now() for _ in range(100)]
    clock.walk()
    stamps += [clock.now() for _ in range(100)]
    assert stamps == sorted(stamps)


def test_publisher_and_receiver_read_the_same_time():
    clock = DemoClock(BEGINS)
    told = clock.run(3600.0)
    before, now, after = told.now(), clock.now(), told.now()
    assert before <= now <= after
