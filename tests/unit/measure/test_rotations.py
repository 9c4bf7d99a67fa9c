"""Rotations of a hand: what they turn, and that they lead back to its joints."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from engine import hand_rotations as published
from engine.measure.rotations import (
    ORDER,
    ROTATION_COUNT,
    T_POSE,
    RestPose,
    hand_rotations,
    posed_joints_mm,
    rig_rest,
)
from engine.simulation.angles import ANGLE_INDEX, LOWER_RAD, UPPER_RAD
from engine.simulation.joints import JOINTS_FROM_PIVOTS
from engine.simulation.model import HandModel
from engine.skeleton import FINGER_JOINTS, JOINT_NAMES, PARENTS, Handedness

RIGHT, LEFT = Handedness
PLACE_MM = np.array([12.0, -34.0, 456.0])
MANO_ORDER = ("wrist", "index", "middle", "little", "ring", "thumb")


@pytest.fixture(scope="module")
def model() -> HandModel:
    return HandModel.load()


def posed(model: HandModel, side: Handedness, seed: int) -> NDArray[np.float32]:
    """Any hand, in any pose within the limits, turned at random."""
    chance = np.random.default_rng(seed)
    turn = Rotation.random(random_state=seed).as_matrix()
    shape = chance.normal(size=model.n_shape)
    return model.pose_joints(chance.uniform(LOWER_RAD, UPPER_RAD), shape, turn, PLACE_MM, side)


def with_angle(
    model: HandModel, name: str, radians: float, side: Handedness
) -> NDArray[np.float32]:
    angles = np.zeros(len(ANGLE_INDEX))
    angles[ANGLE_INDEX[name]] = radians
    return model.pose_joints(angles, np.zeros(model.n_shape), np.eye(3), PLACE_MM, side)


def forward(
    axis_angle: NDArray[np.float64], rest_mm: NDArray[np.float64], wrist_mm: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Forward kinematics as anybody would write it, from axis-angle: joints [21, 3]."""
    local = dict(zip(ORDER, Rotation.from_rotvec(axis_angle), strict=True))
    places, turns = {0: wrist_mm}, {0: local[0]}
    for joint in range(1, 21):
        parent = PARENTS[joint]
        places[joint] = places[parent] + turns[parent].apply(rest_mm[joint] - rest_mm[parent])
        turns[joint] = turns[parent] * local[joint] if joint in local else turns[parent]
    return JOINTS_FROM_PIVOTS.astype(np.float64) @ np.array([places[j] for j in range(21)])


def test_the_order_is_that_of_mano() -> None:
    assert ROTATION_COUNT == 16
    names = [JOINT_NAMES[joint] for joint in ORDER]
    assert [names[0], *(name.split("_")[0] for name in names[1::3])] == list(MANO_ORDER)
    assert names[1:4] == ["index_mcp", "index_pip", "index_dip"]
    assert names[13:] == ["thumb_cmc", "thumb_mcp", "thumb_ip"]


@pytest.mark.parametrize("side", Handedness)
@pytest.mark.parametrize("seed", range(12))
def test_forward_kinematics_gives_the_joints_back(
    model: HandModel, side: Handedness, seed: int
) -> None:
    joints = posed(model, side, seed)
    hand = hand_rotations(joints, side)
    assert np.linalg.det(hand.rotations) == pytest.approx(np.ones(16))
    again = forward(hand.axis_angle, hand.rest_mm, hand.wrist_mm)
    assert np.abs(again - joints).max() < 1e-3  # mm
    assert np.abs(posed_joints_mm(hand) - joints).max() < 1e-3


@pytest.mark.parametrize("side", Handedness)
def test_it_is_also_true_in_a_mirrored_world(model: HandModel, side: Handedness) -> None:
    joints = posed(model, side, 5)
    world_from_camera = np.diag([-1.0, -1.0, -1.0])
    hand = hand_rotations(joints, side, T_POSE, world_from_camera)
    assert np.linalg.det(hand.rotations) == pytest.approx(np.ones(16))
    again = forward(hand.axis_angle, hand.rest_mm, hand.wrist_mm)
    assert np.abs(again - joints @ world_from_camera).max() < 1e-3


