"""The target of a dense head's voting weights: a Gaussian around each joint."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

HEAT_SIGMA_CELLS = 0.8
"""Spread of the target around a joint on the 16x16 map, in cells."""


def heat_cross_entropy(heat: Tensor, joints: Tensor) -> Tensor:
    """Cross-entropy [N] between the voting weights and a Gaussian around each joint.

    ``heat`` [N, 21, C] logits over the cells of a square map; ``joints`` [N, 21, 3]. Joints
    outside the image are left out.
    """
    side = round(heat.shape[-1] ** 0.5)
    centre = (torch.arange(side, device=heat.device, dtype=heat.dtype) + 0.5) * 2 / side - 1
    spread = HEAT_SIGMA_CELLS * 2 / side
    along_u = torch.softmax(-0.5 * ((centre - joints[..., 0:1]) / spread) ** 2, dim=-1)
    along_v = torch.softmax(-0.5 * ((centre - joints[..., 1:2]) / spread) ** 2, dim=-1)
    target = (along_v.unsqueeze(-1) * along_u.unsqueeze(-2)).flatten(-2)
    inside = (joints[..., :2].abs().amax(-1) < 1.0).to(heat.dtype)
    entropy = -(target * functional.log_softmax(heat, dim=-1)).sum(-1)
    return (entropy * inside).sum(-1) / inside.sum(-1).clamp(min=1.0)
