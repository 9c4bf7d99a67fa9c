"""Measures against the synthetic hand, whose angles are known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.measure import hand
from engine.simulation.angles import ANGLE_INDEX
from engine.simulation.gestures import gesture_angles
from engine.simulation.model import HandModel
from engine.simulation.orientation import sample_orientations
from engine.simulation.sampler import PoseSampler
from engine.skeleton import JOINT_NAMES, Handedness

RIGHT, LEFT = Handedness
SHOWN = np.diag([1.0, -1.0, -1.0])
"""The palm to the camera, fingers up."""
PLACE_MM = np.array([0.0, 0.0, 400.0])


@pytest.fixture(scope="module")
def model() -> HandModel:
    return HandModel.load()


def joints(
    model: HandModel,
    angles: NDArray[np.floating],
    R: NDArray[np.floating] = SHOWN,
    side: Handedness = RIGHT,
    shape: NDArray[np.floating] | None = None,
) -> NDArray[np.float32]:
    shape = np.zeros(model.n_shape) if shape is None else shape
    return model.pose_joints(angles, shape, R, PLACE_MM, side)


@pytest.fixture(scope="module")
def sampled(model: HandModel) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Angles [N, 24] in radians and joints [N, 21, 3] of right hands turned anyhow."""
    rng = np.random.default_rng(3)
    angles = PoseSampler(model).sample_batch(rng, 200)
    turns = sample_orientations(rng, 200)
    return angles, np.stack([joints(model, a, R) for a, R in zip(angles, turns, strict=True)])


@pytest.mark.parametrize("finger", hand.FINGERS)
def test_angles_are_those_that_posed_the_hand(
    sampled: tuple[NDArray[np.float32], NDArray[np.float32]], finger: str
) -> None:
    angles, posed = sampled
    degrees = np.degrees(angles)
    for part, name in enumerate(("mcp", "pip", "dip")):
        given = degrees[:, ANGLE_INDEX[f"{finger}_{name}_flexion"]]
        np.testing.assert_allclose(
            hand.flexion_deg(posed, RIGHT, finger, part), given, atol=0.05, err_msg=name
        )
    given = degrees[:, ANGLE_INDEX[f"{finger}_mcp_abduction"]]
    np.testing.assert_allclose(hand.abduction_deg(posed, RIGHT, finger), given, atol=0.05)


def test_a_thumbs_bends_differ_from_rest_by_what_it_was_bent(model: HandModel) -> None:
    straight = np.zeros(24, np.float32)
    bent = straight.copy()
    bent[ANGLE_INDEX["thumb_ip_flexion"]] = np.radians(40.0)
    before, after = (hand.thumb_bend_deg(joints(model, a), 2) for a in (straight, bent))
    assert after - before == pytest.approx(40.0, abs=2.0)


def test_a_mirrored_hand_measures_the_same(model: HandModel) -> None:
    for name in ("relaxed", "pinch_index", "peace"):
        angles = gesture_angles(name)
        right, left = (joints(model, angles, side=side) for side in (RIGHT, LEFT))
        for finger in hand.FINGERS:
            for measure in (hand.abduction_deg, hand.curl):
                np.testing.assert_allclose(
                    measure(right, RIGHT, finger), measure(left, LEFT, finger), atol=1e-4
                )
        assert hand.openness(left, LEFT) == pytest.approx(hand.openness(right, RIGHT), abs=1e-6)
        facing = hand.palm_facing_deg(left, LEFT)
        assert facing == pytest.approx(hand.palm_facing_deg(right, RIGHT), abs=1e-3)


def test_the_palm_looks_where_it_is_turned(model: HandModel) -> None:
    shown = joints(model, gesture_angles("open_palm"))
    hidden = joints(model, gesture_angles("open_palm"), np.diag([-1.0, -1.0, 1.0]))
    assert hand.palm_facing_deg(shown, RIGHT) < 12.0
    assert hand.palm_facing_deg(hidden, RIGHT) > 168.0
    np.testing.assert_allclose(hand.palm_axes(shown, RIGHT), SHOWN.T, atol=0.12)
    assert hand.palm_length_mm(shown) == pytest.approx(91.0, abs=1.0)


def test_openness_and_curl_range_from_a_flat_hand_to_a_fist(model: HandModel) -> None:
    flat, relaxed, fist = (
        joints(model, gesture_angles(name))
        for name in ("flat_together", "relaxed", "fist_thumb_over")
    )
    assert hand.openness(flat, RIGHT) > 0.95
    assert 0.5 < hand.openness(relaxed, RIGHT) < 0.85
    assert hand.openness(fist, RIGHT) < 0.02
    point = joints(model, gesture_angles("point"))
    assert hand.curl(point, RIGHT, "index") < 0.05
    assert hand.curl(point, RIGHT, "ring") > 0.95
    assert hand.curl(fist, RIGHT, "thumb") > 0.7


@pytest.mark.parametrize("finger", hand.FINGERS)
def test_a_pinch_of_each_finger_is_told_from_the_others(model: HandModel, finger: str) -> None:
    posed = joints(model, gesture_angles(f"pinch_{finger}"))
    strengths = {name: float(hand.pinch_strength(posed, name)) for name in hand.FINGERS}
    assert strengths[finger] == 1.0
    assert all(strengths[other] < 0.3 for other in hand.FINGERS if other != finger)
    assert 7.0 < hand.pinch_mm(posed, finger) < 12.0


def test_a_pinch_is_as_strong_in_a_small_hand_as_in_a_large_one(model: HandModel) -> None:
    posed = joints(model, gesture_angles("grasp_thick"))
    small = (posed - PLACE_MM) * 0.7 + PLACE_MM
    assert hand.pinch_strength(small) == pytest.approx(float(hand.pinch_strength(posed)), abs=1e-6)
    assert hand.pinch_strength(joints(model, gesture_angles("open_palm"))) == 0.0


def test_many_hands_at_once_measure_as_each_alone(
    sampled: tuple[NDArray[np.float32], NDArray[np.float32]],
) -> None:
    _, posed = sampled
    grid = posed[:6].reshape(2, 3, 21, 3)
    assert hand.openness(grid, RIGHT).shape == (2, 3)
    alone = [float(hand.openness(one, RIGHT)) for one in posed[:6]]
    np.testing.assert_allclose(hand.openness(grid, RIGHT).ravel(), alone)


def test_distance_is_that_of_the_joints() -> None:
    posed = np.zeros((21, 3))
    posed[JOINT_NAMES.index("index_tip")] = (3.0, 4.0, 12.0)
    assert hand.distance_mm(posed, 0, JOINT_NAMES.index("index_tip")) == 13.0


def test_what_is_not_there_measures_as_nothing_and_degenerate_hands_do_not_warn() -> None:
    missing, point = np.full((21, 3), np.nan), np.zeros((21, 3))
    for measure in (hand.openness, hand.palm_facing_deg):
        assert np.isnan(measure(missing, RIGHT))
        assert np.isfinite(measure(point, RIGHT))
    assert np.isnan(hand.pinch_strength(missing))
    assert 0.0 <= hand.pinch_strength(point) <= 1.0