@pytest.mark.parametrize("side", Handedness)
def test_the_flat_hand_of_the_rig_is_its_rest(model: HandModel, side: Handedness) -> None:
    joints = with_angle(model, "index_pip_flexion", 0.0, side)
    hand = hand_rotations(joints, side)
    assert np.abs(hand.axis_angle[1:]).max() < 1e-4
    outwards = -1.0 if side is RIGHT else 1.0
    middle = hand.rest_mm[FINGER_JOINTS["middle"][3]]
    assert middle[0] * outwards > 150.0  # out to the side of its arm
    assert np.abs(middle[1:]).max() < 1.0
    assert hand.rest_mm[FINGER_JOINTS["thumb"][3]][2] > 50.0  # the thumb points forward


@pytest.mark.parametrize("side", Handedness)
@pytest.mark.parametrize(
    ("angle", "joint"),
    [("index_pip_flexion", "index_pip"), ("ring_dip_flexion", "ring_dip"),
     ("middle_mcp_flexion", "middle_mcp"), ("little_mcp_flexion", "little_mcp")],
)  # fmt: skip
def test_a_bend_is_a_rotation_of_its_joint_alone(
    model: HandModel, angle: str, joint: str, side: Handedness
) -> None:
    hand = hand_rotations(with_angle(model, angle, 0.7, side), side)
    size = np.linalg.norm(hand.axis_angle, axis=-1)
    bent = ORDER.index(JOINT_NAMES.index(joint))
    assert size[bent] == pytest.approx(0.7, abs=0.02)
    assert np.delete(size[1:], bent - 1).max() < 0.05
    # Towards the palm, which faces down: a finger of either hand goes down.
    tip = FINGER_JOINTS[joint.split("_", maxsplit=1)[0]][3]
    flat = np.concatenate([np.zeros((1, 3)), hand.axis_angle[1:]])
    lowered = forward(flat, hand.rest_mm, np.zeros(3))[tip] - hand.rest_mm[tip]
    assert lowered[1] < -10.0


def test_hands_of_both_sides_move_as_mirror_images(model: HandModel) -> None:
    joints = posed(model, RIGHT, 3)
    right = hand_rotations(joints, RIGHT)
    left = hand_rotations(joints * (-1.0, 1.0, 1.0), LEFT)
    np.testing.assert_allclose(left.axis_angle[1:], right.axis_angle[1:] * (1, -1, -1), atol=1e-6)
    np.testing.assert_allclose(left.rest_mm, right.rest_mm * (-1.0, 1.0, 1.0), atol=1e-4)


def test_the_t_pose_has_straight_fingers_and_a_thumb_at_45_degrees(model: HandModel) -> None:
    joints = with_angle(model, "index_pip_flexion", 0.0, RIGHT)
    rest = hand_rotations(joints, RIGHT, T_POSE, -np.eye(3)).rest_mm
    for finger, (base, *_, tip) in FINGER_JOINTS.items():
        along = (rest[tip] - rest[base]) / np.linalg.norm(rest[tip] - rest[base])
        wanted = (0.5**0.5, 0.0, 0.5**0.5) if finger == "thumb" else (1.0, 0.0, 0.0)
        np.testing.assert_allclose(along, wanted, atol=1e-6)


def test_a_finger_bent_back_by_half_a_turn_is_still_a_rotation(model: HandModel) -> None:
    joints = with_angle(model, "index_pip_flexion", 0.0, RIGHT).astype(np.float64)
    _, pip, dip, tip = FINGER_JOINTS["index"]
    joints[dip] = joints[pip] + (joints[pip] - joints[dip])
    joints[tip] = joints[dip]
    hand = hand_rotations(joints, RIGHT)
    assert np.isfinite(hand.axis_angle).all()
    assert np.abs(posed_joints_mm(hand) - joints).max() < 1e-3


def test_rest_poses_are_of_unit_vectors_and_axes() -> None:
    for rest in (rig_rest(), T_POSE):
        assert isinstance(rest, RestPose)
        assert np.linalg.norm(rest.directions, axis=-1) == pytest.approx(np.ones((5, 3)))
        for side in Handedness:
            axes = rest.axes(side)
            np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    assert published is hand_rotations
