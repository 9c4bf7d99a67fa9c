"""Training samples made as they are needed: random scenes, a random sensor, the live crop.

Everything is a function of a seed. Training draws its seeds below ``TEST_SEED``, tests above it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from engine.camera import Camera, FloatArray
from engine.simulation.model import HandModel
from engine.simulation.proportions import load_hands, with_free_bones
from engine.simulation.render import Part
from engine.simulation.scene import Rendering, Scene, moved, render
from engine.simulation.scene_sampler import SceneSampler
from engine.simulation.sensors import SENSORS, DepthSensor, sense
from engine.simulation.solids import turned
from engine.skeleton import JOINT_COUNT, Handedness
from engine.tracking.crop import cut_crop
from engine.tracking.crop_coordinates import CUBE_MM, camera_to_uvd
from engine.tracking.estimate import LEFT, NO_HAND, RIGHT
from engine.types import HandCrop
from training.crops.batches import EstimatorBatch
from training.crops.sensor_windows import sensor_window, union
from training.learning.workers import CHUNK

TEST_SEED: Final = 1 << 40
"""Seeds from here on are for tests alone."""
CUBE_REACH: Final = 0.36
"""The largest logarithm of a cube's side over the usual one: from 0.7 to 1.43 times."""
PLACE_TRIES: Final = 4
"""How often a place without a hand is looked for."""


@dataclass(frozen=True, slots=True)
class SensorUse:
    """How often a sensor is drawn and at what distance (mm) hands are shown to it."""

    share: float
    near_mm: float
    far_mm: float


SENSOR_USE: Final[dict[str, SensorUse]] = {
    "D435": SensorUse(0.18, 200.0, 1000.0),
    "D435_VGA": SensorUse(0.1, 200.0, 900.0),
    "D415": SensorUse(0.06, 320.0, 1000.0),
    "D455": SensorUse(0.06, 360.0, 1000.0),
    "D405": SensorUse(0.13, 140.0, 600.0),
    "SR305": SensorUse(0.16, 220.0, 900.0),
    "KINECT_V1": SensorUse(0.12, 430.0, 1100.0),
    "SENZ3D": SensorUse(0.11, 180.0, 900.0),
    "KINECT_V2": SensorUse(0.08, 420.0, 1100.0),
}


_NAMES: Final = tuple(SENSOR_USE)
_SHARES: Final = np.cumsum([use.share for use in SENSOR_USE.values()])
"""Shares of the sensors, summed."""


def draw_sensor(rng: np.random.Generator) -> tuple[DepthSensor, SensorUse]:
    """A sensor with jittered parameters, and the distances it is used at."""
    name = _NAMES[int(np.searchsorted(_SHARES, rng.random() * _SHARES[-1], side="right"))]
    return SENSORS[name].randomised(rng), SENSOR_USE[name]


@dataclass(frozen=True, slots=True)
class CropConfig:
    """What the estimator is trained on.

    ``left`` share of hands shown as left ones, ``nothing`` of scenes cropped where no hand is,
    ``solid`` of those crops cut at things and people rather than at any surface. A crop's centre
    is off by a normal error with one of ``centre_sd_mm``, drawn with ``centre_shares``: tracking
    is exact, detection is not. ``window_px`` bounds the rendered image, so that near hands cost no
    more than far ones. Scenes and pictures cost more than crops: of each scene ``views`` pictures
    are made, by different sensors of a kind from places around the hand (turned about it by
    ``around_deg``, sd an axis), and ``crops_per_view`` crops of each, about centres of their
    own and turned by ``roll_deg`` (sd) but for the first. A crop shows nothing if its centre is
    ``no_hand_mm`` from any hand's. ``cube_mm`` is the side of its cube,
    whose logarithm has one of the spreads ``cube_sd``, drawn with ``cube_shares``, and is at most
    ``CUBE_REACH``: a smaller cube shows what a larger person does. With ``free_bones`` each hand
    model is there a second time with bones that vary by themselves: where proportions only vary
    together, networks draw every hand towards those they know.
    """

    left: float = 0.0
    nothing: float = 0.15
    solid: float = 0.85
    centre_sd_mm: tuple[float, ...] = (5.0, 12.0, 24.0)
    centre_shares: tuple[float, ...] = (0.45, 0.4, 0.15)
    window_px: float = 144.0
    no_hand_mm: float = 95.0
    views: int = 2
    crops_per_view: int = 2
    around_deg: float = 14.0
    roll_deg: float = 45.0
    cube_mm: float = CUBE_MM
    cube_sd: tuple[float, ...] = (0.0,)
    cube_shares: tuple[float, ...] = (1.0,)
    free_bones: bool = False


