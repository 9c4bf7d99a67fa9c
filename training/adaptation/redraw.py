"""Latents of recorded hands, refined until the hands drawn from them explain the depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from engine.tracking.crop_kernel import OUTSIDE
from engine.tracking.reconstruction import CLOSE_MM, OUTLINE
from training.crops.batches import CropImages
from training.crossing.losses import reconstruction_loss
from training.crossing.networks import Generator
from training.learning.learner import parameters_frozen
from training.models.distances import HALF_MM
from training.models.latent import RigLatent
from training.models.pose_vae import RigPoseVAE


@dataclass(frozen=True, slots=True)
class RedrawConfig:
    """``steps`` of Adam at ``rate`` on the latents; ``clip`` of a pixel's absolute depth error in
    half cubes; weights of the pose VAE's ``prior`` and of the ``person``: how far a hand's shape
    is from the mean shape of all."""

    steps: int = 25
    rate: float = 0.03
    clip: float = 0.2
    prior: float = 1e-4
    person: float = 1e-3


class Teacher(NamedTuple):
    """What labels recorded hands: a ``network`` that makes ``LiveOutput`` of crops, the
    ``generator`` that draws hands from latents, and the latent ``space``."""

    network: nn.Module
    generator: Generator
    space: RigLatent


class Redrawn(NamedTuple):
    """``latent`` [N, 29] and ``points`` [N, 22, 3] (mm, crop frame, of a usual cube); ``explained``
    [N] share of the drawn hand and the seen depth that agree, and whether that is ``better`` than
    before."""

    latent: Tensor
    points: Tensor
    explained: Tensor
    better: Tensor


def redraw(teacher: Teacher, crops: CropImages, start: Tensor, config: RedrawConfig) -> Redrawn:
    """Descend from the latents ``start`` [N, 29] to what draws the hands in ``crops``."""
    generator, space = teacher.generator, teacher.space
    observed = crops.image.clamp(max=1.0)
    latent = start.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([latent], lr=config.rate)
    with parameters_frozen(generator), parameters_frozen(space):
        for _ in range(config.steps):
            made = generator(latent, crops.perspective)
            loss = 10.0 * reconstruction_loss(made, observed, clip=config.clip, absolute=True)
            code = latent[:, : space.vae.code_size]
            loss = loss + config.prior * code.pow(2).sum(dim=1).mean()
            loss = loss + config.person * _shape_spread(space.vae, code)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        found = latent.detach()
        before, after = (
            explained_depth(generator.hard_outline(each, crops.perspective), crops.image)
            for each in (start, found)
        )
        return Redrawn(found, space.decode(found), after, after > before)


def _shape_spread(vae: RigPoseVAE, code: Tensor) -> Tensor:
    """Mean squared distance of the hands' shapes from their mean: a person has one."""
    shape = vae.articulate(code).shape
    return (shape - shape.mean(dim=0, keepdim=True)).pow(2).sum(dim=1).mean()


def explained_depth(drawn: Tensor, observed: Tensor) -> Tensor:
    """Share [N] of the depth that redrawing explains: twice the pixels in which ``drawn`` and
    ``observed`` [N, 1, H, H] show surfaces close to each other, over all that show one."""
    inside = observed < OUTSIDE
    shown, seen = (drawn < OUTLINE) & inside, observed < OUTLINE
    close = shown & seen & ((drawn - observed).abs() * HALF_MM < CLOSE_MM)
    count = shown.sum(dim=(1, 2, 3)) + seen.sum(dim=(1, 2, 3))
    return 2.0 * close.sum(dim=(1, 2, 3)) / count.clamp(min=1)
