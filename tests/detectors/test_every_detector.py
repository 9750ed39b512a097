"""What every detector must do, whatever its method."""

import numpy as np
import pytest
from detectors_made import PARAMETERS, batch, channels, make, stream

from detectors.registry import REGISTRY
from ingest.batch import concatenate

COUNT = 6
STREAM = stream(COUNT, per_day=48)


@pytest.fixture(params=sorted(REGISTRY), scope="module")
def name(request):
    return request.param


@pytest.fixture(scope="module")
def whole(name):
    return make(name, COUNT).update(STREAM)


def test_it_has_parameters_here():
    assert REGISTRY.keys() == PARAMETERS.keys()


def test_a_score_a_row_never_negative_and_not_a_number_where_the_value_is_none(whole):
    assert whole.shape == STREAM.value.shape
    assert (np.isnan(whole) == np.isnan(STREAM.value)).all()
    assert np.nanmin(whole) >= 0


def test_it_has_something_to_say(name, whole):
    assert np.nanmax(whole) > 0, f"give {name} parameters under which the stream is abnormal"


@pytest.mark.parametrize("cut", [0, 1, 97, 1501])
def test_cutting_the_stream_changes_nothing(name, whole, cut):
    detector = make(name, COUNT)
    parts = [detector.update(STREAM[:cut]), detector.update(STREAM[cut:])]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_a_channel_does_not_depend_on_its_neighbours(name, whole):
    mine = np.flatnonzero(STREAM.channel == 4)
    np.testing.assert_array_equal(make(name, COUNT).update(STREAM[mine]), whole[mine])


def test_which_row_a_channel_has_does_not_matter(name, whole):
    kind = REGISTRY[name]
    backwards = kind(kind.Parameters(**PARAMETERS[name]), channels(COUNT)[::-1])
    turned = STREAM.with_columns(channel=(COUNT - 1 - STREAM.channel).astype(np.int32))
    np.testing.assert_array_equal(backwards.update(turned), whole)


def test_channels_together_or_mixed_are_the_same(name, whole):
    order = np.lexsort((STREAM.time, STREAM.channel))
    np.testing.assert_array_equal(make(name, COUNT).update(STREAM[order]), whole[order])


def test_channels_may_join_later(name, whole):
    kind = REGISTRY[name]
    detector = kind(kind.Parameters(**PARAMETERS[name]))
    for some in (channels(COUNT)[:2], channels(COUNT)[2:]):
        detector.grow(some)
    np.testing.assert_array_equal(detector.update(STREAM), whole)


def test_a_restart_from_a_copy_of_the_state_changes_nothing(name, whole):
    detector, restarted = make(name, COUNT), make(name, COUNT)
    detector.update(STREAM[:1500])
    restarted.state[:] = detector.state
    np.testing.assert_array_equal(restarted.update(STREAM[1500:]), whole[1500:])


def test_a_row_set_aside_stays_what_it_was(name, whole):
    """The engine looks back by putting a copy of a channel's row in its place again."""
    detector = make(name, COUNT)
    detector.update(STREAM[:1500])
    aside = detector.state[[3]]
    detector.update(STREAM[1500:])
    detector.state[[3]] = aside
    mine = 1500 + np.flatnonzero(STREAM.channel[1500:] == 3)
    np.testing.assert_array_equal(detector.update(STREAM[mine]), whole[mine])


def test_a_missing_value_leaves_the_state_alone(name):
    detector = make(name, COUNT)
    detector.update(STREAM[:1500])
    before = detector.state.tolist()
    missing = batch(np.full((3, COUNT), np.nan), start=STREAM.time[1499] + np.timedelta64(900, "s"))
    assert np.isnan(detector.update(missing)).all()
    np.testing.assert_equal(detector.state.tolist(), before)


def test_memory_does_not_grow(name):
    detector = make(name, COUNT)
    size = detector.state.nbytes
    detector.update(STREAM)
    assert detector.state.nbytes == size


def test_nothing_to_judge_gives_nothing(name):
    assert make(name, COUNT).update(concatenate([])).shape == (0,)


def test_what_it_expects_is_plain_numbers(name):
    detector = make(name, COUNT)
    detector.update(STREAM)
    assert all(isinstance(value, float) for value in detector.expected(2).values())


def test_its_docstring_says_what_the_score_is(name):
    assert "score" in (REGISTRY[name].__doc__ or "")


def test_every_parameter_is_described(name):
    for field, told in REGISTRY[name].Parameters.model_fields.items():
        assert told.description or field == "model", field
