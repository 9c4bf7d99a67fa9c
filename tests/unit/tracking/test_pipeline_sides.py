"""Which side a followed hand is of, with networks that know where the hands are."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from engine.tracking.calibration import Calibration
from engine.tracking.config import SideChoice
from engine.tracking.pipeline import Pipeline
from engine.tracking.track import (
    DetectedSide,
    TrackConfig,
    begin,
    update_handedness,
    with_detection,
)
from engine.types import HandPose
from tests.known_hands import LEFT, OFF, RIGHT, TWO, KnownHands, make_pipeline, run

SURE_OF_HANDS = (0.0, 0.0, 0.0, 0.0, 5.0), (1.0, 0.0, 0.0, 0.0)
"""Weights with which every place is a hand."""


def flat_hand(turned_deg: float) -> HandPose:
    """A hand in front of the camera, its palm turned about its length."""
    joints = np.zeros((21, 3), np.float32)
    angle = np.deg2rad(turned_deg)
    across = 40.0 * np.array([np.cos(angle), 0.0, np.sin(angle)])
    joints[[5, 17]] = np.stack([-across, across]) - [0.0, 80.0, 0.0]
    joints += np.array([0.0, 40.0, 500.0], np.float32)
    return HandPose(joints, np.full(21, 5.0, np.float32), 0.9, RIGHT)


def test_a_detection_of_the_wrong_side_is_put_right_in_the_first_frame() -> None:
    hands = KnownHands({LEFT: np.array([0.0, 0.0, 500.0])}, wrong_side=True)
    (result,), _ = run(make_pipeline(hands), 1)
    assert result.hands[0].pose.handedness is LEFT
    assert result.hands[0].crop.mirrored


def test_evidence_for_the_other_side_changes_it_after_some_frames_not_at_once() -> None:
    hands = KnownHands({RIGHT: np.array([0.0, 0.0, 500.0])})
    pipeline = make_pipeline(hands)
    _, state = run(pipeline, 8)
    hands.places = {LEFT: np.array([0.0, 0.0, 500.0])}
    results, _ = run(pipeline, 25, state, 8)
    sides = [r.hands[0].pose.handedness for r in results]
    assert sides[0] is RIGHT
    assert sides[-1] is LEFT
    assert sum(a is not b for a, b in pairwise(sides)) == 1


def test_a_settled_side_needs_no_mirror_image() -> None:
    hands = KnownHands({RIGHT: np.array([0.0, 0.0, 500.0])})
    pipeline = make_pipeline(hands)
    _, state = run(pipeline, 40)
    hands.estimates = 0
    run(pipeline, 4, state, 40)
    assert hands.estimates == 4


def test_views_from_the_edge_do_not_change_a_side_seen_clearly() -> None:
    clear, edge = flat_hand(0.0), flat_hand(90.0)
    config = TrackConfig()
    track = begin(0, clear, 2.0, 0.0, config)
    for _ in range(4):
        track = update_handedness(track, clear, 5.0, config)
    seen = track.side_log_odds
    for _ in range(10):
        track = update_handedness(track, edge, -5.0, config)
    assert track.handedness is RIGHT
    assert 0.0 < track.side_log_odds < seen
    for _ in range(3):
        track = update_handedness(track, clear, -5.0, config)
    assert track.handedness is LEFT


def test_many_detections_of_a_hand_are_worth_a_few_independent_ones() -> None:
    config = TrackConfig()
    clear = flat_hand(0.0)
    track = replace(begin(0, clear, 2.0, 0.0, config), detected=DetectedSide())
    once = with_detection(track, LEFT, 1.0, config)
    assert once.side_log_odds == pytest.approx(1.0)
    for _ in range(100):
        track = with_detection(track, LEFT, 1.0, config)
    assert track.side_log_odds == pytest.approx(2.0 - config.detections_worth, abs=0.1)
    assert track.handedness is RIGHT
    turned = update_handedness(track, clear, 0.0, config)
    assert turned.handedness is LEFT
    assert turned.side_log_odds == pytest.approx(config.detections_worth - 2.0, abs=0.1)
    for _ in range(200):
        turned = with_detection(turned, RIGHT, 1.0, config)
    assert turned.side_log_odds < -0.9


@pytest.mark.parametrize("weight", [0.0, 4.0])
def test_what_is_around_a_hand_tells_its_side_as_far_as_it_is_weighed(weight: float) -> None:
    hands = KnownHands({RIGHT: np.array([0.0, 0.0, 500.0])}, wrong_side=True)
    weak = Calibration((0.1, 0.0, 0.0, weight), *SURE_OF_HANDS)
    pipeline = Pipeline(hands.detect, hands.estimate, calibration=weak)  # type: ignore[arg-type]
    (result,), _ = run(pipeline, 1)
    assert result.hands[0].handedness is (LEFT if weight else RIGHT)


def test_a_detection_beside_a_followed_hand_is_no_evidence_for_it() -> None:
    hands = KnownHands({RIGHT: np.array([0.0, 0.0, 500.0])})
    pipeline = make_pipeline(hands)
    _, state = run(pipeline, 3, settings=TWO)
    hands.miss_mm = 90.0
    before = state.tracks[0].detected
    for _ in range(8):
        _, state = run(pipeline, 1, state, 3, TWO)
    assert state.tracks[0].detected == before
    hands.miss_mm = 30.0
    for _ in range(8):
        _, state = run(pipeline, 1, state, 3, TWO)
    assert state.tracks[0].detected.count > before.count


def test_a_hand_that_is_followed_is_detected_for_its_side_a_few_times() -> None:
    hands = KnownHands({RIGHT: np.array([0.0, 0.0, 500.0])})
    weights = Calibration((1.0, 0.2, 1.0, 1.0), *SURE_OF_HANDS)
    pipeline = Pipeline(hands.detect, hands.estimate, calibration=weights)  # type: ignore[arg-type]
    results, state = run(pipeline, 60)
    wanted = TrackConfig().side_detections
    assert hands.detections == state.tracks[0].detected.count == wanted
    assert sum("detect" in r.stage_ms for r in results) == wanted
    hands.detections = 0
    run(pipeline, 60, settings=replace(OFF, side=SideChoice.RIGHT))
    assert hands.detections == 1


@pytest.mark.parametrize("side", [SideChoice.LEFT, SideChoice.RIGHT])
def test_a_given_side_is_never_doubted(side: SideChoice) -> None:
    hands = KnownHands({RIGHT: np.array([0.0, 0.0, 500.0])})
    results, _ = run(make_pipeline(hands), 6, settings=replace(OFF, side=side))
    assert {r.hands[0].pose.handedness for r in results} == {side.handedness}
    assert {r.hands[0].side_score for r in results} == {1.0}
    assert hands.sides == {side.handedness}


def test_of_two_hands_only_the_one_of_the_given_side_is_reported() -> None:
    hands = KnownHands({RIGHT: np.array([-150.0, 0.0, 500.0]), LEFT: np.array([150.0, 0.0, 500.0])})
    results, _ = run(make_pipeline(hands), 6, settings=replace(TWO, side=SideChoice.LEFT))
    assert {len(r.hands) for r in results} == {1}
    for result in results:
        np.testing.assert_allclose(result.hands[0].crop.centre_mm, [150, 0, 500], atol=0.1)


def test_a_side_given_while_a_hand_is_followed_counts_at_once() -> None:
    hands = KnownHands({RIGHT: np.array([0.0, 0.0, 500.0])})
    pipeline = make_pipeline(hands)
    _, state = run(pipeline, 8)
    (result,), _ = run(pipeline, 1, state, 8, replace(OFF, side=SideChoice.LEFT))
    assert result.hands[0].track_id == 0
    assert result.hands[0].pose.handedness is LEFT
