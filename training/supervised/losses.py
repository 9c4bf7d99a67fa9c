"""Loss functions, each returning a scalar and stated with its units."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from engine.tracking.estimate import LEFT, RIGHT
from training.models.detector import Detection
from training.models.estimator import CLASS_COUNT, Estimate
from training.models.heat_maps import heat_cross_entropy

CLASS_WEIGHT = 0.2
SIDE_WEIGHT = 0.3
DETECTED_SIDE_WEIGHT = 0.5


def estimator_loss(
    estimate: Estimate, joints: Tensor, hand_class: Tensor, *, heat_weight: float = 0.02
) -> dict[str, Tensor]:
    """Losses of the direct estimator; ``total`` is their weighted sum.

    ``joints`` [N, 21, 3] normalised crop coordinates; ``hand_class`` [N] int64. Joints count only
    where the crop shows a right hand: left ones are mirrored before they are estimated; learning
    both poses blurs the joints where the side is in doubt (measured: median 17.0 to 18.7 mm).
    """
    is_hand = (hand_class == RIGHT).to(joints.dtype)
    scale = 1.0 / is_hand.sum().clamp(min=1.0)
    error = estimate.joints - joints
    per_joint = functional.smooth_l1_loss(estimate.joints, joints, beta=0.03, reduction="none").sum(
        -1
    )
    joint = (per_joint.mean(-1) * is_hand).sum() * scale
    heat = (heat_cross_entropy(estimate.heat, joints) * is_hand).sum() * scale
    distance = error.detach().norm(dim=-1)
    sigma = torch.exp(estimate.log_sigma)
    spread = ((distance / sigma + estimate.log_sigma).mean(-1) * is_hand).sum() * scale
    # Logit adjustment (Menon et al., ICLR 2021): trained so, the bare logits are those of equally
    # frequent classes, and a hand's side is judged without leaning to the side it was cut for.
    count = torch.bincount(hand_class, minlength=CLASS_COUNT) + 1.0
    log_share = torch.log(count / count.sum())
    kind = functional.cross_entropy(
        estimate.class_logits + log_share, hand_class, label_smoothing=0.01
    )
    total = joint + heat_weight * heat + 0.01 * spread + CLASS_WEIGHT * kind
    return {"total": total, "joint": joint, "heat": heat, "spread": spread, "class": kind}


def side_loss(right: Tensor, left: Tensor) -> Tensor:
    """Cross-entropy of the antisymmetric side logit f(x) - f(mirrored x).

    ``right`` [M, 3] class logits of crops that show right hands, ``left`` [M, 3] those of the same
    crops mirrored. A view that does not show the side gets a logit near 0.
    """
    return functional.softplus(side_logit(left) - side_logit(right)).mean()


def side_logit(class_logits: Tensor) -> Tensor:
    """Log odds [N] of a right hand against a left one, from ``class_logits`` [N, 3]."""
    return class_logits[:, RIGHT] - class_logits[:, LEFT]


def detector_loss(
    output: Detection, heat: Tensor, offset: Tensor, mask: Tensor
) -> dict[str, Tensor]:
    """Losses of the detector; ``total`` is their weighted sum.

    ``heat`` [N, 2, h, w] target in [0, 1], 1 at hand centres; ``offset`` [N, 3, h, w]
    targets (cells, cells, log metres) valid where ``mask`` [N, 1, h, w] is 1. Penalty-reduced
    focal loss as in "Objects as points", section 3; cross-entropy of the side, at hands alone.
    """
    p = torch.sigmoid(output.heat)
    log_p, log_q = functional.logsigmoid(output.heat), functional.logsigmoid(-output.heat)
    centre = (heat > 0.99).to(p.dtype)
    positive = -((1 - p) ** 2 * log_p * centre).sum()
    negative = -((1 - heat) ** 4 * p**2 * log_q * (1 - centre)).sum()
    count = centre.sum().clamp(min=1.0)
    focal = (positive + negative) / count
    cells = mask.sum().clamp(min=1.0)
    off = functional.smooth_l1_loss(output.offset, offset, beta=0.1, reduction="none") * mask
    place = off[:, :2].sum() / cells
    depth = off[:, 2:].sum() / cells
    is_right = (heat[:, :1] > heat[:, 1:]).to(p.dtype)
    sides = functional.binary_cross_entropy_with_logits(output.side, is_right, reduction="none")
    side = (sides * mask).sum() / cells
    total = focal + 0.5 * place + 5.0 * depth + DETECTED_SIDE_WEIGHT * side
    return {"total": total, "focal": focal, "place": place, "depth": depth, "side": side}
