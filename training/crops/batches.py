"""Crops as tensors, as the losses take them."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class CropImages(NamedTuple):
    """``image`` [N, 1, H, H] in [-1, 1] and ``perspective`` [N]."""

    image: Tensor
    perspective: Tensor


class EstimatorBatch(NamedTuple):
    """``image`` [N, 1, H, H] and ``perspective`` [N]; ``joints`` [N, 21, 3] in normalised crop
    coordinates; ``hand_class`` [N] int64 (``engine.tracking.estimate``)."""

    image: Tensor
    perspective: Tensor
    joints: Tensor
    hand_class: Tensor
