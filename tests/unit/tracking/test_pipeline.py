"""The step's logic, with networks replaced by ones that know where the hands are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.tracking.config import SideChoice, TrackingSettings
from engine.tracking.pipeline import Pipeline
from engine.tracking.smoothing import Smoothing
from engine.tracking.track import TrackState
from engine.types import TrackingStatus
from tests.known_hands import LEFT, OFF, RIGHT, TWO, KnownHands, frame, make_pipeline, run


def after_a_second_hand_came() -> tuple[Pipeline, TrackState]:
    """A pipeline that has followed a right hand for three frames; now there is a left one too."""
    hands = KnownHands({RIGHT: np.array([-120.0, 0.0, 500.0])})
    pipeline = make_pipeline(hands)
    _, state = run(pipeline, 3, settings=TWO)
    hands.places[LEFT] = np.array([120.0, 0.0, 500.0])
    return pipeline, state


KNOWN_SIDE = replace(OFF, side=SideChoice.RIGHT)
"""With which no detection is made for the side."""


def test_a_found_hand_is_centred_and_followed_without_detecting_again() -> None:
    hands = KnownHands({RIGHT: np.array([20.0, 10.0, 500.0])})
    results, _ = run(make_pipeline(hands), 10, settings=KNOWN_SIDE)
    assert all(r.status is TrackingStatus.TRACKING for r in results)
    assert {r.hands[0].track_id for r in results} == {0}
    assert hands.detections == 1
    np.testing.assert_allclose(results[0].hands[0].crop.centre_mm, [20, 10, 500], atol=0.1)


def test_a_found_hand_is_the_mean_of_turned_looks_and_a_followed_one_is_not() -> None:
    centre = np.array([20.0, 10.0, 500.0])
    results, _ = run(make_pipeline(KnownHands({RIGHT: centre}, turned_off=9.0)), 2)
    heights = [r.hands[0].pose.joints_mm[:, 1].mean() for r in results]
    np.testing.assert_allclose(heights, [10.0 - 9.0 * 2 / 3, 10.0], atol=0.01)


@pytest.mark.parametrize(("score", "found"), [(0.6, 1), (0.2, 0)])
def test_a_likely_hand_is_looked_for_at_its_other_depths(score: float, found: int) -> None:
    centre = np.array([20.0, 10.0, 500.0])
    (result,), _ = run(make_pipeline(KnownHands({RIGHT: centre}, miss_mm=150.0, score=score)), 1)
    assert len(result.hands) == found
    for hand in result.hands:
        np.testing.assert_allclose(hand.crop.centre_mm, centre, atol=0.1)


def test_after_a_leap_the_cube_is_put_on_the_hand_again() -> None:
    hands = KnownHands({RIGHT: np.array([20.0, 10.0, 500.0])})
    pipeline = make_pipeline(hands)
    _, state = run(pipeline, 3)
    hands.places = {RIGHT: np.array([100.0, 10.0, 500.0])}
    (result,), _ = run(pipeline, 1, state, 3)
    np.testing.assert_allclose(result.hands[0].crop.centre_mm, [100, 10, 500], atol=0.1)
    assert hands.detections == 1


def test_a_hand_that_leaves_is_lost_then_gone_and_keeps_its_name_if_it_returns_soon() -> None:
    here = np.array([0.0, 0.0, 500.0])
    hands = KnownHands({RIGHT: here})
    pipeline = make_pipeline(hands)
    _, state = run(pipeline, 3)
    hands.places = {}
    away, short_state = run(pipeline, 2, state, 3)
    assert [r.status for r in away] == [TrackingStatus.LOST] * 2
    hands.places = {RIGHT: here}
    (back,), _ = run(pipeline, 1, short_state, 5)
    assert back.hands[0].track_id == 0
    hands.places = {}
    gone, long_state = run(pipeline, 6, state, 3)
    assert gone[-1].status is TrackingStatus.NO_HAND
    hands.places = {RIGHT: here}
    (again,), _ = run(pipeline, 1, long_state, 9)
    assert again.hands[0].track_id == 1


def test_a_lost_hand_is_looked_for_in_every_frame() -> None:
    hands = KnownHands({})
    run(make_pipeline(hands), 5)
    assert hands.detections == 5


def test_a_moving_hand_is_followed() -> None:
    hands = KnownHands({RIGHT: np.array([-100.0, 0.0, 500.0])})
    pipeline = make_pipeline(hands)
    state = pipeline.initial_state()
    for index in range(12):
        hands.places = {RIGHT: np.array([-100.0 + 25.0 * index, 0.0, 500.0])}
        result, state = pipeline.step(frame(index), state, KNOWN_SIDE)
        assert result.hands[0].track_id == 0
    assert hands.detections == 1


def test_two_hands_are_followed_apart_and_a_second_one_is_found_later() -> None:
    pipeline, state = after_a_second_hand_came()
    results, _ = run(pipeline, 8, state, 3, TWO)
    last = results[-1].hands
    assert {(h.track_id, h.pose.handedness) for h in last} == {(0, RIGHT), (1, LEFT)}


def test_what_is_detected_beside_a_followed_hand_is_estimated_one_frame_later() -> None:
    pipeline, state = after_a_second_hand_came()
    results, _ = run(pipeline, 8, state, 3, TWO)
    detected = next(k for k, result in enumerate(results) if "detect" in result.stage_ms)
    assert [len(results[k].hands) for k in (detected, detected + 1)] == [1, 2]
    assert "detect" not in results[detected + 1].stage_ms


def test_a_followed_hand_that_is_detected_again_is_not_estimated_for_it() -> None:
    hands = KnownHands({RIGHT: np.array([0.0, 0.0, 500.0])})
    pipeline = make_pipeline(hands)
    rights = replace(KNOWN_SIDE, hands=2)  # whose mirror images are not estimated
    _, state = run(pipeline, 12, settings=rights)
    before, detections = hands.estimates, hands.detections
    run(pipeline, 12, state, 12, rights)
    assert hands.detections > detections
    assert hands.estimates - before == 12


def test_one_hand_is_never_followed_twice() -> None:
    hands = KnownHands({RIGHT: np.array([0.0, 0.0, 500.0])})
    results, _ = run(make_pipeline(hands), 20, settings=TWO)
    assert all(len(r.hands) == 1 for r in results)


def test_a_step_changes_nothing_it_was_given() -> None:
    hands = KnownHands({RIGHT: np.array([0.0, 0.0, 500.0])})
    pipeline = make_pipeline(hands)
    _, state = run(pipeline, 3)
    first, _ = pipeline.step(frame(3), state, OFF)
    second, _ = pipeline.step(frame(3), state, OFF)
    np.testing.assert_array_equal(first.hands[0].pose.joints_mm, second.hands[0].pose.joints_mm)


@pytest.mark.parametrize("stage", ["detect", "crop", "network", "step"])
def test_every_stage_is_timed(stage: str) -> None:
    hands = KnownHands({RIGHT: np.array([0.0, 0.0, 500.0])})
    (result,), _ = run(make_pipeline(hands), 1)
    assert result.stage_ms[stage] >= 0.0


def test_one_hand_instead_of_two_keeps_the_one_followed_longer() -> None:
    pipeline, state = after_a_second_hand_came()
    results, state = run(pipeline, 8, state, 3, TWO)
    assert len(results[-1].hands) == 2
    results, state = run(pipeline, 3, state, 11, OFF)
    assert [[hand.track_id for hand in result.hands] for result in results] == [[0]] * 3
    results, _ = run(pipeline, 8, state, 14, TWO)
    assert len(results[-1].hands) == 2


def test_smoothing_can_be_changed_between_two_steps() -> None:
    def jump(smoothing: Smoothing) -> float:
        hands = KnownHands({RIGHT: np.array([0.0, 0.0, 500.0])})
        pipeline = make_pipeline(hands)
        _, state = run(pipeline, 5)
        hands.places = {RIGHT: np.array([6.0, 0.0, 500.0])}
        result, _ = pipeline.step(frame(5), state, TrackingSettings(smoothing=smoothing))
        return float(result.hands[0].pose.joints_mm[:, 0].mean())

    assert jump(Smoothing.OFF) == pytest.approx(6.0, abs=1e-3)
    followed = [jump(level) for level in Smoothing]
    assert followed == sorted(followed, reverse=True)
    assert followed[-1] < 3.5


def test_the_best_of_all_candidates_is_taken_not_the_first() -> None:
    near, far = np.array([-150.0, 0.0, 500.0]), np.array([150.0, 0.0, 500.0])
    hands = KnownHands({RIGHT: near, LEFT: far}, doubtful={RIGHT})
    (result,), _ = run(make_pipeline(hands), 1)
    np.testing.assert_allclose(result.hands[0].crop.centre_mm, far, atol=0.1)


def test_a_doubtful_followed_hand_is_averaged_over_turned_crops() -> None:
    hands = KnownHands({RIGHT: np.array([20.0, 10.0, 500.0])}, turned_off=9.0, sigma_mm=15.0)
    results, _ = run(make_pipeline(hands), 2)
    heights = [r.hands[0].pose.joints_mm[:, 1].mean() for r in results]
    np.testing.assert_allclose(heights, [4.0, 4.0], atol=0.01)


def test_a_doubtful_hand_is_given_up_for_a_much_likelier_one_elsewhere() -> None:
    hands = KnownHands({RIGHT: np.array([-150.0, 0.0, 500.0])}, sigma_mm=30.0)
    pipeline = make_pipeline(hands)
    _, state = run(pipeline, 3)
    hands.doubtful, hands.less_sharp = {RIGHT}, 2.0
    hands.places[LEFT] = np.array([150.0, 0.0, 500.0])
    results, _ = run(pipeline, 8, state, 3)
    assert [h.track_id for r in results for h in r.hands] == sorted([0] * 2 + [1] * 6)


def test_a_doubtful_hand_is_kept_while_it_is_as_likely_as_another() -> None:
    hands = KnownHands({RIGHT: np.array([-150.0, 0.0, 500.0])}, sigma_mm=30.0)
    pipeline = make_pipeline(hands)
    _, state = run(pipeline, 3)
    hands.places[LEFT] = np.array([150.0, 0.0, 500.0])
    results, _ = run(pipeline, 8, state, 3)
    assert {h.track_id for r in results for h in r.hands} == {0}
