"""Hands of other origins: people's proportions, scenes that mix them, joints under the skin."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.camera import Camera
from engine.errors import InvalidInputError, ModelError
from engine.simulation.camera_use import CameraUse, draw_orientation, draw_use
from engine.simulation.model import HandModel
from engine.simulation.proportions import PROPORTIONS, load_hands, with_proportions
from engine.simulation.render import Part
from engine.simulation.scene import render
from engine.simulation.scene_sampler import OWN_SHARE, SceneSampler

CAMERA = Camera(160, 120, 119.0, 119.0, 78.0, 60.0)
MODEL = HandModel.load()
FOREIGN = Path(__file__).parents[3].parent / "shared" / "hands"


@pytest.fixture(scope="module")
def other() -> HandModel:
    """A hand of other proportions: a tenth smaller, with people's proportions as its shapes."""
    small = replace(MODEL, vertices=0.9 * MODEL.vertices, joints=0.9 * MODEL.joints)
    return with_proportions(small)


def test_proportions_move_the_pivots_with_the_skin(other: HandModel) -> None:
    assert other.n_shape == 1 + len(PROPORTIONS)
    for component in range(1, other.n_shape):
        shape = np.zeros(other.n_shape, np.float32)
        shape[component] = 2.0
        hand = other.pose(np.zeros(24), shape, np.eye(3), np.zeros(3))
        average = other.pose(np.zeros(24), 0 * shape, np.eye(3), np.zeros(3))
        moved = np.linalg.norm(hand.vertices_mm - average.vertices_mm, axis=1)
        assert 0.5 < moved.max() < 30.0
        # A fingertip's joint stays as far inside its skin as it was.
        for tip, bone in ((8, 7), (20, 16)):
            skin = other.bone_of_vertex == bone
            gaps = [
                np.linalg.norm(each.vertices_mm[skin] - each.joints_mm[tip], axis=1).min()
                for each in (hand, average)
            ]
            assert abs(gaps[0] - gaps[1]) < 1.5


def test_finger_lengths_differ_as_those_of_people_do(other: HandModel) -> None:
    rng = np.random.default_rng(0)
    ratios = []
    for _ in range(200):
        shape = rng.standard_normal(other.n_shape).astype(np.float32)
        joints = other.pose_joints(np.zeros(24), shape, np.eye(3), np.zeros(3))
        finger = np.linalg.norm(joints[12] - joints[9])
        ratios.append(finger / np.linalg.norm(joints[5] - joints[17]))
    assert 0.03 < np.std(ratios) / np.mean(ratios) < 0.15


def test_each_origin_has_its_share_and_both_hands_of_a_scene_are_one_person_s(
    other: HandModel,
) -> None:
    sampler = SceneSampler(MODEL, others=(other,))
    own = 0
    for seed in range(80):
        scene = sampler.sample(np.random.default_rng(seed), CAMERA, 2)
        first, second = scene.hands
        assert first.model is second.model
        assert np.array_equal(first.shape, second.shape)
        own += first.model is MODEL
        again = sampler.sample(np.random.default_rng(seed), CAMERA, 2)
        assert np.array_equal(first.posed.vertices_mm, again.hands[0].posed.vertices_mm)
    assert abs(own / 80 - OWN_SHARE) < 0.2


def test_joints_lie_under_the_skin_that_is_drawn(other: HandModel) -> None:
    for model in (MODEL, other):
        depths = []
        sampler = SceneSampler(model)
        for seed in range(40):
            scene = sampler.sample(np.random.default_rng(seed), CAMERA, 1, 200.0, 300.0)
            image = render(scene, CAMERA)
            joints = scene.hands[0].posed.joints_mm
            u, v = np.rint(CAMERA.project(joints)).astype(int).T
            for joint, (column, row) in enumerate(zip(u, v, strict=True)):
                if not (0 <= column < CAMERA.width and 0 <= row < CAMERA.height):
                    continue
                if Part.FOREARM < image.labels[row, column] <= Part.LAST_BONE:
                    depths.append(joints[joint, 2] - image.depth_mm[row, column])
        # Joints that other parts of the hand hide lie deeper.
        assert np.mean(np.array(depths) > -1.0) > 0.98
        assert 4.0 < np.median(depths) < 18.0


def test_cameras_stand_where_their_shares_say_and_see_backs_from_the_eyes() -> None:
    rng = np.random.default_rng(0)
    uses = [draw_use(rng) for _ in range(1000)]
    assert 0.2 < uses.count(CameraUse.EYES) / 1000 < 0.4
    backs, away = 0, 0
    for _ in range(400):
        R = draw_orientation(rng, CameraUse.EYES)
        assert np.linalg.det(R) == pytest.approx(1.0, abs=1e-6)
        assert np.allclose(R @ R.T, np.eye(3), atol=1e-6)
        backs += R[2, 2] > 0.3
        away += R[2, 1] > 0.0
    assert backs > 180
    assert away > 280


def test_a_folder_without_a_hand_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="holds no hand"):
        load_hands([tmp_path])
    (tmp_path / "hand.npz").write_bytes(b"not a hand")
    with pytest.raises(ModelError, match="damaged"):
        load_hands([tmp_path])


@pytest.mark.skipif(not FOREIGN.is_dir(), reason="no ../shared/hands beside the checkout")
def test_hands_of_other_origins_can_be_read() -> None:
    names = ("leap_basehand", "mrtk_openxr")
    models = load_hands([FOREIGN / name for name in names])
    assert len(models) == 2
    for model in models:
        assert np.abs(model.shape_basis[1:]).max() > 1.0
