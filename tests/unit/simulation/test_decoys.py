"""Things taken for hands, held things and empty scenes: in view, reproducible, rightly labelled."""

from __future__ import annotations

import numpy as np
import pytest

from engine.camera import Camera
from engine.simulation import scene_sampler
from engine.simulation.decoys import add_decoy
from engine.simulation.handless import scene_without_hands
from engine.simulation.held import add_held
from engine.simulation.mesh_buffer import add_lathe, mesh_buffer
from engine.simulation.model import HandModel
from engine.simulation.render import Part
from engine.simulation.scene import Scene, moved, render
from engine.simulation.scene_sampler import SceneSampler
from engine.simulation.sensors import SENSORS, sense

CAMERA = Camera(160, 120, 150.0, 150.0, 79.5, 59.5)
NO_PLANES = np.zeros((0, 7), np.float32)


def test_decoys_stay_within_the_radius_they_tell() -> None:
    seen = set()
    for seed in range(60):
        rng, buffer = np.random.default_rng(seed), mesh_buffer()
        centre = np.array([20.0, -10.0, 900.0])
        radius = add_decoy(rng, buffer, centre)
        vertices, faces, parts = buffer.mesh()
        assert len(faces) == len(parts) > 0
        assert np.isfinite(vertices).all()
        assert np.linalg.norm(vertices - centre, axis=1).max() < 1.3 * radius + 10.0
        seen |= set(np.unique(parts).tolist())
        again = mesh_buffer()
        add_decoy(np.random.default_rng(seed), again, centre)
        assert np.array_equal(vertices, again.mesh()[0])
    assert seen == {Part.DECOY, Part.ROUGH}


def test_rough_surfaces_are_measured_in_patches() -> None:
    depth = np.full((120, 160), 400.0, np.float32)
    shares = []
    for seed in range(30):
        labels = np.full(depth.shape, Part.ROUGH, np.uint8)
        seen = sense(SENSORS["D435"], depth, 150.0, np.random.default_rng(seed), 0, labels)
        shares.append(float((seen == 0).mean()))
    assert 0.15 < np.mean(shares) < 0.6
    labels = np.full(depth.shape, Part.FOREARM, np.uint8)
    seen = sense(SENSORS["D435"], depth, 150.0, np.random.default_rng(1), 0, labels)
    assert (seen[:, 40:] > 0).mean() > 0.98  # the left border is out of the second view


def test_a_bowl_is_open_and_closed_solids_face_outward() -> None:
    rings = np.array([[0.0, 40.0], [60.0, 50.0], [60.0, 46.0], [5.0, 36.0]])
    buffer = mesh_buffer()
    # The opening looks at the camera: what is seen in its middle is the floor inside.
    add_lathe(buffer, np.array([0.0, 0.0, 500.0]), np.array([0.0, 0.0, -1.0]), rings, Part.DECOY)
    image = render(Scene((), *buffer.mesh(), NO_PLANES), CAMERA)
    assert image.depth_mm[60, 80] == pytest.approx(495.0, abs=0.5)
    rim = image.depth_mm[image.depth_mm > 0].min()
    assert rim == pytest.approx(440.0, abs=0.5)


def test_empty_scenes_show_decoys_heads_with_holes_and_no_hand() -> None:
    decoys = rough_heads = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        scene = scene_without_hands(rng, CAMERA, np.array([0.0, 0.0, 700.0]), 250.0)
        assert scene.hands == ()
        labels = set(np.unique(scene.parts).tolist())
        decoys += bool(labels & {Part.DECOY, Part.ROUGH})
        rough_heads += Part.BODY in labels and Part.HEAD not in labels
    assert 30 < decoys < 57
    assert 4 < rough_heads < 25


def test_held_things_are_at_the_hand() -> None:
    model = HandModel.load()
    hand = model.pose(np.zeros(24), np.zeros(model.n_shape), np.eye(3), np.array([0.0, 0.0, 400.0]))
    for seed in range(40):
        buffer = mesh_buffer()
        add_held(np.random.default_rng(seed), buffer, hand.joints_mm, np.eye(3, dtype=np.float32))
        vertices, _, parts = buffer.mesh()
        assert set(parts.tolist()) == {Part.HELD}
        gaps = np.linalg.norm(vertices[:, None] - hand.joints_mm[None], axis=2)
        assert gaps.min() < 110.0


def test_held_things_have_their_share(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = SceneSampler(HandModel.load())
    for share, low, high in ((scene_sampler.HELD_SHARE, 4, 30), (0.0, 0, 0)):
        monkeypatch.setattr(scene_sampler, "HELD_SHARE", share)
        scenes = [sampler.sample(np.random.default_rng(k), CAMERA, 1) for k in range(80)]
        assert low <= sum(bool((scene.parts == Part.HELD).any()) for scene in scenes) <= high


def test_a_moved_scene_is_the_same_scene_seen_from_elsewhere() -> None:
    scene = SceneSampler(HandModel.load()).sample(np.random.default_rng(2), CAMERA, 2)
    angle = np.deg2rad(20.0)
    R = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    t = np.array([5.0, -7.0, 60.0])
    there = moved(scene, R, t)
    for hand, after in zip(scene.hands, there.hands, strict=True):
        posed = hand.model.pose(
            after.angles, after.shape, after.R_camera_from_hand, after.t_camera_from_hand,
            after.handedness,
        )  # fmt: skip
        assert np.abs(posed.joints_mm - after.posed.joints_mm).max() < 0.05
        assert np.allclose(hand.posed.joints_mm @ R.T + t, after.posed.joints_mm, atol=0.01)
    back = moved(there, R.T, -R.T @ t)
    assert np.abs(back.vertices - scene.vertices).max() < 0.05
    assert np.abs(back.planes - scene.planes).max() < 0.05
