"""How good the models are, in mm: of the posterior, the generator and the pose VAE."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from engine.skeleton import BONES
from training.crops.crop_dataset import CropDataset
from training.crossing.networks import Discriminator, Output
from training.models.depth_gan import metric_points
from training.models.distances import HALF_MM
from training.models.generator import CrossingGenerator
from training.models.latent import Latent
from training.models.paper_networks import PaperGenerator
from training.models.sizes import enlarged

BATCH: Final = 64
OUTLINE: Final = 0.98
"""Depth (half cubes) below which a pixel belongs to the hand."""
BONE_TOLERANCE: Final = 0.10


@dataclass(frozen=True, slots=True, eq=False)
class Crops:
    """Part of a dataset as tensors."""

    image: Tensor
    perspective: Tensor
    points: Tensor


def crops_of(
    dataset: CropDataset, count: int, device: torch.device | None = None
) -> Iterator[Crops]:
    """The first ``count`` crops of a dataset, in batches, on ``device``."""
    last = min(count, len(dataset))
    for first in range(0, last, BATCH):
        samples = [dataset[k] for k in range(first, min(first + BATCH, last))]
        yield Crops(
            torch.stack([torch.from_numpy(s.image) for s in samples])[:, None].to(device),
            torch.tensor([s.perspective for s in samples], device=device),
            torch.stack([torch.from_numpy(s.points) for s in samples]).to(device),
        )


@torch.no_grad()
def posterior_errors(
    discriminator: Discriminator, latent: Latent, dataset: CropDataset, count: int
) -> dict[str, Tensor]:
    """Errors in mm [N, E] of the ``posterior``'s decoded joints, and of the ``dense`` head's, those
    that are evaluated; NaN at joints that are not marked."""
    posterior, dense = [], []
    chosen = list(latent.joint_set.evaluated)
    for crops in crops_of(dataset, count, device_of(discriminator)):
        output: Output = discriminator(crops.image, crops.perspective)
        truth = crops.points[:, chosen]
        found = latent.decode(output.latent)[:, chosen]
        posterior.append((found - truth).norm(dim=-1).cpu())
        if output.joints is not None:
            joints = metric_points(output.joints, crops.perspective)[:, chosen]
            dense.append((joints - truth).norm(dim=-1).cpu())
    errors = {"posterior": torch.cat(posterior)}
    return errors | ({"dense": torch.cat(dense)} if dense else {})


@dataclass(frozen=True, slots=True)
class DepthScore:
    """``silhouette_mm`` mean depth error where both show the hand; ``iou`` of the silhouettes."""

    silhouette_mm: float
    iou: float


def compare_depth(made: Tensor, observed: Tensor) -> DepthScore:
    """Compare images ``made`` at any resolution and ``observed`` [N, 1, 128, 128]."""
    made = enlarged(made)
    shown, seen = made < OUTLINE, observed < OUTLINE
    both = shown & seen
    error = ((made - observed).abs() * both).sum(dim=(1, 2, 3)) / both.sum(dim=(1, 2, 3)).clamp(1)
    union = (shown | seen).sum(dim=(1, 2, 3)).clamp(1)
    iou = both.sum(dim=(1, 2, 3)) / union
    return DepthScore(float(error.mean()) * HALF_MM, float(iou.mean()))


@torch.no_grad()
def generator_score(
    generator: PaperGenerator | CrossingGenerator, latent: Latent, dataset: CropDataset, count: int
) -> DepthScore:
    """How well the generator draws held-out crops from their true latents."""
    scores, sizes = [], []
    for crops in crops_of(dataset, count, device_of(generator)):
        made = generator.hard_outline(latent.encode(crops.points), crops.perspective)
        scores.append(compare_depth(made, crops.image))
        sizes.append(len(crops.image))
    total = sum(sizes)
    pairs = list(zip(scores, sizes, strict=True))
    return DepthScore(
        sum(s.silhouette_mm * n for s, n in pairs) / total, sum(s.iou * n for s, n in pairs) / total
    )


def summary(errors: dict[str, Tensor]) -> dict[str, float]:
    """Mean, and share of crops with every marked joint under 30 mm, of errors [N, E] in mm."""
    named = {}
    for name, error in errors.items():
        named[f"{name}_mm"] = float(error.nanmean())
        worst = error.nan_to_num(0.0).amax(dim=1)
        named[f"{name}_all_30mm"] = float((worst < 30.0).float().mean())
    return named


def device_of(network: nn.Module) -> torch.device:
    """Where a network lies."""
    return next(network.parameters()).device


def bone_lengths(joints: Tensor, bones: Sequence[tuple[int, int]] = BONES) -> Tensor:
    """Lengths [N, B] of the ``bones`` of joints [N, J, 3]."""
    parents, children = zip(*bones, strict=True)
    return (joints[:, list(children)] - joints[:, list(parents)]).norm(dim=-1)


def plausible_bones(
    joints: Tensor, reference: Tensor, bones: Sequence[tuple[int, int]] = BONES
) -> Tensor:
    """True [N] where every bone of joints [N, J, 3] is within 10% of what hands have.

    ``reference`` [M, J, 3] are real hands. Hands differ, so a bone is compared with the range that
    the reference's bones have, after both are scaled to the same mean length.
    """
    own, known = bone_lengths(joints, bones), bone_lengths(reference, bones)
    own = own / own.mean(dim=1, keepdim=True)
    known = known / known.mean(dim=1, keepdim=True)
    low = torch.quantile(known, 0.005, dim=0) * (1 - BONE_TOLERANCE)
    high = torch.quantile(known, 0.995, dim=0) * (1 + BONE_TOLERANCE)
    return ((own >= low) & (own <= high)).all(dim=1)
