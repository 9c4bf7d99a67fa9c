"""The hand detector: a low-resolution depth frame -> where right and left hands are.

A centre-point detector (Zhou et al. 2019, "Objects as points"): one heat map a side, and maps that
refine the centre in the image and in depth. Frames of every camera are resampled to one focal
length, so that the apparent size of a hand depends on its distance alone.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from training.models.trunk import Trunk, TrunkConfig

DETECTOR_TRUNK = TrunkConfig(
    inputs=2, stem=16, channels=(32, 64, 128), blocks=(2, 2, 2), fused=(32, 64, 64)
)


class Detection(NamedTuple):
    """Network output for N frames of H x W pixels, on cells of 8 x 8 pixels.

    ``heat`` [N, 2, H/8, W/8] logits that the centre of a right (0) or left (1) hand lies in the
    cell; ``offset`` [N, 3, H/8, W/8]: the centre's position relative to the cell's centre in
    cells (u, v), and the logarithm of its depth in metres.
    """

    heat: Tensor
    offset: Tensor


class HandDetector(nn.Module):
    """Image [N, 2, H, W] (see ``engine.tracking.detect.detector_image``) -> ``Detection``."""

    def __init__(self, trunk: TrunkConfig = DETECTOR_TRUNK) -> None:
        super().__init__()
        self.trunk = Trunk(trunk)
        self.dense = nn.Conv2d(self.trunk.config.fused[0], 5, 1)
        # Hands are rare among cells: start near the prior, or the first steps only unlearn.
        with torch.no_grad():
            assert self.dense.bias is not None
            self.dense.bias[:2] = -4.0

    def forward(self, image: Tensor) -> Detection:
        """See the class."""
        features, _ = self.trunk(image)
        maps = self.dense(features)
        return Detection(maps[:, :2], maps[:, 2:])
