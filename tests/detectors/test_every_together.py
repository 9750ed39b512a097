"""What every detector of members side by side must do, whatever its method."""

import numpy as np
import pytest
from together_made import PARAMETERS, frames, make

from detectors.registry import TOGETHER

COUNT = 6
TIME, VALUE = frames(COUNT)


@pytest.fixture(params=sorted(TOGETHER), scope="module")
def name(request):
    return request.param


@pytest.fixture(scope="module")
def whole(name):
    return make(name, COUNT).update(TIME, VALUE)


def test_it_has_parameters_here():
    assert TOGETHER.keys() == PARAMETERS.keys()


def test_a_score_a_frame_never_negative_and_somebody_speaks_where_there_is_one(whole):
    scored = ~np.isnan(whole.score)
    assert whole.score.shape == whole.speaks.shape == TIME.shape
    assert (whole.score[scored] >= 0).all()
    assert ((whole.speaks >= 0) == scored).all()
    assert (whole.speaks < COUNT).all()


def test_it_has_something_to_say(name, whole):
    assert np.nanmax(whole.score) > 0, f"give {name} parameters under which it finds a fault"


def test_a_frame_without_any_reading_has_no_score(whole):
    assert np.isnan(whole.score[700:705]).all()


@pytest.mark.parametrize("cut", [0, 1, 97, 702, 1234])
def test_cutting_the_stream_changes_nothing(name, whole, cut):
    detector = make(name, COUNT)
    parts = [detector.update(TIME[:cut], VALUE[:cut]), detector.update(TIME[cut:], VALUE[cut:])]
    for place in range(2):
        np.testing.assert_array_equal(np.concatenate([p[place] for p in parts]), whole[place])


def test_the_order_of_members_changes_no_bit(name, whole):
    order = [3, 0, 5, 1, 4, 2]
    turned = make(name, COUNT, order).update(TIME, VALUE[:, order])
    np.testing.assert_array_equal(turned.score, whole.score)
    spoke = whole.speaks >= 0
    np.testing.assert_array_equal(np.array(order)[turned.speaks[spoke]], whole.speaks[spoke])


def test_a_restart_from_a_copy_of_the_state_changes_nothing(name, whole):
    detector, restarted = make(name, COUNT), make(name, COUNT)
    detector.update(TIME[:1100], VALUE[:1100])
    restarted.state = np.frombuffer(detector.state.tobytes(), dtype=detector.state.dtype).copy()
    rest = restarted.update(TIME[1100:], VALUE[1100:])
    np.testing.assert_array_equal(rest.score, whole.score[1100:])


def test_a_state_set_aside_stays_what_it_was(name, whole):
    detector = make(name, COUNT)
    detector.update(TIME[:1100], VALUE[:1100])
    aside = detector.state.copy()
    detector.update(TIME[1100:], VALUE[1100:])
    detector.state[:] = aside
    again = detector.update(TIME[1100:], VALUE[1100:])
    np.testing.assert_array_equal(again.score, whole.score[1100:])


def test_a_frame_without_any_reading_leaves_the_state_alone(name):
    detector = make(name, COUNT)
    detector.update(TIME[:1100], VALUE[:1100])
    before = detector.state.tobytes()
    detector.update(TIME[1100:1103], np.full((3, COUNT), np.nan))
    assert detector.state.tobytes() == before


def test_memory_does_not_grow_and_can_be_checkpointed(name):
    detector = make(name, COUNT)
    size = detector.state.nbytes
    detector.update(TIME, VALUE)
    assert detector.state.nbytes == size
    assert detector.state.shape == (1,)
    assert not detector.state.dtype.hasobject


def test_memory_stays_below_two_kilobytes_a_member(name):
    assert make(name, 40).state.nbytes < 40 * 2048


def test_nothing_to_judge_gives_nothing(name):
    verdict = make(name, COUNT).update(TIME[:0], VALUE[:0])
    assert verdict.score.shape == verdict.speaks.shape == (0,)


def test_what_it_expects_is_plain_numbers(name):
    detector = make(name, COUNT)
    detector.update(TIME, VALUE)
    assert all(isinstance(value, float) for value in detector.expected(2).values())


def test_its_docstring_says_what_the_score_is(name):
    assert "score" in (TOGETHER[name].__doc__ or "")


def test_every_parameter_is_described(name):
    for field, told in TOGETHER[name].Parameters.model_fields.items():
        assert told.description, field
