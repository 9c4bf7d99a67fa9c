"""The estimator: depth crop -> 21 joints, their spread, and what the crop shows.

A dense head after AWR (Huang et al., AAAI 2020, "Adaptive weighting regression"): every cell of a
16x16 map votes for each joint with a weight and an offset, and the votes are integrated. Beside
it a classifier on the pooled features of the same trunk tells a right hand from a left one and
from anything else.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.skeleton import JOINT_COUNT
from engine.tracking.crop_coordinates import CROP_SIZE
from training.models.sizes import shrunk
from training.models.trunk import STRIDE, Trunk, TrunkConfig, convolution

CLASS_COUNT = 3
CLASS_CHANNELS, CLASS_HIDDEN = 32, 128


class Estimate(NamedTuple):
    """Network output for N crops, in normalised crop coordinates (half a cube = 1).

    ``joints`` [N, 21, 3] (u, v, d); ``log_sigma`` [N, 21] log of the expected absolute error;
    ``class_logits`` [N, 3]; ``heat`` [N, 21, H/8 * W/8] voting log-weights (training only).
    """

    joints: Tensor
    log_sigma: Tensor
    class_logits: Tensor
    heat: Tensor


class DenseOutput(NamedTuple):
    """What trunk and dense head see: ``joints``, ``heat`` and ``spread`` [N, 21] of the votes as
    ``integrate_votes`` gives them, and the trunk's ``top`` [N, width, H/32, W/32]."""

    joints: Tensor
    spread: Tensor
    heat: Tensor
    top: Tensor


def integrate_votes(maps: Tensor, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Votes of every cell for every joint, integrated.

    ``maps`` [N, 4 * 21, h, w] log-weights and offsets (u, v, d) of the votes, ``image``
    [N, 1, H, W]; returns joints [N, 21, 3] in normalised crop coordinates, how far the votes are
    spread [N, 21], and their log-weights [N, 21, h * w].
    """
    n, _, height, width = maps.shape
    maps = maps.reshape(n, 4, JOINT_COUNT, height * width)
    heat, offsets = maps[:, 0], maps[:, 1:]
    weights = torch.softmax(heat, dim=-1)
    votes = offsets + _cell_coordinates(image, height, width)
    joints = (weights.unsqueeze(1) * votes).sum(dim=-1).transpose(1, 2)
    # How far the votes are spread is the best single hint of how wrong they are.
    gaps = (votes[:, :2] - joints[:, :, :2].transpose(1, 2).unsqueeze(-1)).abs().sum(dim=1)
    return joints, (weights * gaps).sum(dim=-1), heat


def _cell_coordinates(image: Tensor, height: int, width: int) -> Tensor:
    """(u, v, d) [N, 3, 1, H * W] of each cell: its centre and the mean depth seen in it."""
    n = image.shape[0]
    u = (torch.arange(width, device=image.device, dtype=image.dtype) + 0.5) * 2 / width - 1
    v = (torch.arange(height, device=image.device, dtype=image.dtype) + 0.5) * 2 / height - 1
    seen = (image < 0.999).to(image.dtype)
    mean = functional.avg_pool2d(image * seen, STRIDE) / (
        functional.avg_pool2d(seen, STRIDE) + 1e-3
    )
    grid_u = u.view(1, 1, 1, width).expand(n, 1, height, width)
    grid_v = v.view(1, 1, height, 1).expand(n, 1, height, width)
    return torch.cat([grid_u, grid_v, mean], dim=1).reshape(n, 3, 1, height * width)


class HandEstimator(nn.Module):
    """Crop [N, 1, 128, 128] in [-1, 1], or ``crop_kernel.OUTSIDE``, -> ``Estimate``.

    It looks at ``resolution`` pixels a side (a multiple of 32).
    """

    def __init__(self, trunk: TrunkConfig | None = None, resolution: int = CROP_SIZE) -> None:
        super().__init__()
        self.resolution = resolution
        self.trunk = Trunk(trunk or TrunkConfig())
        config = self.trunk.config
        self.dense = nn.Conv2d(config.fused[0], 4 * JOINT_COUNT, 1)
        width = config.channels[-1]
        self.sigma = nn.Linear(width + JOINT_COUNT, JOINT_COUNT)
        # A mirrored hand has the same parts at other places: the classifier must see where.
        cells = (resolution // 32) ** 2
        self.narrow = convolution(width, CLASS_CHANNELS, kernel=1)
        self.classify = nn.Sequential(
            nn.Linear(CLASS_CHANNELS * cells + 3 * JOINT_COUNT, CLASS_HIDDEN),
            nn.ReLU(),
            nn.Linear(CLASS_HIDDEN, CLASS_COUNT),
        )

    def forward(self, image: Tensor) -> Estimate:
        """See the class."""
        return self.forward_heads(self.forward_dense(image))

    def forward_dense(self, image: Tensor) -> DenseOutput:
        """Trunk and dense head."""
        image = shrunk(image, self.resolution)
        features, top = self.trunk(image)
        return DenseOutput(*integrate_votes(self.dense(features), image), top)

    def forward_heads(self, dense: DenseOutput) -> Estimate:
        """The heads that learn from what the others see and do not move it."""
        joints, spread, heat, top = dense
        hints = torch.cat([top.mean(dim=(2, 3)), torch.log(spread + 1e-3)], dim=1).detach()
        layout = torch.cat(
            [functional.relu(self.narrow(top)).flatten(1), joints.detach().flatten(1)], dim=1
        )
        return Estimate(joints, self.sigma(hints), self.classify(layout), heat)
