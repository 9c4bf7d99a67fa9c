"""Which side a followed hand is of, with networks that know where the hands are."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from engine.tracking.config import SideChoice
from engine.tracking.track import TrackConfig, begin, update_handedness
from engine.types import HandPose
from tests.known_hands import LEFT, OFF, RIGHT, TWO, KnownHands, make_pipeline, run


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
