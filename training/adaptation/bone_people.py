"""Synthetic people of known bones, each before one sensor, to measure bone lengths on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from engine.camera import Camera, FloatArray
from engine.simulation.depth_sensor import DepthSensor
from engine.simulation.joints import JOINTS_FROM_PIVOTS
from engine.simulation.model import HandModel
from engine.simulation.orientation import sample_orientations
from engine.simulation.proportions import load_hands, with_free_bones
from engine.simulation.render import Part
from engine.simulation.sampler import PoseSampler
from engine.simulation.scene import Scene, SceneHand, hand_window, render
from engine.simulation.sensors import sense
from engine.skeleton import Handedness
from engine.tracking.bones import bone_lengths
from engine.tracking.crop_coordinates import CUBE_MM
from training.adaptation.hands import KEPT_SHARE, UNIT_MM, RecordedHand
from training.crops.crop_sampler import SensorUse, draw_sensor
from training.crops.domain_sampler import NOTHING

WINDOW_PX: Final = 220
"""Most pixels along a side of the rendered part."""
NEAR_MM, FAR_MM = 250.0, 800.0
CENTRE_MM: Final = 8.0
"""Spread of the crop's centre about the hand's, as tracking leaves it."""
MIN_PIXELS: Final = 250
TOWARDS_MM: Final = 50.0
"""A forearm so much nearer to the camera than the wrist hides the hand."""


class SyntheticPerson(NamedTuple):
    """``hands`` of one person, their true ``joints_mm`` [N, 21, 3], camera frame, and the person's
    ``bones_mm`` [20] with the hand at rest."""

    hands: tuple[RecordedHand, ...]
    joints_mm: FloatArray
    bones_mm: FloatArray


def families(folders: Sequence[Path] = ()) -> tuple[HandModel, ...]:
    """The shipped hand model with free bones, and those in ``folders`` with people's proportions
    and free bones.

    Raises:
        InvalidInputError: if a folder holds no hand.
        ModelError: if a hand is damaged.
    """
    return tuple(with_free_bones(model) for model in (HandModel.load(), *load_hands(folders)))


class PersonSampler:
    """Draws people of one hand model. Used by one thread."""

    def __init__(self, model: HandModel) -> None:
        self._model, self._poses = model, PoseSampler(model)

    def people(self, seed: Sequence[int], count: int, frames: int) -> Iterator[SyntheticPerson]:
        """``count`` people with ``frames`` hands each; person k is the same for every count."""
        for number in range(count):
            yield self._person(np.random.default_rng([*seed, number]), frames)

    def _person(self, rng: np.random.Generator, frames: int) -> SyntheticPerson:
        shape = np.clip(rng.standard_normal(self._model.n_shape), -2.5, 2.5).astype(np.float32)
        sensor, use = draw_sensor(rng)
        made: list[tuple[RecordedHand, FloatArray]] = []
        while len(made) < frames:
            hand = self._hand(rng, sensor, use, shape)
            shown = _photographed(rng, sensor, hand, len(made))
            if shown is not None:
                made.append((shown, hand.posed.joints_mm))
        hands, joints = zip(*made, strict=True)
        bones = bone_lengths(JOINTS_FROM_PIVOTS @ self._model.rest_joints(shape))
        return SyntheticPerson(hands, np.stack(joints), bones)

    def _hand(
        self, rng: np.random.Generator, sensor: DepthSensor, use: SensorUse, shape: FloatArray
    ) -> SceneHand:
        """A right hand whose forearm does not hide it, somewhere in view."""
        near, far = max(use.near_mm, NEAR_MM), min(use.far_mm, FAR_MM)
        model, camera = self._model, sensor.camera
        while True:
            distance = np.asarray(near * (far / near) ** rng.random())
            centre = camera.unproject(
                rng.uniform(0.25, 0.75, 2) * (camera.width, camera.height), distance
            )
            angles, R = self._poses.sample(rng), sample_orientations(rng, 1)[0].astype(np.float32)
            if (R @ model.forearm_direction(angles))[2] * 3 * TOWARDS_MM > -TOWARDS_MM:
                break
        joints = model.pose_joints(angles, shape, R, np.zeros(3, np.float32))
        t = (centre - joints.mean(axis=0)).astype(np.float32)
        posed = model.pose(angles, shape, R, t, bulge=1.0)
        return SceneHand(model, angles, shape, R, t, Handedness.RIGHT, posed)


def _photographed(
    rng: np.random.Generator, sensor: DepthSensor, hand: SceneHand, frame: int
) -> RecordedHand | None:
    """``hand`` alone as ``sensor`` sees it; None if it is out of view or hidden by itself."""
    joints = hand.posed.joints_mm
    centre = joints.mean(axis=0)
    pixels = KEPT_SHARE * CUBE_MM * sensor.camera.fx / float(centre[2])
    scale = min(1.0, WINDOW_PX / pixels)
    width, height = round(sensor.camera.width * scale), round(sensor.camera.height * scale)
    camera = sensor.camera.resized(width, height)
    window = hand_window(camera, centre, KEPT_SHARE * CUBE_MM)
    if window is None:
        return None
    rendering = render(Scene((hand,), *NOTHING), camera, window)
    if int((rendering.labels > Part.FOREARM).sum()) < MIN_PIXELS:
        return None
    u0, v0, width, height = window
    depth = sense(sensor, rendering.depth_mm, camera.fx, rng, u0, rendering.labels)
    part = Camera(width, height, camera.fx, camera.fy, camera.cx - u0, camera.cy - v0)
    stored = np.clip(np.rint(depth / UNIT_MM), 0, 65535).astype(np.uint16)
    off = (centre + rng.normal(0.0, CENTRE_MM, 3)).astype(np.float32)
    return RecordedHand(stored, part, off, Handedness.RIGHT, 0, frame, frame * 1000.0 / 30.0, 0)
