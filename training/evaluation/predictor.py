"""Networks that tell where a hand's points are in a data set's frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from engine.camera import FloatArray
from engine.errors import InvalidInputError
from engine.tracking.crop_coordinates import CUBE_MM, crop_mm_to_camera
from engine.tracking.detect import Detector
from engine.tracking.estimate import Estimator
from engine.types import Frame, HandCrop
from training.crossing.networks import load_run
from training.crossing.preset import Preset
from training.datasets import AnnotatedFrame
from training.datasets.crops import cut_around

NEAREST_MM: Final = 100.0
_HAND_DEPTH_MM: Final = 150.0
Estimate = Callable[[HandCrop], FloatArray]
"""Points of a hand [J, 3] in mm, camera frame, in a crop."""


class Predictor:
    """Networks with the set's conventions: one hand of a known side in every frame.

    Args:
        estimate: what tells a hand's points in a crop.
        detector: what finds hands where no centre is given.
        cube_mm: side of the cube that is cut.
    """

    def __init__(self, estimate: Estimate, detector: Detector, cube_mm: float = CUBE_MM) -> None:
        self._estimate, self._detector, self._cube_mm = estimate, detector, cube_mm
        self.undetected = 0

    @classmethod
    def load(cls, models: Path | None, device: str, cube_mm: float) -> Predictor:
        """The networks in the folder ``models`` (the shipped ones if None) on an OpenVINO device.

        Raises:
            ModelError: if they cannot be loaded.
        """
        estimator = Estimator(device=device, directory=models)
        detector = Detector(device=device, directory=models)
        return cls(lambda crop: estimator(crop)[0].joints_mm, detector, cube_mm)

    def around(self, frame: AnnotatedFrame, centre_mm: NDArray[np.floating]) -> FloatArray:
        """The hand's points [J, 3] (mm, camera frame) in the cube around ``centre_mm`` [3]."""
        return self._estimate(cut_around(frame, centre_mm, self._cube_mm))

    def found(self, frame: AnnotatedFrame) -> FloatArray:
        """Points of the hand that is detected; the cube is put anew on the first estimate.

        Where none is detected the nearest thing is taken for it.
        """
        image = Frame(frame.depth_mm, 0.0, 0, frame.camera)
        regions = self._detector(image, 1)
        if regions:
            centre: NDArray[np.floating] = regions[0].centre_mm
        else:
            self.undetected += 1
            centre = nearest_thing(frame)
        return self.around(frame, self.around(frame, centre).mean(axis=0))


def nearest_thing(frame: AnnotatedFrame) -> FloatArray:
    """The middle [3] (mm, camera frame) of what lies nearest to the camera.

    Raises:
        InvalidInputError: if nothing was measured.
    """
    depth_mm = frame.depth_mm
    seen = depth_mm > NEAREST_MM
    if not seen.any():
        raise InvalidInputError(f"{frame.name} shows nothing: no depth was measured")
    near = seen & (depth_mm < depth_mm[seen].min() + _HAND_DEPTH_MM)
    rows, columns = np.nonzero(near)
    points = frame.camera.unproject(np.stack([columns, rows], axis=-1), depth_mm[near])
    return np.median(points, axis=0).astype(np.float32)


def posterior_predictor(run: Path, preset: Preset, device: str = "CPU") -> Predictor:
    """The posterior of a joint training in ``run``; hands are detected by the shipped network, on
    an OpenVINO ``device``.

    Raises:
        ModelError: if a checkpoint is missing, damaged or of another preset.
    """
    networks = load_run(run, preset)
    count = preset.joint_set.joints

    @torch.no_grad()
    def estimate(crop: HandCrop) -> FloatArray:
        image = torch.from_numpy(np.minimum(crop.image, np.float32(1.0)))[None, None]
        output = networks.discriminator(image, torch.tensor([crop.perspective]))
        points = networks.latent.decode(output.latent)[0, :count]
        return crop_mm_to_camera(crop, points.numpy())

    return Predictor(estimate, Detector(device=device))
