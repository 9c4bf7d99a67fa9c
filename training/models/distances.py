"""How far apart two hands' joints are, in units of half the crop's cube."""

from __future__ import annotations

from typing import Final

from torch import Tensor
from torch.nn import functional

from engine.tracking.crop_coordinates import CUBE_MM

HALF_MM: Final = 0.5 * CUBE_MM
BETA: Final = 0.03
"""Where the joints' loss goes from square to linear, in half cubes."""


def joint_distance(found: Tensor, wanted: Tensor, known: Tensor | None = None) -> Tensor:
    """Robust distance [N] of joints [N, 21, 3], mean over those ``known`` [N, 21] (all if not
    given)."""
    loss = functional.smooth_l1_loss(found, wanted, beta=BETA, reduction="none").sum(dim=-1)
    if known is None:
        return loss.mean(dim=-1)
    return (loss * known).sum(dim=-1) / known.sum(dim=-1).clamp(min=1.0)
