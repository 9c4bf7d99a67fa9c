"""Random scenes: reproducible, with the hands that were asked for and nothing that hides them."""

from __future__ import annotations

import numpy as np
import pytest

from engine.camera import Camera
from engine.simulation.model import HandModel
from engine.simulation.render import Part
from engine.simulation.scene import hand_window, render
from engine.simulation.scene_sampler import SceneSampler
from engine.skeleton import Handedness

CAMERA = Camera(160, 120, 119.0, 119.0, 78.0, 60.0)
MODEL = HandModel.load()


@pytest.fixture(scope="module")
def sampler() -> SceneSampler:
    return SceneSampler(MODEL)


@pytest.mark.parametrize("hands", [0, 1, 2])
def test_scene_is_reproducible_and_has_its_hands(sampler: SceneSampler, hands: int) -> None:
    scenes = [sampler.sample(np.random.default_rng(4), CAMERA, hands) for _ in range(2)]
    images = [render(scene, CAMERA) for scene in scenes]
    assert np.array_equal(images[0].depth_mm, images[1].depth_mm)
    assert len(scenes[0].hands) == len(images[0].truths) == hands
    sides = [hand.handedness for hand in scenes[0].hands]
    assert len(set(sides)) == hands
    for hand in scenes[0].hands:
        assert np.linalg.det(hand.R_camera_from_hand) == pytest.approx(1.0, abs=1e-4)


def test_labels_say_which_hands_are_there(sampler: SceneSampler) -> None:
    for seed in range(12):
        rng = np.random.default_rng(seed)
        empty = render(sampler.sample(rng, CAMERA, 0), CAMERA)
        assert not np.any((empty.labels > 0) & (empty.labels < Part.BODY))
        one = render(sampler.sample(rng, CAMERA, 1), CAMERA)
        assert not np.any((one.labels == Part.OTHER_HAND) | (one.labels == Part.OTHER_FOREARM))
        assert np.array_equal(one.labels == Part.EMPTY, one.depth_mm == 0)


def test_most_hands_are_in_view_at_the_distance_asked_for(sampler: SceneSampler) -> None:
    seen, sides, people, centres = 0, [], 0, []
    for seed in range(60):
        scene = sampler.sample(np.random.default_rng(seed), CAMERA, 1, 250.0, 700.0)
        image = render(scene, CAMERA)
        bones = (image.labels > Part.FOREARM) & (image.labels <= Part.LAST_BONE)
        seen += int(bones.sum() > 60)
        people += int(np.any(scene.parts == Part.BODY))
        sides.append(scene.hands[0].handedness)
        centres.append(scene.hands[0].posed.joints_mm.mean(axis=0)[2])
    assert seen >= 52
    assert 12 < sides.count(Handedness.LEFT) < 48
    assert 8 < people < 40
    assert 249.0 < min(centres) < max(centres) < 701.0


def test_window_shows_the_same_as_the_whole(sampler: SceneSampler) -> None:
    camera = Camera(640, 480, 476.0, 476.0, 313.7, 242.8)
    scene = sampler.sample(np.random.default_rng(2), camera, 1, 500.0, 600.0)
    centre = scene.hands[0].posed.joints_mm.mean(axis=0)
    window = hand_window(camera, centre, 270.0)
    assert window is not None
    u, v, width, height = window
    whole, part = render(scene, camera), render(scene, camera, window)
    patch = (slice(v, v + height), slice(u, u + width))
    assert np.mean(whole.labels[patch] == part.labels) > 0.999
    same = whole.labels[patch] == part.labels
    assert np.allclose(whole.depth_mm[patch][same], part.depth_mm[same], rtol=1e-3)


def test_window_holds_the_cube_and_is_none_outside() -> None:
    camera = Camera(640, 480, 476.0, 476.0, 313.7, 242.8)
    window = hand_window(camera, np.array([10.0, -20.0, 600.0]), 270.0)
    assert window is not None
    u, v, width, height = window
    corners = np.array([(x, y, z) for x in (-125, 145) for y in (-155, 115) for z in (465, 735)])
    uv = camera.project(corners)
    assert (uv >= (u, v)).all()
    assert (uv <= (u + width, v + height)).all()
    assert hand_window(camera, np.array([2000.0, 0.0, 600.0]), 270.0) is None
    assert hand_window(camera, np.array([0.0, 0.0, -100.0]), 270.0) is None
