"""How far to go from the networks of before to the adapted ones: as far as nothing is forgotten.

Between the weights of a network and those it has after fine-tuning lie networks that keep most of
the gain and lose little of what was known (Wortsman et al., CVPR 2022, "Robust fine-tuning of
zero-shot models"). The farthest one is taken whose error on synthetic crops, others than those of
the proof, is within the limit.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Final

import torch

from engine.tracking.crop_coordinates import CUBE_MM
from engine.tracking.estimate import RIGHT
from training.crops.batches import EstimatorBatch
from training.crops.crop_sampler import TEST_SEED, CropSampler
from training.learning.workers import CHUNK
from training.models.live import LiveDiscriminator

SHARES: Final = (1.0, 0.8, 0.6, 0.45, 0.3, 0.2)
"""Of the way from before to after, tried in this order."""
MAX_GROWTH: Final = 1.01
"""By what factor the error on synthetic hands may grow; the proof allows for a little more."""
FIRST_SEED: Final = TEST_SEED + 60_000


def blended(base: LiveDiscriminator, adapted: LiveDiscriminator, share: float) -> LiveDiscriminator:
    """The network whose weights and statistics lie at ``share`` of the way to ``adapted``."""
    network = copy.deepcopy(adapted).eval()
    before = base.state_dict()
    network.load_state_dict(
        {
            name: before[name].lerp(tensor, share) if tensor.is_floating_point() else tensor
            for name, tensor in adapted.state_dict().items()
        }
    )
    return network


def farthest(
    base: LiveDiscriminator, adapted: LiveDiscriminator, crops: int
) -> tuple[LiveDiscriminator, float]:
    """The network farthest from ``base`` towards ``adapted`` that has not forgotten, and its share
    of the way: the least one if all have. Judged on so many synthetic ``crops``."""
    sampler = CropSampler.load()
    chunks = [sampler.chunk(FIRST_SEED + k) for k in range(max(1, crops // CHUNK))]
    limit = MAX_GROWTH * synthetic_mm(base, chunks)
    for share in SHARES:
        network = blended(base, adapted, share)
        if synthetic_mm(network, chunks) <= limit:
            break
    return network, share


@torch.no_grad()
def synthetic_mm(network: LiveDiscriminator, chunks: Sequence[EstimatorBatch]) -> float:
    """Mean joint error in mm on right hands, as if lengths across the crop were exact."""
    errors = []
    for batch in chunks:
        seen = network.estimator(batch.image)
        away = (seen.joints - batch.joints)[batch.hand_class == RIGHT].norm(dim=-1)
        errors.append(away.mean(dim=1) * (CUBE_MM / 2))
    return float(torch.cat(errors).mean())
