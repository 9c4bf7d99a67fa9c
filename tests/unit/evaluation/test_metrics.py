"""Scores of ``training.evaluation.metrics`` on errors with known answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.errors import InvalidInputError
from training.evaluation import metrics

NAN = float("nan")
ERRORS = np.array([[1.0, 3.0, NAN], [10.0, NAN, NAN], [NAN, NAN, NAN], [5.0, 6.0, NAN]])


def test_known_answers() -> None:
    assert metrics.mean_error(ERRORS) == 5.0
    np.testing.assert_array_equal(metrics.per_joint_mean(ERRORS), [16.0 / 3.0, 4.5, NAN])
    np.testing.assert_array_equal(metrics.frame_mean(ERRORS), [2.0, 10.0, NAN, 5.5])
    np.testing.assert_array_equal(metrics.frame_max(ERRORS), [3.0, 10.0, NAN, 6.0])
    fractions = metrics.fraction_under(metrics.frame_max(ERRORS), [2.9, 3.0, 6.0, 80.0])
    np.testing.assert_array_equal(fractions, [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0])
    assert metrics.area_under_curve(np.array([0.0, 40.0, 80.0, 200.0, NAN])) == (1.0 + 0.5) / 4.0


def test_nothing_marked_gives_nan() -> None:
    nothing = np.full((2, 3), NAN)
    assert np.isnan(metrics.mean_error(nothing))
    assert np.isnan(metrics.frame_max(nothing)).all()
    assert np.isnan(metrics.per_joint_mean(nothing)).all()
    assert np.isnan(metrics.fraction_under(nothing, [1.0, 2.0])).all()
    assert np.isnan(metrics.area_under_curve(nothing))


def test_joint_errors_leave_out_only_what_the_truth_leaves_out() -> None:
    truth = np.zeros((2, 2, 3))
    truth[1, 0, 2] = NAN
    predicted = np.zeros((2, 2, 3))
    predicted[0, 1] = (3.0, 4.0, 12.0)
    predicted[1, 0] = NAN
    np.testing.assert_array_equal(metrics.joint_errors(predicted, truth), [[0.0, 13.0], [NAN, 0.0]])
    predicted[1, 1, 0] = NAN
    with pytest.raises(InvalidInputError, match="joint 1 of frame 1"):
        metrics.joint_errors(predicted, truth)
    with pytest.raises(InvalidInputError, match="cannot be compared"):
        metrics.joint_errors(predicted[:1], truth)


@given(arrays(np.float64, (7, 4), elements=st.floats(0.0, 200.0) | st.just(NAN)))
def test_curves_rise_and_their_area_is_the_mean_of_their_height(errors: np.ndarray) -> None:
    values = metrics.frame_max(errors)
    if np.isnan(values).all():
        return
    thresholds = np.linspace(0.0, 80.0, 8001)
    heights = metrics.fraction_under(values, thresholds)
    assert (np.diff(heights) >= 0.0).all()
    assert (heights <= metrics.fraction_under(metrics.frame_mean(errors), thresholds)).all()
    assert metrics.area_under_curve(values) == pytest.approx(heights.mean(), abs=2e-3)
