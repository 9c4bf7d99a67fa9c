"""The posterior's heads on the shipped estimator and generator: the last stage of what is shipped.

The estimator has seen far more crops than a joint training from scratch could show a
discriminator, among them people and things beside the hand. So its trunk is held, and only the
heads learn: on scenes made on the fly, against a generator that stands still.
"""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from engine.assets import asset_path
from engine.errors import ModelError
from engine.simulation.model import HandModel
from engine.simulation.scene_sampler import SceneSampler
from engine.skeleton import JOINT_COUNT
from training.crops.crop_sampler import TEST_SEED, CropConfig, CropSampler
from training.crossing.joint_batches import JointBatch, random_mixture
from training.crossing.joint_losses import JointLosses
from training.crossing.networks import Frozen, Networks, load_rig_latent
from training.crossing.preset import Preset, StageConfig, with_weights
from training.crossing.stage import Stage
from training.learning.checkpoint import load_tensors, restore_module
from training.learning.learner import Learner
from training.learning.workers import CHUNK
from training.models.depth_gan import (
    CrossingDiscriminator,
    DiscriminatorOutput,
    PosteriorHeads,
    metric_points,
)
from training.models.generator import CrossingGenerator
from training.models.latent import RigLatent
from training.models.live import LiveDiscriminator, LiveOutput
from training.models.rig import POINT_COUNT
from training.models.saved_estimator import load_estimator

VALIDATION_CHUNKS: Final = 24
WEIGHTS: Final = {"dense": 0.0, "consistency": 0.0, "gan": 0.1, "smoothness": 2.9}
"""What differs from the preset: the dense head is the estimator's, no crop is without labels."""
RAMP_STEPS: Final = 1000
STAGE: Final = StageConfig(
    steps=3000, batch=32, rate=2e-3, beta1=0.9, anneal=0.5, warmup_steps=100, average_steps=300
)


class SceneBatchSampler:
    """Crops of right hands in whole scenes, with what the joint training asks of a chunk. Used by
    one thread."""

    def __init__(self, preset: Preset) -> None:
        scenes = SceneSampler(HandModel.load())
        self._crops = CropSampler(scenes, CropConfig(left=0.0, nothing=0.0))
        self._mixed = preset.joint.mixed

    def chunk(self, seed: int) -> JointBatch:
        """16 crops; the forearm's point is not known."""
        batch = self._crops.chunk(seed)
        points = torch.full((CHUNK, POINT_COUNT, 3), torch.nan)
        points[:, :JOINT_COUNT] = metric_points(batch.joints, batch.perspective)
        rng = np.random.default_rng([seed, 1])
        mix = random_mixture(rng, CHUNK, self._mixed)
        normal = torch.from_numpy(rng.standard_normal((CHUNK, 64)).astype(np.float32))
        return JointBatch(batch.image, batch.perspective, points, mix, normal)


def posterior_stage(preset: Preset, vae: Path, estimator: Path, generator: Path) -> Stage:
    """Heads on the estimator in ``estimator`` (``.safetensors``), judged beside the generator in
    ``generator`` (a run's checkpoint or ``.safetensors``).

    Raises:
        ModelError: if a file is missing, damaged or of another network.
    """
    preset = with_weights(preset, **WEIGHTS)
    # The trunk is trained: its heads need no burn-in.
    joint = dataclasses.replace(preset.joint, burn_in_steps=0, ramp_steps=RAMP_STEPS)
    preset = dataclasses.replace(preset, joint=joint)
    networks = _networks(preset, vae, estimator, generator)
    discriminator = networks.discriminator
    losses = JointLosses(networks, preset.joint)
    learner = Learner(discriminator, losses.discriminator, name="discriminator", partial=True)
    losses.teacher = learner.average
    sampler = SceneBatchSampler(preset)
    held_out = [sampler.chunk(TEST_SEED + k) for k in range(VALIDATION_CHUNKS)]

    def validate(average: nn.Module) -> dict[str, float]:
        return posterior_score(average, networks.latent, held_out)

    return Stage([learner], sampler.chunk, validate)


