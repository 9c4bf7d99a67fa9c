"""At first the joint training may see labelled crops alone, while the generator rests."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from engine.assets import asset_path
from tests.crossing_runs import CropFiles, joint_loop
from training.crops.crop_dataset import CropDataset
from training.crossing.joint_batches import JointBatchSampler
from training.crossing.joint_losses import JointLosses
from training.crossing.networks import build
from training.crossing.posterior import posterior_stage
from training.crossing.preset import Preset, load_preset, with_steps

BURN_IN = 2


@pytest.fixture
def preset(tiny: dict[str, Path]) -> Preset:
    known = load_preset(tiny["crossing"])
    joint = dataclasses.replace(known.joint, burn_in_steps=BURN_IN, ramp_steps=4)
    return dataclasses.replace(known, joint=joint)


def test_what_is_not_labelled_counts_after_the_burn_in(
    preset: Preset, vaes: dict[str, Path], crop_files: CropFiles
) -> None:
    torch.manual_seed(0)
    networks = build(preset, vaes["crossing"])
    steps = JointLosses(networks, preset.joint)
    steps.teacher = networks.discriminator
    sampler = JointBatchSampler(
        preset, CropDataset(crop_files.labelled), [CropDataset(crop_files.unlabelled)]
    )
    chunk = sampler.chunk(3)

    def losses(step: int) -> dict[str, torch.Tensor]:
        return steps.discriminator(networks.discriminator, chunk, step)

    assert set(losses(BURN_IN - 1)) == {"total", "posterior"}
    first, later = losses(BURN_IN), losses(BURN_IN + 2)
    assert set(first) >= {"total", "posterior", "gan"}
    assert "consistency" not in first  # of weight 0 where the ramp begins
    assert set(later) >= {"consistency", "refit", "synthesised", "gan"}


def test_short_runs_have_a_short_burn_in() -> None:
    preset = load_preset("crossing")
    assert with_steps(preset, preset.joint_stage.steps) == preset
    assert with_steps(preset, 2).joint.burn_in_steps == 1  # a dry run sees every loss


def test_the_heads_of_a_trained_estimator_have_none() -> None:
    names = ("pose_decoder", "discriminator", "generator")
    paths = (asset_path("models", f"{name}.safetensors") for name in names)
    stage = posterior_stage(load_preset("crossing"), *paths)
    batch = stage.sample_chunk(0)
    learner = stage.learners[0]
    assert set(learner.loss_of(learner.model, batch, 1)) >= {"posterior", "gan", "smoothness"}


def test_the_generator_rests_during_the_burn_in(
    tmp_path: Path, preset: Preset, vaes: dict[str, Path], crop_files: CropFiles
) -> None:
    preset = dataclasses.replace(preset, joint=dataclasses.replace(preset.joint, generator_every=1))
    loop = joint_loop(tmp_path, preset, vaes["crossing"], crop_files, BURN_IN + 1)
    judge, make = loop.learners
    moved = {}
    for last in (BURN_IN, BURN_IN + 1):
        before = [[p.clone() for p in learner.model.parameters()] for learner in (judge, make)]
        loop.run_until(last)
        moved[last] = [
            any(
                not torch.equal(a, b)
                for a, b in zip(known, learner.model.parameters(), strict=True)
            )
            for known, learner in zip(before, (judge, make), strict=True)
        ]
    assert moved == {BURN_IN: [True, False], BURN_IN + 1: [True, True]}
