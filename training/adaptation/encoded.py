"""Latents of an estimator that has no posterior yet: what the latent space makes of its joints."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.skeleton import JOINT_COUNT
from training.models.depth_gan import metric_points
from training.models.estimator import HandEstimator
from training.models.latent import RigLatent
from training.models.live import LiveOutput
from training.models.rig import POINT_COUNT


class EncodedEstimator(nn.Module):
    """An estimator with the outputs of a ``LiveDiscriminator``, its latents encoded from its
    joints: without spread and embedding, for everything it sees is taken to be real."""

    def __init__(self, estimator: HandEstimator, space: RigLatent) -> None:
        super().__init__()
        self.estimator, self.space = estimator, space

    @torch.no_grad()
    def forward(self, image: Tensor, perspective: Tensor) -> LiveOutput:
        """See ``LiveDiscriminator``."""
        seen = self.estimator(image)
        points = seen.joints.new_full((len(image), POINT_COUNT, 3), torch.nan)
        points[:, :JOINT_COUNT] = metric_points(seen.joints, perspective)
        latent = self.space.encode(points)
        nothing = torch.zeros_like(latent)
        return LiveOutput(
            seen.joints,
            seen.log_sigma,
            seen.class_logits,
            latent,
            nothing,
            nothing,
            nothing[:, 0],
        )
