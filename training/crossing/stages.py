"""The stages after the pose VAE: depth GAN, alignment, joint training.

Each is a list of learners, what they learn from and what they are measured by. Stages hand on
checkpoints, never objects, so each can be run alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from engine.errors import InvalidInputError
from training.crops.crop_dataset import CropDataset
from training.crossing.joint_batches import GanBatch, JointBatch, JointBatchSampler
from training.crossing.joint_losses import JointLosses
from training.crossing.losses import matching_loss, real_loss, reconstruction_loss
from training.crossing.metrics import (
    generator_score,
    posterior_errors,
    summary,
)
from training.crossing.networks import (
    Networks,
    Output,
    batch_statistics,
    build,
)
from training.crossing.pictures import joint_pictures
from training.crossing.preset import Preset, with_weights
from training.crossing.stage import Stage
from training.learning.checkpoint import load_tensors
from training.learning.learner import Learner, parameters_frozen
from training.models.generator import CrossingGenerator

VALIDATION_CROPS: Final = 512

HEADS_ALONE: Final = {"gan": 0.0, "synthesised": 0.0, "consistency": 0.0, "refit": 0.0}
RECONSTRUCTION_ALONE: Final = {
    "smoothness": 0.0,
    "matching": 0.0,
    "adversarial": 0.0,
    "latent": 0.0,
}
"""Weights of the alignment: the posterior and smoothness for the heads, one loss for Ali."""


def depth_gan_stage(
    preset: Preset, vae: Path, sampler: JointBatchSampler, *, test: CropDataset | None = None
) -> Stage:
    """The generator's first stage, as the preset has it; measured on ``test`` if that can be."""
    return PRETRAINING[preset.pretraining](preset, vae, sampler, test)


def _adversarial_stage(
    preset: Preset, vae: Path, sampler: JointBatchSampler, _: CropDataset | None
) -> Stage:
    """Generator and discriminator alone, on latents drawn evenly and on all crops, labelled or not
    (paper, section 3.2; the authors' code matches features)."""
    networks = build(preset, vae)
    generator, discriminator = networks.generator, networks.discriminator

    def drawn(module: nn.Module, batch: GanBatch) -> Tensor:
        noise = batch.uniform[:, : networks.latent.size]
        return module(noise, batch.perspective, aligned=True)

    def judged(module: nn.Module, batch: GanBatch, made: Tensor) -> list[Output]:
        """What is said of real crops and of drawn ones, normalised apart."""
        sizes = [len(batch.image), len(made)]
        images = torch.cat([batch.image, made])
        return module(images, torch.cat([batch.perspective] * 2), sizes).split(sizes)

    def discriminator_loss(module: nn.Module, batch: GanBatch, _: int) -> dict[str, Tensor]:
        with torch.no_grad(), batch_statistics(generator):
            made = drawn(generator, batch)
        real, invented = judged(module, batch, made)
        return {"total": real_loss(real.real, invented.real)}

    def generator_loss(module: nn.Module, batch: GanBatch, _: int) -> dict[str, Tensor]:
        made = drawn(module, batch)
        with parameters_frozen(discriminator), batch_statistics(discriminator):
            real, invented = judged(discriminator, batch, made)
            return {"total": matching_loss(invented.features, real.features)}

    learners = [
        Learner(
            discriminator,
            discriminator_loss,
            name="discriminator",
            partial=True,
            statistics=lambda network, batch: network(batch.image, batch.perspective).real,
        ),
        Learner(generator, generator_loss, name="generator", partial=True, statistics=drawn),
    ]
    return Stage(learners, sampler.observed, frozen=(networks.latent,))


def _reconstruction_stage(
    preset: Preset, vae: Path, sampler: JointBatchSampler, test: CropDataset | None
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
    frozen = (networks.latent,)
    return Stage([learner], sampler.chunk, validate if test else None, frozen=frozen)


PRETRAINING: Final = {"adversarial": _adversarial_stage, "reconstruction": _reconstruction_stage}


def alignment_stage(
    preset: Preset, vae: Path, depth_gan: Path, sampler: JointBatchSampler
) -> Stage:
    """Ali learns the reconstruction, and the two heads what they are for, while the rest stands
    still (authors' code).

    Raises:
        InvalidInputError: if the preset's generator takes latents as they are.
    """
    networks = build(preset, vae)
    learning = {id(parameter) for parameter in networks.generator.alignment_parameters()}
    if not learning:
        raise InvalidInputError(f"the generator of preset {preset.name} has no Ali to be aligned")
    learning |= {id(parameter) for parameter in networks.discriminator.head_parameters()}
    _load_averages(networks, depth_gan)
    heads = JointLosses(networks, with_weights(preset, **HEADS_ALONE).joint)
    redrawn = JointLosses(networks, with_weights(preset, **RECONSTRUCTION_ALONE).joint)
    learners = _learners(networks, preset, heads, redrawn, partial=True)
    for network in (networks.generator, networks.discriminator):
        for parameter in network.parameters():
            parameter.requires_grad_(id(parameter) in learning)
    return Stage(learners, sampler.chunk, frozen=(networks.latent,))


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
    losses = JointLosses(networks, preset.joint)
    learners = _learners(networks, preset, losses, losses)
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

    frozen = (networks.latent, networks.generator)
    if not tests:
        return Stage(learners, sampler.chunk, frozen=frozen)
    return Stage(learners, sampler.chunk, validate, pictures, frozen)


def _learners(
    networks: Networks,
    preset: Preset,
    judging: JointLosses,
    drawing: JointLosses,
    *,
    partial: bool = False,
) -> list[Learner]:
    """The learners of discriminator and generator, if the losses use one."""
    weights, latent = preset.joint.weights, networks.latent
    # Without losses of its own a part of a network has no gradient to be shared.
    partial = partial or not (weights.gan and weights.smoothness) or preset.joint.burn_in_steps > 0

    def judge(network: nn.Module, batch: JointBatch) -> object:
        output = network(batch.image, batch.perspective)
        return output.latent, output.embedding, output.real

    def draw(network: nn.Module, batch: JointBatch) -> object:
        return network(latent.encode(batch.points), batch.perspective)

    # What is normalised apart is measured on real crops and their latents: they are what counts.
    apart = preset.joint.apart
    discriminator = Learner(
        networks.discriminator,
        judging.discriminator,
        name="discriminator",
        partial=partial,
        statistics=judge if apart else None,
    )
    judging.teacher = drawing.teacher = discriminator.average
    if not preset.joint.uses_generator:
        return [discriminator]
    generator = Learner(
        networks.generator,
        drawing.generator,
        name="generator",
        every=preset.joint.generator_every,
        first=preset.joint.burn_in_steps,
        statistics=draw if apart else None,
    )
    return [discriminator, generator]


def _load_averages(networks: Networks, path: Path) -> None:
    """Start from the averages that another stage left, of those learners that it had."""
    tensors, _ = load_tensors(path)
    named = {"discriminator": networks.discriminator, "generator": networks.generator}
    for name, network in named.items():
        if any(tensor.startswith(f"{name}.") for tensor in tensors):
            Learner(network, lambda *_: {}, name=name).load_averages(tensors, path)
