"""The stages of Crossing Nets as tasks for the one training loop.

Pose VAE, depth GAN, alignment, joint training: each is a list of learners, what they learn from and
what they are measured by. Stages hand on checkpoints, never objects, so each can be run alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.errors import InvalidInputError
from engine.skeleton import JOINT_COUNT
from training.crops.crop_dataset import CropDataset
from training.crops.crop_sampler import TEST_SEED
from training.crossing.joint_batches import JointBatch, JointBatchSampler
from training.crossing.joint_losses import JointLosses
from training.crossing.losses import reconstruction_loss
from training.crossing.metrics import (
    generator_score,
    plausible_bones,
    posterior_errors,
    summary,
)
from training.crossing.networks import Networks, batch_statistics, build, build_vae, latent_of
from training.crossing.pictures import joint_pictures
from training.crossing.poses import PoseBatch, PoseBatchSampler
from training.crossing.preset import Preset, StageConfig
from training.learning.batches import Batch
from training.learning.checkpoint import load_tensors
from training.learning.learner import Learner, parameters_frozen
from training.learning.loop import Pictures
from training.models.generator import CrossingGenerator
from training.models.pose_vae import PaperPoseVAE, RigPoseVAE

VALIDATION_POSES: Final = 8
VALIDATION_CROPS: Final = 512
RANDOM_CODES: Final = 1000
FOREARM_WEIGHT: Final = 0.1
"""The forearm's point is a hint, not a joint: it counts less."""


STAGES: Final = ("pose-vae", "depth-gan", "alignment", "joint")
"""In the order in which they are trained."""


def stage_config(preset: Preset, stage: str) -> StageConfig:
    """The numbers of a stage."""
    return {
        "pose-vae": preset.pose_vae_stage,
        "depth-gan": preset.depth_gan_stage,
        "alignment": preset.alignment_stage,
        "joint": preset.joint_stage,
    }[stage]


@dataclass(frozen=True, slots=True)
class Stage:
    """What a loop needs besides its numbers."""

    learners: Sequence[Learner]
    sample_chunk: Callable[[int], Batch]
    validate: Callable[..., dict[str, float]] | None = None
    pictures: Pictures | None = None


def pose_vae_stage(preset: Preset) -> Stage:
    """Poses to codes and back (paper, section 3.1)."""
    sampler = PoseBatchSampler()
    vae = build_vae(preset)
    vae.start_from(torch.cat([sampler.chunk(k).points for k in range(8)]))
    config = preset.pose_vae

    def loss_of(network: nn.Module, batch: PoseBatch, _: int) -> dict[str, Tensor]:
        noise = config.noise_sd * batch.noise[:, : config.code_size]
        code, decoded, inside = network(batch.points, batch.known, noise)
        squared = (decoded - inside).pow(2).sum(dim=-1)
        squared = squared[:, :JOINT_COUNT].sum(dim=1) + FOREARM_WEIGHT * squared[
            :, JOINT_COUNT:
        ].sum(dim=1)
        error = 0.5 * squared.mean() / config.error_mm**2
        divergence = code.divergence().mean()
        return {"total": error + divergence, "error": error, "divergence": divergence}

    held_out = held_out_poses(sampler)

    def validate(network: PaperPoseVAE | RigPoseVAE) -> dict[str, float]:
        return pose_vae_score(network, held_out)

    return Stage([Learner(vae, loss_of)], sampler.chunk, validate)


def held_out_poses(sampler: PoseBatchSampler | None = None) -> Tensor:
    """Points [2048, 22, 3] in mm of sampled poses that no training draws."""
    sampler = sampler or PoseBatchSampler()
    return torch.cat([sampler.chunk(TEST_SEED + k).points for k in range(VALIDATION_POSES)])


@torch.no_grad()
def pose_vae_score(vae: PaperPoseVAE | RigPoseVAE, points: Tensor) -> dict[str, float]:
    """Error in mm of coded and decoded ``points`` [N, 22, 3]; how many random codes are hands."""
    latent = latent_of(vae)
    joints = points[:, :JOINT_COUNT]
    gap = (latent.decode(latent.encode(points))[:, :JOINT_COUNT] - joints).norm(dim=-1)
    generator = torch.Generator().manual_seed(TEST_SEED)
    codes = torch.randn(RANDOM_CODES, vae.code_size, generator=generator)
    return {
        "error_mm": float(gap.mean()),
        "p95_mm": float(gap.mean(dim=1).quantile(0.95)),
        "plausible_bones": float(plausible_bones(vae.joints(codes), joints).float().mean()),
    }


def depth_gan_stage(
    preset: Preset, vae: Path, sampler: JointBatchSampler, *, test: CropDataset | None = None
) -> Stage:
    """Generator and discriminator alone, on latents drawn evenly (paper, section 3.2); of preset
    ``crossing`` the generator alone."""
    if preset.kind == "crossing":
        return generator_stage(preset, vae, sampler, test=test)
    networks = build(preset, vae)
    generator, discriminator = networks.generator, networks.discriminator

    def aligned_latents(batch: JointBatch) -> Tensor:
        assert batch.uniform is not None
        return batch.uniform[:, : networks.latent.size]

    def shown(batch: JointBatch, made: Tensor) -> tuple[Tensor, Tensor]:
        return torch.cat([batch.image, made]), torch.cat([batch.perspective] * 2)

    def discriminator_loss(module: nn.Module, batch: JointBatch, _: int) -> dict[str, Tensor]:
        aligned = aligned_latents(batch)
        with torch.no_grad(), batch_statistics(generator):
            made = generator(aligned, batch.perspective, aligned=True)
        real, invented = module(*shown(batch, made)).real.chunk(2)
        return {"total": functional.softplus(-real).mean() + functional.softplus(invented).mean()}

    def generator_loss(module: nn.Module, batch: JointBatch, _: int) -> dict[str, Tensor]:
        aligned = aligned_latents(batch)
        made = module(aligned, batch.perspective, aligned=True)
        with parameters_frozen(discriminator), batch_statistics(discriminator):
            real, invented = discriminator(*shown(batch, made)).features.chunk(2)
        return {"total": (real.detach().mean(dim=0) - invented.mean(dim=0)).abs().mean()}

    learners = [
        Learner(discriminator, discriminator_loss, name="discriminator", partial=True),
        Learner(generator, generator_loss, name="generator", partial=True),
    ]
    return Stage(learners, sampler.chunk)


