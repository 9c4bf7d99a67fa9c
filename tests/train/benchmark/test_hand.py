"""The benchmark's hand: sizes as published, skin around the joints, drawn where it is."""

from __future__ import annotations

import numpy as np
import pytest

from engine.camera import Camera
from engine.simulation.angles import ANGLE_INDEX
from engine.simulation.gestures import gesture_angles
from engine.simulation.model import HandModel
from engine.simulation.orientation import rotation_from_view
from engine.simulation.render import Part
from engine.skeleton import FINGER_JOINTS, JOINT_NAMES, TIPS, Handedness
from training.benchmark.anatomy import AVERAGE, BONES_MM, draw_person, skeleton_of
from training.benchmark.implicit_hand import Hand, ImplicitSurface, PosedHand
from training.benchmark.sphere_tracing import _GROUPS, _skin, draw_implicit, packed

CAMERA = Camera(200, 200, 350.0, 350.0, 99.5, 99.5)
SHOWN = rotation_from_view(np.zeros((1, 3)))[0]
MIRROR = np.diag([-1.0, 1.0, 1.0])


def posed(gesture: str = "spread", z: float = 450.0) -> PosedHand:
    return Hand().pose(gesture_angles(gesture), SHOWN, np.array([10.0, -5.0, z]))


def drawn(hand: PosedHand) -> tuple[np.ndarray, np.ndarray]:
    depth = np.zeros((CAMERA.height, CAMERA.width), np.float32)
    labels = np.zeros(depth.shape, np.uint8)
    draw_implicit(depth, labels, hand.surface, CAMERA)
    return depth, labels


def skin_distance(surface: ImplicitSurface, points_mm: np.ndarray) -> np.ndarray:
    """How far points [N, 3] (camera frame, mm) lie outside the skin; negative inside."""
    cones, every = packed(surface), np.arange(len(surface.radii))
    parts = np.empty(_GROUPS)
    points = np.asarray(points_mm, np.float64)
    return np.array([_skin(*p, cones, surface.group, every, len(every), parts)[0] for p in points])


def test_lengths_are_those_of_the_table() -> None:
    joints = skeleton_of(AVERAGE).joints
    for finger in ("index", "middle", "ring", "little"):
        first = FINGER_JOINTS[finger][0]
        lengths = np.linalg.norm(np.diff(joints[first : first + 3], axis=0), axis=1)
        assert lengths == pytest.approx(BONES_MM[finger][1:3], abs=1e-6)
    skin = joints[12][1] + 2.0  # the middle fingertip's skin, from the wrist's crease
    assert 176.0 < skin < 188.0


def test_it_is_not_the_hand_that_networks_are_trained_on() -> None:
    off = np.linalg.norm(skeleton_of().joints - HandModel.load().joints, axis=1)
    assert off.mean() > 2.0, "a copy of the trained hand shows no gap"
    assert off.max() < 20.0, "the axes or signs differ from those of engine.simulation"


def test_joints_lie_as_deep_in_the_flesh_as_in_hands() -> None:
    hand = posed("open_palm")
    depth = dict(zip(JOINT_NAMES, -skin_distance(hand.surface, hand.joints_mm), strict=True))
    for name, inside in depth.items():
        low, high = (1.5, 2.5) if name.endswith("tip") else (5.5, 18.0)
        assert low < inside < high, f"{name} lies {inside:.1f} mm inside"


def test_fingers_bend_towards_the_palm() -> None:
    angles = np.zeros(24)
    angles[ANGLE_INDEX["index_mcp_flexion"]] = np.deg2rad(60)
    hand, straight = (
        Hand().pose(a, np.eye(3), np.zeros(3)).joints_mm for a in (angles, np.zeros(24))
    )
    tip, rest = hand[8] - hand[0], straight[8] - straight[0]
    assert tip[2] - rest[2] > 40.0


def test_a_left_hand_is_the_mirror_image_of_a_right_one() -> None:
    angles, centre = gesture_angles("point"), np.array([20.0, 0.0, 400.0])
    right = Hand().pose(angles, SHOWN, centre)
    left = Hand().pose(angles, MIRROR @ SHOWN @ MIRROR, centre * (-1, 1, 1), Handedness.LEFT)
    assert left.joints_mm == pytest.approx(right.joints_mm * (-1, 1, 1), abs=1e-3)
    assert left.elbow_mm == pytest.approx(right.elbow_mm * (-1, 1, 1), abs=1e-6)
    points = right.joints_mm + np.float32(6.0)
    there = skin_distance(left.surface, points * (-1, 1, 1))
    assert there == pytest.approx(skin_distance(right.surface, points), abs=1e-6)


def test_the_drawn_surface_is_the_skin() -> None:
    hand = posed()
    depth, _ = drawn(hand)
    rows, columns = np.nonzero(depth)
    assert 3000 < len(rows) < 12000
    points = CAMERA.unproject(np.stack([columns, rows], axis=-1), depth[rows, columns])
    assert np.abs(skin_distance(hand.surface, points[::37])).max() < 0.1
    assert skin_distance(hand.surface, points[::37] - np.array([0, 0, 3], np.float32)).min() > 0.0


def test_visible_tips_are_drawn_before_their_joints() -> None:
    hand = posed("open_palm")
    depth, labels = drawn(hand)
    for joint in TIPS:
        u, v = np.round(CAMERA.project(hand.joints_mm[joint])).astype(int)
        behind = hand.joints_mm[joint, 2] - depth[v, u]
        assert 1.0 < behind < 14.0
        assert Part.FOREARM < labels[v, u] <= Part.LAST_BONE


def test_what_is_nearer_stays_in_front() -> None:
    hand = posed(z=450.0)
    depth = np.full((CAMERA.height, CAMERA.width), 300.0, np.float32)
    depth[:, 100:] = 2000.0
    before = depth.copy()
    labels = np.zeros(depth.shape, np.uint8)
    draw_implicit(depth, labels, hand.surface, CAMERA)
    assert (depth[:, :100] == before[:, :100]).all()
    assert (depth[:, 100:] < 600.0).any()


def test_people_differ() -> None:
    hands = [Hand(draw_person(np.random.default_rng(k))) for k in range(20)]
    lengths = np.array([np.linalg.norm(h.skeleton.joints[12]) for h in hands])
    assert 5.0 < lengths.std() < 25.0
    assert 150.0 < lengths.min() < lengths.max() < 220.0
