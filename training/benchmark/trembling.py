"""How far an estimate moves when nothing but the crop around a resting hand does.

A followed hand is cropped anew in each frame, a little beside the last place; what the estimate
makes of that is trembling.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from torch import Tensor

from engine.camera import FloatArray
from engine.skeleton import JOINT_COUNT
from engine.tracking.crop_coordinates import CUBE_MM
from training.benchmark.crops import CropSet
from training.crops.augment import AugmentConfig, View, view
from training.crops.crop_dataset import Sample

MOVED: Final = AugmentConfig(roll_deg=3.0, shift_mm=5.0, scale=0.0)
VIEWS: Final = 4
_NO_POINTS: Final = np.zeros((JOINT_COUNT, 3), np.float32)


def trembling_mm(joints_of: Callable[[Tensor], Tensor], crops: CropSet, seed: int = 0) -> float:
    """Spread of the joints in mm over ``VIEWS`` views of each of ``crops``.

    The root of the summed variance of x, y and z, mean over joints and hands. ``joints_of`` makes
    joints [N, 21, 3] in normalised crop coordinates of images [N, 1, 128, 128]. What lies beyond
    the camera's image is empty here.
    """
    rng = np.random.default_rng(seed)
    spreads = []
    for image, perspective in zip(crops.image[:, 0].numpy(), crops.perspective, strict=True):
        sample = Sample(np.minimum(image, np.float32(1.0)), float(perspective), _NO_POINTS)
        views = [view(sample, MOVED, rng) for _ in range(VIEWS)]
        seen = torch.from_numpy(np.stack([each.sample.image for each in views]))[:, None]
        found = joints_of(seen).numpy()
        places = np.stack([_unmoved(*each) for each in zip(views, found, strict=True)])
        spreads.append(np.sqrt(places.var(axis=0).sum(axis=-1)).mean())
    return float(np.mean(spreads))


def _unmoved(view: View, joints: FloatArray) -> FloatArray:
    """Joints [21, 3] in a view's normalised coordinates to mm in the frame of the crop itself."""
    points = joints * np.float32(CUBE_MM / 2)
    points[:, :2] *= 1.0 + joints[:, 2:] * view.sample.perspective
    return np.asarray((points - view.shift) @ view.turn)