Sample = tuple[HandCrop, FloatArray, int]
"""A crop, its joints [21, 3] in normalised crop coordinates, and its class."""


class CropSampler:
    """Makes the estimator's training crops. Used by one thread."""

    def __init__(self, scenes: SceneSampler, config: CropConfig | None = None) -> None:
        self.scenes, self.config = scenes, config or CropConfig()

    @classmethod
    def load(cls, hands: Sequence[Path] = (), config: CropConfig | None = None) -> CropSampler:
        """With the shipped hand model, and those in the folders ``hands``; raises what
        ``proportions.load_hands`` does."""
        own, others = HandModel.load(), load_hands(hands)
        if config is not None and config.free_bones:
            others += tuple(with_free_bones(model) for model in (own, *others))
        return cls(SceneSampler(own, others=others), config)

    def chunk(self, seed: int) -> EstimatorBatch:
        """16 crops of 128 x 128 pixels."""
        rng = np.random.default_rng(seed)
        made: list[Sample] = []
        while len(made) < CHUNK:
            made += self._views(rng)
        made = made[:CHUNK]
        return EstimatorBatch(
            image=torch.from_numpy(np.stack([crop.image for crop, _, _ in made])[:, None]),
            perspective=torch.tensor([crop.perspective for crop, _, _ in made]),
            joints=torch.from_numpy(np.stack([joints for _, joints, _ in made])),
            hand_class=torch.tensor([hand_class for _, _, hand_class in made]),
        )

    def _draw_sensor(self, rng: np.random.Generator) -> tuple[DepthSensor, SensorUse]:
        return draw_sensor(rng)

    def _views(self, rng: np.random.Generator) -> list[Sample]:
        """Crops of one scene; fewer than asked for where the hand cannot be seen."""
        config = self.config
        sensor, use = self._draw_sensor(rng)
        nothing = rng.random() < config.nothing
        hands = 0 if nothing and rng.random() < 0.4 else (2 if rng.random() < 0.12 else 1)
        scene = self.scenes.sample(rng, sensor.camera, hands, use.near_mm, use.far_mm)
        samples: list[Sample] = []
        for look in range(config.views):
            if look:
                sensor = sensor.randomised(rng)
            make = self._empty if nothing else self._hand
            seen = self._from_elsewhere(rng, scene, use) if look and scene.hands else scene
            samples += make(rng, seen, sensor, self._rolls(rng, first=not look))
        return samples

    def _from_elsewhere(self, rng: np.random.Generator, scene: Scene, use: SensorUse) -> Scene:
        """The scene turned a little about its first hand, which is a little nearer or farther."""
        centre = scene.hands[0].posed.joints_mm.mean(axis=0)
        distance = float(np.clip(centre[2] * math.exp(rng.normal(0.0, 0.15)), use.near_mm, None))
        place = centre * (distance / centre[2]) + np.array([*rng.normal(0.0, 25.0, 2), 0.0])
        R = turned(*rng.normal(0.0, self.config.around_deg, 3))
        return moved(scene, R, place - R @ centre)

    def _rolls(self, rng: np.random.Generator, *, first: bool) -> list[float]:
        """How each cut of a picture is turned (rad); a scene's first crop is upright."""
        rolls = np.deg2rad(rng.normal(0.0, self.config.roll_deg, self.config.crops_per_view))
        return [0.0, *rolls[1:].tolist()] if first else rolls.tolist()

    def _hand(
        self, rng: np.random.Generator, scene: Scene, sensor: DepthSensor, rolls: Sequence[float]
    ) -> list[Sample]:
        config, shown = self.config, scene.hands[0]
        joints = shown.posed.joints_mm
        sds = rng.choice(config.centre_sd_mm, len(rolls), p=config.centre_shares)
        centres = joints.mean(axis=0) + rng.normal(0.0, 1.0, (len(rolls), 3)) * sds[:, None]
        cubes = self._cubes(rng, len(rolls))
        seen = self._see(rng, scene, sensor, centres, rolls, cubes)
        if seen is None or not _visible(seen[2].labels):
            return []
        samples: list[Sample] = []
        for centre, roll, cube in zip(centres, rolls, cubes, strict=True):
            hand_class = LEFT if rng.random() < config.left else RIGHT
            mirrored = (shown.handedness is Handedness.LEFT) != (hand_class == LEFT)
            crop = self._cut(seen, centre, mirrored, roll, cube)
            samples.append((crop, camera_to_uvd(crop, joints), hand_class))
        return samples

    def _empty(
        self, rng: np.random.Generator, scene: Scene, sensor: DepthSensor, rolls: Sequence[float]
    ) -> list[Sample]:
        samples: list[Sample] = []
        for roll in rolls:
            tries = (self._elsewhere(rng, scene, sensor.camera) for _ in range(PLACE_TRIES))
            centre = next((place for place in tries if place is not None), None)
            if centre is None:
                continue
            cubes = self._cubes(rng, 1)
            seen = self._see(rng, scene, sensor, centre[None], (roll,), cubes)
            if seen is not None:
                crop = self._cut(seen, centre, bool(rng.random() < 0.5), roll, cubes[0])
                samples.append((crop, np.zeros((JOINT_COUNT, 3), np.float32), NO_HAND))
        return samples

    def _cubes(self, rng: np.random.Generator, count: int) -> list[float]:
        """Sides of cubes in mm."""
        config = self.config
        if not any(config.cube_sd):
            return [config.cube_mm] * count
        sds = rng.choice(config.cube_sd, count, p=config.cube_shares)
        size = np.clip(sds * rng.standard_normal(count), -CUBE_REACH, CUBE_REACH)
        return list((config.cube_mm * np.exp(size)).tolist())

    @staticmethod
    def _cut(
        seen: tuple[FloatArray, Camera, Rendering],
        centre: FloatArray,
        mirrored: bool,
        roll: float,
        cube_mm: float,
    ) -> HandCrop:
        depth, camera, _ = seen
        return cut_crop(depth, camera, centre, mirrored=mirrored, cube_mm=cube_mm, roll_rad=roll)

    def _elsewhere(
        self, rng: np.random.Generator, scene: Scene, camera: Camera
    ) -> FloatArray | None:
        """A point in view on some surface with no hand's centre near it.

        More often on solid things than on walls and desks, and on each kind of thing equally often:
        where training cut any pixel's surroundings, bottles and mugs passed for arms and fists.
        """
        if len(scene.faces) and rng.random() < self.config.solid:
            part = rng.choice(np.unique(scene.parts))
            face = scene.faces[rng.choice(np.flatnonzero(scene.parts == part))]
            point = scene.vertices[face].mean(axis=0)
            if not 120.0 < point[2] < 1600.0:
                return None
            u, v = camera.project(point)
            if not (0 <= u < camera.width and 0 <= v < camera.height):
                return None
        else:
            low = camera.resized(camera.width // 8, camera.height // 8)
            depth = render(scene, low).depth_mm
            rows, columns = np.nonzero((depth > 120.0) & (depth < 1600.0))
            if not len(rows):
                return None
            pick = int(rng.integers(len(rows)))
            uv = np.array([columns[pick], rows[pick]])
            point = low.unproject(uv, np.asarray(depth[rows[pick], columns[pick]]))
        point[2] += rng.uniform(-10.0, 40.0)
        centres = [hand.posed.joints_mm.mean(axis=0) for hand in scene.hands]
        if any(np.linalg.norm(centre - point) < self.config.no_hand_mm for centre in centres):
            return None
        return point

    def _see(
        self,
        rng: np.random.Generator,
        scene: Scene,
        sensor: DepthSensor,
        centres: FloatArray,
        rolls: Sequence[float],
        cubes: Sequence[float],
    ) -> tuple[FloatArray, Camera, Rendering] | None:
        """What the sensor measures in the window that shows the crops around ``centres`` [N, 3],
        with that window's camera."""
        if centres[:, 2].min() < 100.0:
            return None
        full = sensor.camera
        pixels = max(cubes) * 1.2 * full.fx / float(np.linalg.norm(centres[0]))
        scale = min(1.0, self.config.window_px / pixels)
        camera = full.resized(round(full.width * scale), round(full.height * scale))
        turned = zip(centres, rolls, cubes, strict=True)
        windows = [sensor_window(sensor, camera, *each) for each in turned]
        window = union([each for each in windows if min(each[2:]) >= 20])
        if window is None:
            return None
        rendering = render(scene, camera, window)
        u0, v0, width, height = window
        depth = sense(sensor, rendering.depth_mm, camera.fx, rng, u0, rendering.labels)
        lens = (camera.fx, camera.fy, camera.cx - u0, camera.cy - v0)
        return depth, Camera(width, height, *lens), rendering


def _visible(labels: NDArray[np.uint8]) -> bool:
    """True if enough of the first hand (its bones, without the forearm) is seen in a window."""
    # Unsigned numbers below the first bone's wrap round to large ones: one comparison for two.
    return int(np.count_nonzero(labels - np.uint8(Part.FOREARM + 1) < 16)) > 250
