"""Hands belong to somebody: arms to their own shoulders, pairs of hands to their owner's sides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.camera import Camera
from engine.simulation import scene_sampler
from engine.simulation.camera_use import CameraUse
from engine.simulation.hand_family import HandFamily
from engine.simulation.model import HandModel
from engine.simulation.person import sample_person
from engine.simulation.render import Part
from engine.simulation.scene import Scene
from engine.simulation.scene_sampler import SceneSampler
from engine.simulation.surroundings import add_arm
from engine.skeleton import Handedness

CAMERA = Camera(160, 120, 119.0, 119.0, 78.0, 60.0)
SAMPLER = SceneSampler(HandModel.load())
FAMILY = HandFamily.of(SAMPLER.model)


def scenes(use: CameraUse, hands: int, monkeypatch: pytest.MonkeyPatch) -> list[Scene]:
    monkeypatch.setattr(scene_sampler, "draw_use", lambda _: use)
    return [SAMPLER.sample(np.random.default_rng(seed), CAMERA, hands) for seed in range(200, 340)]


def is_right_one_on_its_side(scene: Scene, use: CameraUse) -> bool:
    """Whether the right hand is where its owner's right is, by how the first hand's arm lies."""
    right, left = sorted(scene.hands, key=lambda hand: hand.handedness is Handedness.LEFT)
    to_right = (right.posed.joints_mm - left.posed.joints_mm).mean(axis=0)
    arm = FAMILY.arm(scene.hands[0])
    if use is CameraUse.ABOVE:
        along = arm.wrist - arm.elbow
        return bool(along[0] * to_right[1] - along[1] * to_right[0] > 0.0)
    from_behind = use is CameraUse.EYES or arm.from_camera
    return bool((to_right[0] > 0.0) == from_behind)


@pytest.mark.parametrize("use", [CameraUse.FRONT, CameraUse.EYES, CameraUse.ABOVE])
def test_a_pair_of_hands_is_seldom_crossed(use: CameraUse, monkeypatch: pytest.MonkeyPatch) -> None:
    own = [is_right_one_on_its_side(scene, use) for scene in scenes(use, 2, monkeypatch)]
    assert 0.8 < np.mean(own) < 1.0


@pytest.mark.parametrize("use", list(CameraUse))
def test_an_arm_ends_at_the_shoulder_of_its_side(
    use: CameraUse, monkeypatch: pytest.MonkeyPatch
) -> None:
    shoulders: list[np.ndarray | None] = []

    def recorded(*given: Any) -> None:
        shoulders.append(given[-1])
        add_arm(*given)

    monkeypatch.setattr(scene_sampler, "add_arm", recorded)
    made = scenes(use, 1, monkeypatch)
    assert len(made) == len(shoulders)
    joined = [pair for pair in zip(made, shoulders, strict=True) if pair[1] is not None]
    assert joined
    for scene, shoulder in joined:
        assert shoulder is not None
        body = scene.vertices[scene.faces[scene.parts == Part.BODY].ravel()]
        on_the_left = shoulder[0] < body[:, 0].mean()
        assert on_the_left == (scene.hands[0].handedness is Handedness.RIGHT)


def test_a_person_before_the_camera_has_the_right_shoulder_on_the_left() -> None:
    people = [sample_person(np.random.default_rng(seed)) for seed in range(12)]
    assert all(p.right_shoulder[0] < -100.0 and p.left_shoulder[0] > 100.0 for p in people)


def test_own_eyes_see_forearms_come_from_their_owners_side(monkeypatch: pytest.MonkeyPatch) -> None:
    leans = []
    for scene in scenes(CameraUse.EYES, 1, monkeypatch):
        (hand,) = scene.hands
        arm = FAMILY.arm(hand)
        across, down = (arm.elbow - arm.wrist)[:2]
        side = 1.0 if hand.handedness is Handedness.RIGHT else -1.0
        if down > 0.0:
            leans.append(np.degrees(np.arctan2(side * across, down)))
    assert len(leans) > 90
    assert np.mean(np.array(leans) > 0.0) > 0.75
    assert 15.0 < np.median(leans) < 50.0
