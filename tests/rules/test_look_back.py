"""How much of the stored history a restart reads."""

import numpy as np
from small_city import RULES, new_engine, readings

from rules.engine import LOOK_BACK
from rules.judgement import Remembered


class Noting(Remembered):
    """A history that notes since when it was asked for readings."""

    def __init__(self, *batches):
        super().__init__(*batches)
        self.asked = []

    def readings(self, channels, since):
        self.asked.append(since)
        return super().readings(channels, since)


def saved(rules):
    """Return readings, and the checkpoint of an engine that judged them all by `rules`."""
    batch = readings(6)
    engine = new_engine(Remembered(batch), rules)
    engine.judge(batch)
    engine.advance(batch.time.max())
    return batch, engine.save()


def test_a_rule_that_has_changed_looks_back_over_weeks_of_habit_and_no_further():
    batch, body = saved(RULES.replace("high: 10 cm", "high: 12 cm"))
    history = Noting(batch)
    assert new_engine(history).restore(body) == ["flooded-zone"]
    assert set(history.asked) == {batch.time.max() - LOOK_BACK}
    assert np.timedelta64(28, "D") < LOOK_BACK < np.timedelta64(60, "D")


def test_rules_that_have_not_changed_read_nothing_again():
    batch, body = saved(RULES)
    history = Noting(batch)
    assert new_engine(history).restore(body) == []
    assert history.asked == []
