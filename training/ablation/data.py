"""Training crops whose scenes differ from the usual ones in one way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from engine.camera import Camera, FloatArray
from engine.simulation.angles import ANGLE_COUNT, LOWER_RAD, UPPER_RAD
from engine.simulation.camera_use import CameraUse
from engine.simulation.mesh_buffer import MeshBuffer, mesh_buffer
from engine.simulation.model import HandModel
from engine.simulation.sampler import PoseSampler
from engine.simulation.scene import Scene, SceneHand
from engine.simulation.scene_sampler import SceneSampler
from engine.simulation.sensors import DepthSensor
from engine.simulation.surroundings import Arm
from engine.skeleton import Handedness
from training.ablation.variants import SceneOptions
from training.crops.crop_sampler import CropConfig, CropSampler, SensorUse

_NO_PLANES = np.zeros((0, 7), np.float32)


class AnyPoses(PoseSampler):
    """Each angle drawn evenly between its limits, whether a hand can do it or not."""

    def sample(self, rng: Generator) -> NDArray[np.float32]:
        """See the class."""
        share = rng.random(ANGLE_COUNT, dtype=np.float32)
        return np.asarray(LOWER_RAD + share * (UPPER_RAD - LOWER_RAD), np.float32)


class VariantScenes(SceneSampler):
    """Scenes of a ``SceneOptions``; see its base."""

    def __init__(self, model: HandModel, scene: SceneOptions) -> None:
        shown = model if scene.forearm else without_forearm(model)
        super().__init__(shown, None if scene.sampler else AnyPoses(model))
        self._scene = scene

    def compose(
        self,
        rng: Generator,
        camera: Camera,
        hands: tuple[SceneHand, ...],
        use: CameraUse = CameraUse.FRONT,
    ) -> Scene:
        """The usual things around the hands, or nothing but their arms."""
        if self._scene.things:
            return super().compose(rng, camera, hands, use)
        buffer = mesh_buffer()
        self._add_arms(rng, [self.family_of(hand).arm(hand) for hand in hands], {}, buffer)
        return Scene(hands, *buffer.mesh(), _NO_PLANES)

    def _draw_shape(self, rng: Generator, model: HandModel) -> FloatArray:
        return np.float32(self._scene.shape_sd) * super()._draw_shape(rng, model)

    def _add_arms(
        self,
        rng: Generator,
        arms: list[Arm],
        shoulders: dict[Handedness, FloatArray],
        buffer: MeshBuffer,
    ) -> None:
        if self._scene.forearm:
            super()._add_arms(rng, arms, shoulders, buffer)


class VariantCrops(CropSampler):
    """Crops of a ``SceneOptions``. Used by one thread."""

    def __init__(self, scene: SceneOptions) -> None:
        changed: dict[str, Any] = {"cube_mm": scene.cube_mm}
        if not scene.augmented:
            changed |= {
                "views": 1,
                "crops_per_view": 1,
                "centre_sd_mm": (0.0,),
                "centre_shares": (1.0,),
            }
        scenes = VariantScenes(HandModel.load(), scene)
        super().__init__(scenes, replace(CropConfig(), **changed))
        self._noise = scene.noise

    def _draw_sensor(self, rng: Generator) -> tuple[DepthSensor, SensorUse]:
        sensor, use = super()._draw_sensor(rng)
        return (sensor if self._noise else replace(sensor, name="IDEAL")), use


def without_forearm(model: HandModel) -> HandModel:
    """``model``, of which nothing beyond the wrist is drawn."""
    hand = (model.bone_of_vertex > 0)[model.faces].all(axis=1)
    return replace(model, faces=model.faces[hand], faces_left=model.faces_left[hand])
