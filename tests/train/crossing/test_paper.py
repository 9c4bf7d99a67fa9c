"""Preset paper is the paper: what is trained on what, what stands still, and that it learns."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.crossing_runs import CropFiles
from training.crops.crop_dataset import CropDataset
from training.crossing.joint_batches import JointBatch, JointBatchSampler, random_mixture
from training.crossing.joint_losses import JointLosses
from training.crossing.metrics import compare_depth
from training.crossing.networks import Networks, build
from training.crossing.plan import Inputs, plan_stage
from training.crossing.preset import Preset, load_preset
from training.crossing.stage import Stage
from training.crossing.stages import alignment_stage, depth_gan_stage, joint_stage
from training.learning.batches import joined
from training.learning.checkpoint import CHECKPOINT, save_tensors
from training.learning.config import LoopConfig
from training.learning.learner import Learner
from training.learning.loop import Loop
from training.models.paper_networks import PaperDiscriminator, PaperGenerator
from training.models.sizes import enlarged

CPU = torch.device("cpu")
BATCH = 32
STEPS = 260


@pytest.fixture(scope="module")
def preset() -> Preset:
    return dataclasses.replace(load_preset("paper"), resolution=32)


@pytest.fixture(scope="module")
def sampler(preset: Preset, crop_files: CropFiles) -> JointBatchSampler:
    labelled, unlabelled = CropDataset(crop_files.labelled), CropDataset(crop_files.unlabelled)
    return JointBatchSampler(preset, labelled, [unlabelled], fraction=0.5)


def batch_of(sampler: JointBatchSampler, seed: int = 3) -> JointBatch:
    chunks = [sampler.chunk(seed + k) for k in range(BATCH // 16)]
    return joined(chunks, CPU)


def calls_of(network: nn.Module) -> Counter[str]:
    """Counts how often each part of ``network`` computes."""
    counted: Counter[str] = Counter()
    for name, part in network.named_children():
        part.register_forward_hook(lambda *_, name=name: counted.update([name]))
    return counted


def step(learner: Learner, batch: object, rate: float = 1e-3, number: int = 0) -> dict[str, Tensor]:
    return learner.step(learner.model, [batch], rate, number)  # type: ignore[list-item]


def prepared(stage: Stage) -> tuple[Learner, Learner]:
    judge, draw = stage.learners
    for learner in (judge, draw):
        learner.prepare(CPU, (0.5, 0.999), 0.0)
    return judge, draw


def moved(network: nn.Module, act: Callable[[], object]) -> set[str]:
    """Names of the children of ``network`` whose weights ``act`` changes."""
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    act()
    return {
        name.partition(".")[0]
        for name, p in network.named_parameters()
        if not torch.equal(before[name], p)
    }


@pytest.fixture(scope="module")
def learned_vae(
    preset: Preset, labelled: CropDataset, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A pose VAE that knows the labelled crops' poses: an untrained one tells no two apart."""
    torch.manual_seed(0)
    stage = plan_stage("pose-vae", preset, Inputs(labelled, poses_of_labels=True)).stage
    (learner,) = stage.learners
    learner.prepare(CPU, (0.5, 0.999), 0.0)
    for number in range(200):
        step(learner, stage.sample_chunk(number), 3e-3)
    path = tmp_path_factory.mktemp("vae") / CHECKPOINT
    weights = learner.model.state_dict()
    save_tensors(path, {f"average.{name}": value for name, value in weights.items()}, {})
    return path


def test_the_generator_redraws_one_batch_and_the_posterior_learns_it(
    preset: Preset, learned_vae: Path, labelled: CropDataset
) -> None:
    """The joint training's own two steps in turn, on 16 crops."""
    torch.manual_seed(0)
    networks = build(preset, learned_vae)
    batch = JointBatchSampler(preset, labelled).chunk(3)
    losses = JointLosses(networks, preset.joint)
    learners = [
        Learner(networks.discriminator, losses.discriminator),
        Learner(networks.generator, losses.generator),
    ]
    for learner in learners:
        learner.prepare(CPU, (0.5, 0.999), 0.0)
    latents = networks.latent.encode(batch.points)

    def measured() -> tuple[float, float]:
        """IoU of the redrawn silhouettes, and how far the posterior is off in latents."""
        with torch.no_grad():
            made = networks.generator.hard_outline(latents, batch.perspective)
            found = networks.discriminator(batch.image, batch.perspective).latent
        iou = compare_depth(made, enlarged(batch.image)).iou
        return iou, float((found - latents).pow(2).mean().sqrt())

    iou, before = measured()
    assert iou < 0.5
    for number in range(STEPS):
        for learner in learners:
            step(learner, batch, 4e-3 * min(1.0, 3 * (1 - number / STEPS)), number)
    iou, after = measured()
    assert iou > 0.9
    assert after < 0.2 * before


