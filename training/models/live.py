"""The network that the program runs on crops: the estimator's trunk with two sets of heads.

In one pass it gives joints with their expected errors, the class of the crop, and the posterior in
the shared latent space. ``training.crossing`` fits it, ``training.shipping`` exports it.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from training.models.depth_gan import PosteriorHeads
from training.models.estimator import HandEstimator


class LiveOutput(NamedTuple):
    """``joints`` [N, 21, 3], ``log_sigma`` [N, 21] and ``class_logits`` [N, 3] of ``Estimate``;
    ``latent``, ``log_sd`` and ``embedding`` [N, size] and ``real`` [N] of
    ``DiscriminatorOutput``."""

    joints: Tensor
    log_sigma: Tensor
    class_logits: Tensor
    latent: Tensor
    log_sd: Tensor
    embedding: Tensor
    real: Tensor


class LiveDiscriminator(nn.Module):
    """Crop [N, 1, 128, 128] and perspective [N] -> ``LiveOutput``."""

    def __init__(self, estimator: HandEstimator, heads: PosteriorHeads) -> None:
        super().__init__()
        self.estimator, self.heads = estimator, heads

    def forward(self, image: Tensor, perspective: Tensor) -> LiveOutput:
        """See the class."""
        dense = self.estimator.forward_dense(image)
        estimate = self.estimator.forward_heads(dense)
        output = self.heads(dense.joints, dense.spread, dense.heat, dense.top, perspective)
        assert output.log_sd is not None
        return LiveOutput(
            estimate.joints,
            estimate.log_sigma,
            estimate.class_logits,
            output.latent,
            output.log_sd,
            output.embedding,
            output.real,
        )
