"""The losses of the joint training; those of the paper name its equations.

Lengths are in units of half the crop's cube (135 mm), latents as in ``training.models.latent``.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from engine.skeleton import JOINT_COUNT
from training.models.depth_gan import DiscriminatorOutput, crop_coordinates
from training.models.distances import joint_distance
from training.models.heat_maps import heat_cross_entropy
from training.models.latent import known_points
from training.models.paper_networks import PaperOutput
from training.models.sizes import shrunk

HEAT_WEIGHT: Final = 0.02
SPREAD_WEIGHT: Final = 0.05
MIN_LOG_SD: Final = -5.0


def spread_loss(mean: Tensor, log_sd: Tensor, truth: Tensor) -> Tensor:
    """Negative log likelihood [N] (mean a number) of the true latent under the posterior
    N(``mean``, exp(``log_sd``)^2); teaches the spread alone."""
    log_sd = log_sd.clamp(MIN_LOG_SD, -MIN_LOG_SD)
    away = (truth - mean).detach() * torch.exp(-log_sd)
    return (0.5 * away.pow(2) + log_sd).mean(dim=1)


def dense_loss(
    output: DiscriminatorOutput | PaperOutput, points: Tensor, perspective: Tensor
) -> Tensor:
    """Loss [N] of the dense head at joints of ``points`` [N, P, 3] in mm; NaN where not known."""
    if output.joints is None or output.heat is None:
        return torch.zeros_like(output.real)
    points = points[:, :JOINT_COUNT]
    # What is not known is put outside the crop, where the voting weights have no target either.
    wanted = crop_coordinates(points, perspective).nan_to_num(2.0)
    distance = joint_distance(output.joints, wanted, known_points(points))
    return distance + HEAT_WEIGHT * heat_cross_entropy(output.heat, wanted)


def smoothness_loss(first: Tensor, second: Tensor, difference: Tensor | None) -> Tensor:
    """L_smo: embeddings [N, size] must differ as their latents do (0 where ``difference`` is
    None); a mean over crops and numbers, as the reconstruction is over pixels."""
    gap = first - second if difference is None else first - second - difference
    return gap.pow(2).mean()


def reconstruction_loss(
    generated: Tensor, observed: Tensor, *, clip: float, absolute: bool = False
) -> Tensor:
    """L_recons: error of the depth, clipped a pixel, so that outlines do not rule; squared as in
    the paper or absolute, which leaves outlines sharp; at the resolution of what is generated."""
    gap = (generated - shrunk(observed, generated.shape[-1])).abs()
    error = gap if absolute else gap.pow(2)
    return error.clamp(max=clip).mean()


def matching_loss(generated: Tensor, observed: Tensor) -> Tensor:
    """Feature matching: distance of the means of features [N, F] over the chunk."""
    return (generated.mean(dim=0) - observed.detach().mean(dim=0)).abs().mean()


def real_loss(real: Tensor, generated: Tensor) -> Tensor:
    """-L_gan for the discriminator: logits of real crops up, of generated ones down."""
    return functional.softplus(-real).mean() + functional.softplus(generated).mean()
