"""Soft tissue of bent digits: rounder and thicker, the joints where they were, under the skin."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.camera import Camera
from engine.simulation.gestures import gesture_angles
from engine.simulation.joints import PIVOTS_FROM_JOINTS
from engine.simulation.kinematics import JOINT_BONE
from engine.simulation.mesh_buffer import mesh_buffer
from engine.simulation.model import HandModel
from engine.simulation.proportions import load_hands, with_proportions
from engine.simulation.render import Part
from engine.simulation.scene import Scene, SceneHand, render
from engine.skeleton import Handedness

CAMERA = Camera(240, 240, 480.0, 480.0, 119.5, 119.5)
MODEL = HandModel.load()
FOREIGN = Path(__file__).parents[3].parent / "shared" / "hands"
BACK, PALM = np.diag([-1.0, -1.0, 1.0]), np.diag([1.0, -1.0, -1.0])
NO_PLANES = np.zeros((0, 7), np.float32)


def families() -> list[HandModel]:
    """The shipped hand, its like with people's proportions, and foreign ones where they are."""
    folders = [FOREIGN / name for name in ("leap_basehand", "mrtk_openxr")]
    there = [folder for folder in folders if folder.is_dir()]
    return [MODEL, with_proportions(MODEL), *(load_hands(there) if there else ())]


def posed(
    model: HandModel, gesture: str, R: NDArray[np.float64], bulge: float
) -> tuple[SceneHand, NDArray[np.float32]]:
    """The hand half a metre away and its depth picture's labels and depth."""
    angles, shape = gesture_angles(gesture), np.zeros(model.n_shape, np.float32)
    joints = model.pose_joints(angles, shape, R, np.zeros(3))
    t = np.array([0.0, 0.0, 450.0]) - joints.mean(axis=0)
    hand = model.pose(angles, shape, R, t, bulge=bulge)
    R32, t32 = R.astype(np.float32), t.astype(np.float32)
    return SceneHand(model, angles, shape, R32, t32, Handedness.RIGHT, hand), hand.joints_mm


@pytest.mark.parametrize("gesture", ["fist_tight", "fist_thumb_side", "open_palm", "flat_together"])
@pytest.mark.parametrize("R", [BACK, PALM], ids=["back", "palm"])
def test_joints_lie_2_to_25_mm_behind_their_own_skin(gesture: str, R: NDArray[np.float64]) -> None:
    for model in families():
        hand, joints = posed(model, gesture, R, 1.0)
        image = render(Scene((hand,), *mesh_buffer().mesh(), NO_PLANES), CAMERA)
        u, v = np.rint(CAMERA.project(joints)).astype(int).T
        depths = []
        for joint in range(1, 21):
            bone = int(JOINT_BONE[joint])
            own = {Part.FOREARM + bone, Part.FOREARM + min(bone + 1, 16)}
            if image.labels[v[joint], u[joint]] in own:
                depths.append(joints[joint, 2] - image.depth_mm[v[joint], u[joint]])
        assert len(depths) >= 5
        assert min(depths) > 1.0
        # What is seen along a bent finger's bone lies deeper, and so does the thumb's root.
        assert np.median(depths) < 22.0


def test_flesh_moves_no_joint_and_leaves_an_open_hand_alone() -> None:
    for gesture in ("fist_tight", "open_palm"):
        plain, bulging = (posed(MODEL, gesture, BACK, bulge) for bulge in (0.0, 1.2))
        assert np.array_equal(plain[1], bulging[1])
        before, after = plain[0].posed.vertices_mm, bulging[0].posed.vertices_mm
        moved = np.linalg.norm(after - before, axis=1)
        assert moved.max() < (1.0 if gesture == "open_palm" else 9.0)
        if gesture == "fist_tight":
            assert moved.max() > 2.0


def test_a_bent_knuckle_stays_as_far_from_its_pivot_as_it_was() -> None:
    angles = np.zeros(24, np.float32)
    angles[10] = np.deg2rad(100.0)  # the index finger's second joint
    shape, skin = np.zeros(MODEL.n_shape, np.float32), MODEL.bent_skin
    chosen = skin.vertices[(skin.joints == 6) & (skin.shares > 0.95)]
    rest = np.linalg.norm(MODEL.vertices[chosen] - MODEL.joints[6], axis=1)
    lengths = []
    for bulge in (0.0, 1.0):
        hand = MODEL.pose(angles, shape, np.eye(3), np.zeros(3), bulge=bulge)
        # The pivot lies beyond the joint that the program speaks of: on the first bone's line.
        pivot = _pivot(angles)
        lengths.append(np.linalg.norm(hand.vertices_mm[chosen] - pivot, axis=1) / rest)
    assert lengths[0].min() < 0.8
    assert lengths[1].min() > 0.97


def _pivot(angles: NDArray[np.float32]) -> NDArray[np.float32]:
    shape = np.zeros(MODEL.n_shape, np.float32)
    joints = MODEL.pose_joints(angles, shape, np.eye(3), np.zeros(3))
    return np.asarray((PIVOTS_FROM_JOINTS @ joints)[6])
