"""The first stage: poses to codes and back (paper, section 3.1)."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from training.crops.crop_sampler import TEST_SEED
from training.crossing.metrics import device_of, plausible_bones
from training.crossing.networks import PoseVAE, build_vae, latent_of
from training.crossing.poses import PoseBatch, PoseBatchSampler, PoseSource
from training.crossing.preset import Preset
from training.crossing.stage import Stage
from training.learning.learner import Learner
from training.models.latent import Latent

VALIDATION_POSES: Final = 8
RANDOM_CODES: Final = 1000
FOREARM_WEIGHT: Final = 0.1
"""The forearm's point is a hint, not a joint: it counts less."""


def pose_vae_stage(preset: Preset, poses: PoseSource | None = None) -> Stage:
    """Poses to codes and back (paper, section 3.1); sampled ones if none are given."""
    sampler = poses or PoseBatchSampler()
    vae = build_vae(preset)
    vae.start_from(torch.cat([sampler.chunk(k).points for k in range(8)]))
    config, joints = preset.pose_vae, preset.joint_set

    def loss_of(network: nn.Module, batch: PoseBatch, _: int) -> dict[str, Tensor]:
        noise = config.noise_sd * batch.noise[:, : config.code_size]
        code, decoded, inside = network(batch.points, batch.known, noise)
        squared = (decoded - inside).pow(2).sum(dim=-1)
        others = squared[:, joints.joints :].sum(dim=1)
        squared = squared[:, : joints.joints].sum(dim=1) + FOREARM_WEIGHT * others
        error = 0.5 * squared.mean() / config.error_mm**2
        divergence = code.divergence().mean()
        return {"total": error + divergence, "error": error, "divergence": divergence}

    held_out = held_out_poses(sampler)

    def validate(network: PoseVAE) -> dict[str, float]:
        return pose_vae_score(latent_of(preset, network), held_out.to(device_of(network)))

    return Stage([Learner(vae, loss_of)], sampler.chunk, validate)


def held_out_poses(sampler: PoseSource | None = None) -> Tensor:
    """Points [2048, P, 3] in mm of poses that no training draws; sampled ones if no other source is
    given."""
    sampler = sampler or PoseBatchSampler()
    return torch.cat([sampler.chunk(TEST_SEED + k).points for k in range(VALIDATION_POSES)])


@torch.no_grad()
def pose_vae_score(latent: Latent, points: Tensor) -> dict[str, float]:
    """Error in mm of coded and decoded ``points`` [N, P, 3]; how many random codes are hands."""
    vae, joint_set = latent.vae, latent.joint_set
    joints = points[:, : joint_set.joints]
    gap = (latent.decode(latent.encode(points))[:, : joint_set.joints] - joints).norm(dim=-1)
    generator = torch.Generator().manual_seed(TEST_SEED)
    codes = torch.randn(RANDOM_CODES, vae.code_size, generator=generator).to(points.device)
    plausible = plausible_bones(vae.joints(codes), joints, joint_set.bones)
    return {
        "error_mm": float(gap.mean()),
        "p95_mm": float(gap.mean(dim=1).quantile(0.95)),
        "plausible_bones": float(plausible.float().mean()),
    }
