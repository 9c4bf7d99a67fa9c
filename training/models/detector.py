"""The hand detector: a low-resolution depth frame -> where right and left hands are.

A centre-point detector (Zhou et al. 2019, "Objects as points"): one heat map a side, maps that
refine the centre in the image and in depth, and one that tells of which side a hand is by what the
whole image shows: the body it belongs to, its arm, the other hand. Frames of every camera are
resampled to one focal length, so that the apparent size of a hand depends on its distance alone.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.models.trunk import Trunk, TrunkConfig

DETECTOR_TRUNK = TrunkConfig(
    inputs=2, stem=16, channels=(32, 64, 128), blocks=(2, 2, 2), fused=(32, 64, 64)
)
SIDE_CHANNELS = 32
COARSE = 4
"""Cells of the fine map along one side of a cell of the coarse one."""


class Detection(NamedTuple):
    """Network output for N frames of H x W pixels, on cells of 8 x 8 pixels.

    ``heat`` [N, 2, H/8, W/8] logits that the centre of a right (0) or left (1) hand lies in the
    cell; ``offset`` [N, 3, H/8, W/8]: the centre's position relative to the cell's centre in
    cells (u, v), and the logarithm of its depth in metres. ``side`` [N, 1, H/8, W/8]: log odds that
    a hand in the cell is a right one; means nothing where there is none.
    """

    heat: Tensor
    offset: Tensor
    side: Tensor


class SideHead(nn.Module):
    """Maps of the trunk (``fine`` [N, F, h, w], ``coarse`` [N, C, h/4, w/4]) -> log odds of right
    against left [N, 1, h, w].

    The coarse map sees bodies and arms; convolutions of one cell, as the detector must stay quick.
    """

    def __init__(self, fine: int, coarse: int) -> None:
        super().__init__()
        self.fine = nn.Conv2d(fine, SIDE_CHANNELS, 1)
        self.coarse = nn.Conv2d(coarse, SIDE_CHANNELS, 1)
        self.last = nn.Conv2d(SIDE_CHANNELS, 1, 1)

    def forward(self, fine: Tensor, coarse: Tensor) -> Tensor:
        """See the class."""
        up = functional.interpolate(self.coarse(coarse), scale_factor=float(COARSE), mode="nearest")
        return self.last(functional.relu(self.fine(fine) + up))


class HandDetector(nn.Module):
    """Image [N, 2, H, W] (see ``engine.tracking.detect.detector_image``) -> ``Detection``."""

    def __init__(self, trunk: TrunkConfig = DETECTOR_TRUNK) -> None:
        super().__init__()
        self.trunk = Trunk(trunk)
        self.dense = nn.Conv2d(trunk.fused[0], 5, 1)
        self.side = SideHead(trunk.fused[0], trunk.channels[-1])
        # Hands are rare among cells: start near the prior, or the first steps only unlearn.
        with torch.no_grad():
            assert self.dense.bias is not None
            self.dense.bias[:2] = -4.0

    def forward(self, image: Tensor) -> Detection:
        """See the class."""
        fine, coarse = self.trunk(image)
        maps = self.dense(fine)
        return Detection(maps[:, :2], maps[:, 2:], self.side(fine, coarse))
