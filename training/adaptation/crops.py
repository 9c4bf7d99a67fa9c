"""Recorded hands as network inputs, and network outputs back in the camera's frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from engine.camera import FloatArray
from engine.tracking.crop_coordinates import uvd_to_camera
from engine.types import HandCrop
from training.crops.batches import CropImages
from training.models.live import LiveOutput

BATCH: Final = 64


def crop_images(crops: Sequence[HandCrop]) -> CropImages:
    """Crops as the estimator sees them."""
    image = torch.from_numpy(np.stack([crop.image for crop in crops])[:, None])
    return CropImages(image, torch.tensor([crop.perspective for crop in crops]))


@torch.no_grad()
def estimated(network: nn.Module, crops: CropImages) -> LiveOutput:
    """What ``network`` (in evaluation mode) makes of many crops."""
    device = next(network.parameters()).device
    parts = [
        network(image.to(device), perspective.to(device))
        for image, perspective in zip(
            crops.image.split(BATCH), crops.perspective.split(BATCH), strict=True
        )
    ]
    return LiveOutput(*(torch.cat(field).cpu() for field in zip(*parts, strict=True)))


def camera_joints(crops: Sequence[HandCrop], joints: Tensor) -> FloatArray:
    """Normalised crop coordinates [N, 21, 3] to mm, camera frame."""
    pairs = zip(crops, joints.numpy(), strict=True)
    return np.stack([uvd_to_camera(crop, points) for crop, points in pairs])


def expected_errors(crops: Sequence[HandCrop], log_sigma: Tensor) -> FloatArray:
    """Expected errors [N, 21] in mm."""
    halves = np.array([[0.5 * crop.cube_mm] for crop in crops], np.float32)
    return np.asarray(np.exp(log_sigma.clamp(-7.0, 1.0).numpy()) * halves, np.float32)