def generator_stage(
    preset: Preset, vae: Path, sampler: JointBatchSampler, *, test: CropDataset | None = None
) -> Stage:
    """The generator alone on labelled crops, whose latents are known: ours needs no latents of
    its own to begin with."""
    networks = build(preset, vae)

    def generator_loss(module: nn.Module, batch: JointBatch, _: int) -> dict[str, Tensor]:
        made = module(networks.latent.encode(batch.points), batch.perspective)
        clip, absolute = preset.joint.clip, preset.joint.absolute
        return {"total": reconstruction_loss(made, batch.image, clip=clip, absolute=absolute)}

    def validate(generator: CrossingGenerator) -> dict[str, float]:
        assert test is not None
        score = generator_score(generator, networks.latent, test, VALIDATION_CROPS)
        return {"depth_mm": score.silhouette_mm, "iou": score.iou}

    learner = Learner(networks.generator, generator_loss, name="generator")
    return Stage([learner], sampler.chunk, validate if test else None)


def alignment_stage(
    preset: Preset, vae: Path, depth_gan: Path, sampler: JointBatchSampler
) -> Stage:
    """Ali and the two heads catch up while the rest stands still (authors' code).

    Raises:
        InvalidInputError: if the preset's generator takes latents as they are.
    """
    if preset.kind == "crossing":
        raise InvalidInputError("the generator of preset crossing has no Ali to be aligned")
    networks = build(preset, vae)
    _load_averages(networks, depth_gan)
    learners = _learners(networks, preset, partial=True)
    for name, parameter in networks.generator.named_parameters():
        parameter.requires_grad_(name.startswith("align."))
    still = ("low.", "high.", "real.")
    for name, parameter in networks.discriminator.named_parameters():
        parameter.requires_grad_(not name.startswith(still))
    return Stage(learners, sampler.chunk)


def joint_stage(
    preset: Preset,
    vae: Path,
    sampler: JointBatchSampler,
    *,
    start: Path | None = None,
    tests: dict[str, CropDataset] | None = None,
) -> Stage:
    """Discriminator and generator in turn (paper, section 3.4), from ``start`` if given."""
    networks = build(preset, vae)
    if start is not None:
        _load_averages(networks, start)
    learners = _learners(networks, preset)
    tests = tests or {}

    def validate(*averages: nn.Module) -> dict[str, float]:
        named: dict[str, float] = {}
        for name, dataset in tests.items():
            errors = posterior_errors(averages[0], networks.latent, dataset, VALIDATION_CROPS)
            named |= {f"{name}/{key}": value for key, value in summary(errors).items()}
            if len(averages) > 1:
                score = generator_score(averages[1], networks.latent, dataset, VALIDATION_CROPS)
                named |= {f"{name}/depth_mm": score.silhouette_mm, f"{name}/iou": score.iou}
        return named

    def pictures() -> dict[str, Tensor]:
        averages = [learner.average for learner in learners]
        return joint_pictures(networks.latent, averages, tests)

    return Stage(learners, sampler.chunk, validate if tests else None, pictures if tests else None)


def _learners(networks: Networks, preset: Preset, *, partial: bool = False) -> list[Learner]:
    weights = preset.joint.weights
    losses = JointLosses(networks, preset.joint)
    # Without losses of its own a part of a network has no gradient to be shared.
    partial = partial or not (weights.gan and weights.smoothness) or preset.joint.burn_in_steps > 0
    discriminator = Learner(
        networks.discriminator, losses.discriminator, name="discriminator", partial=partial
    )
    losses.teacher = discriminator.average
    if not preset.joint.uses_generator:
        return [discriminator]
    every, first = preset.joint.generator_every, preset.joint.burn_in_steps
    generator = Learner(
        networks.generator, losses.generator, name="generator", every=every, first=first
    )
    return [discriminator, generator]


def _load_averages(networks: Networks, path: Path) -> None:
    """Start from the averages that another stage left, of those learners that it had."""
    tensors, _ = load_tensors(path)
    named = {"discriminator": networks.discriminator, "generator": networks.generator}
    for name, network in named.items():
        if any(tensor.startswith(f"{name}.") for tensor in tensors):
            Learner(network, lambda *_: {}, name=name).load_averages(tensors, path)


def joint_networks(preset: Preset, vae: Path, averages: Sequence[nn.Module]) -> Networks:
    """The networks of a joint training with its learners' ``averages``."""
    networks = build(preset, vae)
    targets = (networks.discriminator, networks.generator)
    for target, average in zip(targets, averages, strict=False):
        target.load_state_dict(average.state_dict())
        target.eval()
    return networks