def test_kinds_of_crops_are_normalised_apart() -> None:
    torch.manual_seed(0)
    discriminator, generator = PaperDiscriminator(23, resolution=32), PaperGenerator(23)
    image, other = torch.rand(16, 1, 32, 32), torch.rand(16, 1, 32, 32) * 0.1
    perspective = torch.full((16,), 0.3)
    alone = discriminator(image, perspective)
    both = discriminator(torch.cat([image, other]), torch.cat([perspective] * 2), [16, 16])
    first, _ = both.split([16, 16])
    for name in ("real", "latent", "embedding", "features"):
        torch.testing.assert_close(getattr(first, name), getattr(alone, name))
    together = discriminator(torch.cat([image, other]), torch.cat([perspective] * 2))
    assert not torch.allclose(together.latent[:16], alone.latent, atol=1e-3)
    latent, wide = torch.randn(16, 23), 5 * torch.randn(16, 23) + 3
    drawn = generator(torch.cat([latent, wide]), torch.cat([perspective] * 2), sizes=[16, 16])
    torch.testing.assert_close(drawn[:16], generator(latent, perspective), rtol=0, atol=1e-4)


def test_no_head_computes_that_no_loss_asks_for(
    preset: Preset, vaes: dict[str, Path], sampler: JointBatchSampler, tmp_path: Path
) -> None:
    judge, draw = prepared(depth_gan_stage(preset, vaes["paper"], sampler))
    counted = calls_of(judge.model)
    observed = sampler.observed(0)
    step(judge, observed)
    assert set(counted) == {"high", "real"} and counted["high"] == 2  # real ones, drawn ones
    counted.clear()
    step(draw, observed)
    assert set(counted) == {"high"}
    judge, draw = prepared(joint_stage(preset, vaes["paper"], sampler))
    counted, taught = calls_of(judge.model), calls_of(judge.average)
    batch = batch_of(sampler)
    losses = step(judge, batch)
    assert set(losses) == {"total", "posterior", "smoothness", "gan"}
    # Labelled, unlabelled, random and redrawn crops; the posterior sees labelled ones alone.
    assert (counted["high"], counted["posterior"], counted["metric"]) == (4, 1, 3)
    counted.clear()
    losses = step(draw, batch)
    assert set(losses) == {"total", "reconstruction", "matching", "smoothness"}
    assert (counted["high"], counted["posterior"], counted["metric"]) == (4, 0, 3)
    assert not taught  # nothing is learned from a teacher


def test_the_gan_sees_all_crops(sampler: JointBatchSampler, preset: Preset) -> None:
    assert sampler.crop_count == 48 + 32
    seen = torch.cat([sampler.observed(k).image for k in range(20)]).flatten(1)
    assert len(torch.unique(seen, dim=0)) > 0.9 * sampler.crop_count


def test_the_alignment_moves_ali_and_the_heads_alone(
    preset: Preset, vaes: dict[str, Path], sampler: JointBatchSampler, tmp_path: Path
) -> None:
    stage = depth_gan_stage(preset, vaes["paper"], sampler)
    config = LoopConfig(steps=1, batch=16, warmup_steps=1)
    Loop(stage.learners, config, tmp_path, sample_chunk=stage.sample_chunk).run()
    judge, draw = prepared(alignment_stage(preset, vaes["paper"], tmp_path / CHECKPOINT, sampler))
    batch = batch_of(sampler)
    losses: dict[str, Tensor] = {}
    assert moved(judge.model, lambda: losses.update(step(judge, batch))) == {"posterior", "metric"}
    assert set(losses) == {"total", "posterior", "smoothness"}
    losses.clear()
    assert moved(draw.model, lambda: losses.update(step(draw, batch))) == {"align"}
    assert set(losses) == {"total", "reconstruction"}


def test_measured_statistics_are_of_real_crops(
    preset: Preset, vaes: dict[str, Path], sampler: JointBatchSampler
) -> None:
    judge, draw = prepared(joint_stage(preset, vaes["paper"], sampler))
    batch = batch_of(sampler)
    for learner in (judge, draw):
        learner.update_batch_statistics([batch], 0)
    networks: Networks = build(preset, vaes["paper"])
    for live, learner in ((networks.discriminator, judge), (networks.generator, draw)):
        live.load_state_dict(learner.average.state_dict())
        live.train()
    latents = networks.latent.encode(batch.points)
    with torch.no_grad():
        for name in ("latent", "real"):
            found, expected = (
                getattr(network(batch.image, batch.perspective), name)
                for network in (judge.average, networks.discriminator)
            )
            torch.testing.assert_close(found, expected, rtol=0.05, atol=0.05)
        found, expected = (
            n(latents, batch.perspective) for n in (draw.average, networks.generator)
        )
    torch.testing.assert_close(found, expected, rtol=0.05, atol=0.05)


def test_random_latents_are_mixed_of_a_whole_batch() -> None:
    mixture = random_mixture(np.random.default_rng(0), 64, 5)
    for count in (3, 16, 200):
        weights = mixture.weights(count)
        assert weights.shape == (64, count)
        torch.testing.assert_close(weights.sum(dim=1), torch.ones(64))
    assert (mixture.weights(200) > 0).any(dim=0).float().mean() > 0.6