@torch.no_grad()
def posterior_score(
    discriminator: nn.Module, latent: RigLatent, chunks: list[JointBatch]
) -> dict[str, float]:
    """Mean error in mm of the posterior's decoded joints and of the dense head's; ``calibration``
    is the rms of the latent's error over its spread, 1 at best."""
    found: dict[str, list[Tensor]] = {"posterior_mm": [], "dense_mm": [], "calibration": []}
    for batch in chunks:
        output: DiscriminatorOutput | LiveOutput = discriminator(batch.image, batch.perspective)
        assert output.joints is not None
        assert output.log_sd is not None
        truth = batch.points[:, :JOINT_COUNT]
        decoded = latent.decode(output.latent)[:, :JOINT_COUNT]
        dense = metric_points(output.joints, batch.perspective)
        found["posterior_mm"].append((decoded - truth).norm(dim=-1).mean(dim=1))
        found["dense_mm"].append((dense - truth).norm(dim=-1).mean(dim=1))
        away = (latent.encode(batch.points) - output.latent) * torch.exp(-output.log_sd)
        found["calibration"].append(away.pow(2).mean(dim=1))
    score = {name: float(torch.cat(values).mean()) for name, values in found.items()}
    score["calibration"] = score["calibration"] ** 0.5
    return score


def _networks(preset: Preset, vae: Path, estimator: Path, generator: Path) -> Networks:
    latent = load_rig_latent(preset, vae)
    direct = load_estimator(estimator)
    discriminator = CrossingDiscriminator(latent.vae.code_size, direct.trunk.config)
    discriminator.trunk.load_state_dict(direct.trunk.state_dict())
    discriminator.dense.load_state_dict(direct.dense.state_dict())
    discriminator.freeze_trunk()
    return Networks(latent, Frozen(load_generator(generator, latent)), discriminator)


def load_generator(path: Path, latent: RigLatent) -> CrossingGenerator:
    """The averaged generator of a run's checkpoint or of an exported ``.safetensors``.

    Raises:
        ModelError: if the file is missing, damaged or of another network.
    """
    tensors, _ = load_tensors(path)
    prefixes = ("generator.average.", "average.generator.")
    found = (p for p in prefixes if any(name.startswith(p) for name in tensors))
    prefix = next(found, prefixes[0])
    network = CrossingGenerator(copy.deepcopy(latent)).eval()
    restore_module(network, tensors, prefix, path)
    return network


def live_discriminator(preset: Preset, run: Path, estimator: Path) -> LiveDiscriminator:
    """The estimator with the averaged heads of a run of ``posterior_stage``.

    Raises:
        ModelError: if a file is missing or damaged, or the heads were trained on another estimator.
    """
    direct = load_estimator(estimator)
    trained = CrossingDiscriminator(preset.pose_vae.code_size, direct.trunk.config)
    tensors, _ = load_tensors(run)
    restore_module(trained, tensors, "discriminator.average.", run)
    if not torch.allclose(trained.dense.weight, direct.dense.weight, atol=1e-3):
        raise ModelError(f"the heads in {run} were not trained on the estimator in {estimator}")
    return LiveDiscriminator(direct, trained.heads).eval()


def shipped_networks(preset: Preset, folder: Path | None = None) -> Networks:
    """The networks that the program runs, with gradients: pose decoder, generator and
    discriminator exported to ``folder`` (the program's own if not given).

    Raises:
        ModelError: if a file is missing, damaged or of another network.
    """
    folder = folder or asset_path("models")
    latent = load_rig_latent(preset, folder / "pose_decoder.safetensors")
    path = folder / "discriminator.safetensors"
    tensors, _ = load_tensors(path)
    direct = load_estimator(path)
    heads = PosteriorHeads(latent.vae.code_size, direct.trunk.config.channels[-1])
    restore_module(heads, tensors, "average.heads.", path)
    discriminator = LiveDiscriminator(direct, heads).eval()
    generator = load_generator(folder / "generator.safetensors", latent)
    return Networks(latent, generator, discriminator)
