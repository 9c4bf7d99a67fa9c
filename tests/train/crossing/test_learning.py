"""The networks learn: each overfits one chunk of crops, down to measured bounds in mm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from engine.assets import asset_path
from engine.skeleton import JOINT_COUNT
from tests.crossing_runs import CropFiles, altered
from training.crops.crop_dataset import CropDataset
from training.crossing.joint_batches import JointBatch, JointBatchSampler
from training.crossing.joint_losses import JointLosses
from training.crossing.losses import dense_loss, reconstruction_loss
from training.crossing.metrics import compare_depth
from training.crossing.networks import build
from training.crossing.preset import Preset, load_preset, with_weights
from training.learning.learner import Learner
from training.models.depth_gan import CrossingDiscriminator
from training.models.distances import joint_distance


def one_chunk(preset: Preset, path: Path) -> JointBatch:
    return JointBatchSampler(preset, CropDataset(path)).chunk(3)


def overfit(learner: Learner, chunk: JointBatch, steps: int) -> None:
    learner.prepare(torch.device("cpu"), (0.9, 0.99), 0.0)
    for step in range(steps):
        learner.step(learner.model, [chunk], 4e-3 * min(1.0, 4 * (1 - step / steps)), 0)


def test_the_discriminator_finds_the_poses_of_one_chunk(
    tmp_path: Path, vaes: dict[str, Path], crop_files: CropFiles
) -> None:
    """Some joints are not marked: the posterior is to find them as the pose VAE fills them in."""
    path = altered(CropDataset(crop_files.labelled), [1, 21], tmp_path / "some.safetensors")
    preset = with_weights(
        load_preset("crossing"), gan=0.0, smoothness=0.0, synthesised=0.0, refit=0.0
    )
    torch.manual_seed(0)
    networks, chunk = build(preset, vaes["crossing"]), one_chunk(preset, path)
    # An untrained pose VAE decodes to another hand than the crop's: that one is to be found.
    truth = networks.latent.decode(networks.latent.encode(chunk.points))[:, :JOINT_COUNT]

    def error_mm() -> float:
        with torch.no_grad():
            judged = networks.discriminator(chunk.image, chunk.perspective)
        found = networks.latent.decode(judged.latent)[:, :JOINT_COUNT]
        return float((found - truth).norm(dim=-1).mean())

    before = error_mm()
    steps = JointLosses(networks, preset.joint)
    overfit(Learner(networks.discriminator, steps.discriminator), chunk, 45)
    assert before > 40.0
    assert error_mm() < 6.0


def test_the_generator_draws_one_chunk(crop_files: CropFiles) -> None:
    """With the shipped pose decoder: it draws the hand that the latent decodes to."""
    preset = load_preset("crossing")
    torch.manual_seed(0)
    vae = asset_path("models", "pose_decoder.safetensors")
    networks, chunk = build(preset, vae), one_chunk(preset, crop_files.labelled)
    latents = networks.latent.encode(chunk.points)

    def loss_of(generator: nn.Module, batch: JointBatch, _: int) -> dict[str, Tensor]:
        made = generator(latents, batch.perspective)
        return {"total": reconstruction_loss(made, batch.image, clip=1.0)}

    overfit(Learner(networks.generator, loss_of), chunk, 60)
    with torch.no_grad():
        made = networks.generator(latents, chunk.perspective)
    score = compare_depth(made, chunk.image)
    assert score.silhouette_mm < 40.0
    assert score.iou > 0.5


def test_joints_that_are_not_marked_teach_the_dense_head_nothing(
    tmp_path: Path, vaes: dict[str, Path], crop_files: CropFiles
) -> None:
    path = altered(CropDataset(crop_files.labelled), [1, 4, 21], tmp_path / "some.safetensors")
    preset = load_preset("crossing")
    discriminator, chunk = build(preset, vaes["crossing"]).discriminator, one_chunk(preset, path)
    assert isinstance(discriminator, CrossingDiscriminator)
    judged = discriminator(chunk.image, chunk.perspective)
    dense_loss(judged, chunk.points, chunk.perspective).mean().backward()
    gradient = discriminator.dense.weight.grad
    assert gradient is not None and gradient.isfinite().all()
    # Channels are (weight, u, v, d) of all joints in turn.
    touched = {k for k in range(JOINT_COUNT) if gradient[k::JOINT_COUNT].abs().amax() > 0}
    assert touched == set(range(JOINT_COUNT)) - {1, 4}


def test_the_distance_of_joints_is_the_mean_over_those_known() -> None:
    found = torch.from_numpy(np.random.default_rng(0).normal(0, 1, (3, 21, 3)).astype(np.float32))
    wanted = torch.zeros(3, 21, 3)
    known = torch.ones(3, 21)
    torch.testing.assert_close(joint_distance(found, wanted, known), joint_distance(found, wanted))
    known[:, 5:] = 0.0
    torch.testing.assert_close(
        joint_distance(found, wanted, known), joint_distance(found[:, :5], wanted[:, :5])
    )
