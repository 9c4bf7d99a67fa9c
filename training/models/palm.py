"""The palm's frame: where a hand is and how it is turned, read off its joints."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

PALM: Final = (0, 5, 9, 13, 17)
"""Wrist and knuckles, which move as one; the root is their mean."""
WRIST, INDEX, MIDDLE, LITTLE = 0, 5, 9, 17


def root_of(points: Tensor) -> Tensor:
    """Root [N, 1, 3] of points [N, P, 3]."""
    return points[:, PALM].mean(dim=1, keepdim=True)


def palm_rotation(points: Tensor) -> Tensor:
    """R_crop_from_palm [N, 3, 3] of points [N, P, 3]: +y to the middle knuckle, +x to the thumb."""
    y = points[:, MIDDLE] - points[:, WRIST]
    return frame_of(y, points[:, INDEX] - points[:, LITTLE])


def frame_of(y: Tensor, x: Tensor) -> Tensor:
    """The rotation [N, 3, 3] with its second column along ``y`` and its first nearest to ``x``."""
    y = y / y.norm(dim=1, keepdim=True).clamp(min=1e-6)
    x = x - (x * y).sum(dim=1, keepdim=True) * y
    x = x / x.norm(dim=1, keepdim=True).clamp(min=1e-6)
    return torch.stack([x, y, torch.linalg.cross(x, y)], dim=2)
