"""Crops at the resolution of the network that looks at them, or that drew them."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from engine.tracking.crop_coordinates import CROP_SIZE


def shrunk(image: Tensor, side: int) -> Tensor:
    """``image`` [N, 1, H, H] with ``side`` pixels a side, H a multiple of it: the nearest surface
    of each block, since a mean would invent depths at outlines."""
    factor = image.shape[-1] // side
    return image if factor == 1 else -functional.max_pool2d(-image, factor)


def enlarged(image: Tensor) -> Tensor:
    """``image`` [N, 1, H, H], H a divisor of 128, with 128 pixels a side."""
    factor = CROP_SIZE // image.shape[-1]
    return image if factor == 1 else functional.interpolate(image, scale_factor=float(factor))
