"""The convolutional trunk that every network here shares: a small residual feature pyramid.

Plain 3x3 convolutions, because on CPUs they run faster than depthwise ones of the same quality.
The first step folds 4x4 pixels into channels, so that no convolution runs at full resolution.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

FOLD = 4
"""Pixels along one side of the block that the first step folds into channels."""
STRIDE = 8
"""Input pixels along one side of a cell of the output map."""
_FURTHER_BLOCK: Final = re.compile(r"(.+\.)?trunk\.stages\.\d+\.[1-9]\d*\.")


@dataclass(frozen=True, slots=True)
class TrunkConfig:
    """``inputs`` image channels; ``stem`` channels at stride 4; ``channels`` of the stages at
    strides 8, 16, 32 and residual ``blocks`` in each; ``fused`` channels of the top-down maps.
    """

    inputs: int = 1
    stem: int = 32
    channels: tuple[int, ...] = (64, 128, 256)
    blocks: tuple[int, ...] = (2, 1, 1)
    fused: tuple[int, ...] = (64, 128, 128)


def convolution(inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    """Convolution and batch normalisation, no activation."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
    )


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions around a short cut.

    A block that keeps the size begins as the identity (Goyal et al. 2017, section 5.1), so that a
    deeper trunk that starts from a shallower one's weights computes the same at first.
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.first = convolution(inputs, outputs, stride=stride)
        self.second = convolution(outputs, outputs)
        same = inputs == outputs and stride == 1
        self.shortcut = (
            nn.Identity() if same else convolution(inputs, outputs, kernel=1, stride=stride)
        )
        if same:
            nn.init.zeros_(self.second[1].weight)

    def forward(self, x: Tensor) -> Tensor:
        """[N, inputs, H, W] -> [N, outputs, H / stride, W / stride]."""
        y = self.second(functional.relu(self.first(x), inplace=True))
        return functional.relu(y.add_(self.shortcut(x)), inplace=True)


class Trunk(nn.Module):
    """Image [N, inputs, H, W] -> (map [N, fused[0], H/8, W/8], top [N, channels[-1], H/32, W/32]).

    H and W must be multiples of 32. Nothing but the stem runs at stride 4: the maps there cost
    more time in memory traffic than they gain in accuracy.
    """

    def __init__(self, config: TrunkConfig) -> None:
        super().__init__()
        self.config = config
        fused = config.fused
        self.stem = convolution(config.inputs * FOLD * FOLD, config.stem)
        stages = []
        previous = config.stem
        for width, blocks in zip(config.channels, config.blocks, strict=True):
            layers: list[nn.Module] = [ResidualBlock(previous, width, 2)]
            layers += [ResidualBlock(width, width) for _ in range(blocks - 1)]
            stages.append(nn.Sequential(*layers))
            previous = width
        self.stages = nn.ModuleList(stages)
        self.lateral = nn.ModuleList(
            convolution(width, out, kernel=1)
            for width, out in zip(config.channels, fused, strict=True)
        )
        self.upward = nn.ModuleList(
            convolution(coarse, fine, kernel=1) for fine, coarse in pairwise(fused)
        )
        self.mix = ResidualBlock(fused[0], fused[0])

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        x = functional.relu(self.stem(functional.pixel_unshuffle(image, FOLD)), inplace=True)
        levels = []
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
        y = functional.relu(self.lateral[-1](x), inplace=True)
        for level in range(len(levels) - 2, -1, -1):
            up = functional.interpolate(self.upward[level](y), scale_factor=2.0, mode="nearest")
            y = functional.relu(self.lateral[level](levels[level]).add_(up), inplace=True)
        return self.mix(y), x


def deepened(weights: Mapping[str, Tensor], deeper: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """``weights`` of a network with trunk, and those residual blocks of a ``deeper`` one that it
    lacks, with the ``deeper`` one's convolutions but as the identity."""
    added: dict[str, Tensor] = {}
    for name, tensor in deeper.items():
        if name not in weights and _FURTHER_BLOCK.match(name):
            adds = name.endswith(("second.1.weight", "second.1.bias"))
            added[name] = torch.zeros_like(tensor) if adds else tensor
    return {**weights, **added}
