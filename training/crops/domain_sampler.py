"""Synthetic hands of some people before some sensors, as crops.

A hand with its forearm alone before the camera, as the field's data sets show it after the crop, or
in a scene with a person and things, as it is met in use. A domain's people are a few fixed shapes,
so a test can show people that training never saw.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from engine.camera import Camera, FloatArray
from engine.simulation.joints import PIVOTS_FROM_JOINTS
from engine.simulation.model import HandModel
from engine.simulation.orientation import sample_orientations
from engine.simulation.render import Part
from engine.simulation.sampler import PoseSampler
from engine.simulation.scene import Scene, SceneHand, hand_window, render
from engine.simulation.scene_sampler import SceneSampler
from engine.simulation.sensors import SENSORS, DepthSensor, sense
from engine.skeleton import WRIST, Handedness
from engine.tracking.crop import cut_crop
from engine.tracking.crop_coordinates import CUBE_MM
from training.crops.crop_dataset import Sample, sample_of
from training.crops.crop_sampler import SENSOR_USE, SensorUse
from training.models.rig import FOREARM_POINT_MM

ANY_USE: Final = SensorUse(1.0, 250.0, 900.0)
MIN_PIXELS: Final = 250
"""A hand of which fewer pixels are seen is drawn again."""
TOWARDS_MM: Final = 50.0
"""A forearm whose point is so much nearer to the camera than the wrist hides the hand, and its cut
end would be seen."""


@dataclass(frozen=True, slots=True)
class Domain:
    """Whose hands ``sensors`` see: ``people`` shapes drawn from ``people_seed``, their coefficients
    moved by ``shape_shift`` (standard deviations of adults); ``centre_sd_mm`` error of the cube's
    centre per axis; ``scenes``: people, arms, things and walls stand around the hand."""

    sensors: tuple[str, ...]
    people: int
    people_seed: int
    shape_shift: float
    centre_sd_mm: float = 8.0
    scenes: bool = False

    def shapes(self, count: int) -> FloatArray:
        """The people [people, count]."""
        rng = np.random.default_rng([self.people_seed, 77])
        drawn = rng.standard_normal((self.people, count)) + self.shape_shift
        return np.clip(drawn, -2.5, 2.5).astype(np.float32)

    def sampler(self) -> SampleSource:
        """What makes its crops."""
        return DomainSampler(self)


class SampleSource(Protocol):
    """Makes the crop of a number, always the same one."""

    def sample(self, seed: int) -> Sample: ...


class DomainSampler:
    """Crops of one domain. Used by one thread."""

    def __init__(self, domain: Domain, model: HandModel | None = None) -> None:
        self._model = model or HandModel.load()
        self._domain, self._poses = domain, PoseSampler(self._model)
        self._shapes = domain.shapes(self._model.n_shape)
        self._scenes = SceneSampler(self._model, self._poses)

    def sample(self, seed: int) -> Sample:
        """The crop of ``seed``."""
        rng = np.random.default_rng([self._domain.people_seed, seed])
        while True:
            sample = self._attempt(rng)
            if sample is not None:
                return sample

    def _attempt(self, rng: np.random.Generator) -> Sample | None:
        names = self._domain.sensors
        name = names[int(rng.integers(len(names)))] if len(names) > 1 else names[0]
        use, sensor = SENSOR_USE.get(name, ANY_USE), SENSORS[name].randomised(rng)
        distance = use.near_mm * (use.far_mm / use.near_mm) ** rng.random()
        uv = rng.uniform(0.2, 0.8, 2) * (sensor.camera.width, sensor.camera.height)
        hand = self._hand(rng, sensor.camera.unproject(uv, np.asarray(distance)))
        return self.photograph(rng, sensor, hand)

    def photograph(
        self, rng: np.random.Generator, sensor: DepthSensor, hand: SceneHand
    ) -> Sample | None:
        """The crop of ``hand`` before ``sensor``; None if it hides itself or is out of view."""
        points = self._points(hand)
        if points[-1, 2] < points[0, 2] - TOWARDS_MM:
            return None
        centre = hand.posed.joints_mm.mean(axis=0)
        centre = centre + rng.normal(0.0, self._domain.centre_sd_mm, 3)
        window = hand_window(sensor.camera, centre, CUBE_MM)
        if window is None:
            return None
        scene = self._scene(rng, sensor.camera, hand)
        rendering = render(scene, sensor.camera, window)
        if int((rendering.labels > Part.FOREARM).sum()) < MIN_PIXELS:
            return None
        u0, v0, width, height = window
        full = sensor.camera
        depth = sense(sensor, rendering.depth_mm, full.fx, rng, u0, rendering.labels)
        lens = (full.fx, full.fy, full.cx - u0, full.cy - v0)
        crop = cut_crop(depth, Camera(width, height, *lens), centre)
        return sample_of(crop, points)

    def _scene(self, rng: np.random.Generator, camera: Camera, hand: SceneHand) -> Scene:
        if self._domain.scenes:
            return self._scenes.compose(rng, camera, (hand,))
        return Scene((hand,), *NOTHING)

    def _hand(self, rng: np.random.Generator, centre_mm: FloatArray) -> SceneHand:
        shape = self._shapes[int(rng.integers(len(self._shapes)))]
        R = sample_orientations(rng, 1)[0].astype(np.float32)
        return self.pose(self._poses.sample(rng), shape, R, centre_mm)

    def pose(
        self, angles: FloatArray, shape: FloatArray, R: FloatArray, centre_mm: FloatArray
    ) -> SceneHand:
        """A right hand whose joints' mean is ``centre_mm`` [3]."""
        joints = self._model.pose_joints(angles, shape, R, np.zeros(3, np.float32))
        t = (centre_mm - joints.mean(axis=0)).astype(np.float32)
        posed = self._model.pose(angles, shape, R, t)
        return SceneHand(self._model, angles, shape, R, t, Handedness.RIGHT, posed)

    def _points(self, hand: SceneHand) -> FloatArray:
        """The joints and the forearm's point [22, 3], mm, camera frame."""
        forearm = self._model.forearm_direction(hand.angles) * FOREARM_POINT_MM
        wrist = PIVOTS_FROM_JOINTS[WRIST] @ hand.posed.joints_mm
        point = wrist + hand.R_camera_from_hand @ forearm
        return np.concatenate([hand.posed.joints_mm, point[None]]).astype(np.float32)

    def samples(self, count: int) -> Iterator[Sample]:
        """The first ``count`` crops."""
        return (self.sample(seed) for seed in range(count))


NOTHING: Final = (
    np.zeros((0, 3), np.float32),
    np.zeros((0, 3), np.int32),
    np.zeros(0, np.uint8),
    np.zeros((0, 7), np.float32),
)
"""No bodies and no planes."""
