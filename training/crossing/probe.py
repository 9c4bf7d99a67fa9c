"""Command ``probe``: what the first convolutions of a discriminator tell of the pose.

Posterior and metric heads branch off behind them, so whatever the GAN learns of unlabelled crops
reaches the posterior through them alone. Here a new posterior learns from labelled crops on
convolutions that stand still: untrained ones, those of a GAN, or those of a network that had all
labels, which tell as much as unlabelled crops could ever teach them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from engine.errors import InvalidInputError, ModelError
from training.arguments import add_compute
from training.crops.crop_dataset import CropDataset
from training.crossing.commands import compute_of
from training.crossing.joint_batches import JointBatchSampler
from training.crossing.networks import build, load_latent
from training.crossing.plan import OF_PRESET, Plan, checkpoint_in, run_plan
from training.crossing.preset import Preset, load_preset, with_weights
from training.crossing.stage import scheduled, stage_config
from training.crossing.stages import alignment_stage
from training.crossing.study_measures import error_on
from training.crossing.study_trials import NO_GENERATOR
from training.learning.best import BestAverages
from training.learning.checkpoint import CHECKPOINT, load_tensors, save_tensors

START: Final = "start.safetensors"
"""What a probe begins with, in its run folder."""
FIRST: Final = "discriminator.average.low."
"""Names of the first convolutions in a stage's checkpoint begin so."""


def probe_plan(
    preset: Preset, vae: Path, sampler: JointBatchSampler, run: Path, convolutions: Path | None
) -> Plan:
    """The alignment's posterior alone, new, on the first convolutions of a checkpoint (untrained
    ones without it); what it begins with is written to the folder ``run``.

    Raises:
        InvalidInputError: if the preset has no alignment.
        ModelError: if the checkpoint is damaged or holds no such convolutions.
    """
    if preset.alignment_stage.left_out:
        raise InvalidInputError(f"preset {preset.name} has no posterior on frozen convolutions")
    preset = scheduled(with_weights(preset, **NO_GENERATOR), "alignment", sampler.crop_count)
    networks = build(preset, vae)
    parts = {"discriminator": networks.discriminator, "generator": networks.generator}
    named = {
        f"{part}.average.{name}": tensor
        for part, network in parts.items()
        for name, tensor in network.state_dict().items()
    }
    files = [vae]
    if convolutions is not None:
        named |= _first(convolutions, named)
        files.append(convolutions)
    start = run / START
    run.mkdir(parents=True, exist_ok=True)
    save_tensors(start, named, {})
    stage = alignment_stage(preset, vae, start, sampler)
    return Plan("probe", preset, stage_config(preset, "alignment"), stage, files)


def _first(checkpoint: Path, like: dict[str, Tensor]) -> dict[str, Tensor]:
    """The first convolutions of a checkpoint."""
    tensors, _ = load_tensors(checkpoint)
    wanted = [name for name in like if name.startswith(FIRST)]
    if any(name not in tensors or tensors[name].shape != like[name].shape for name in wanted):
        raise ModelError(f"{checkpoint} does not hold the first convolutions of this preset")
    return {name: tensors[name] for name in wanted}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``python -m training probe``."""
    parser.add_argument("--run-folder", type=Path, required=True)
    parser.add_argument("--preset", default="paper64")
    parser.add_argument("--pose-vae", type=Path, required=True, help="run folder or file")
    parser.add_argument("--labelled", type=Path, required=True, help="crop file with labels")
    parser.add_argument("--labels-fraction", type=float, default=0.02, help="share of labels used")
    parser.add_argument("--validation", type=Path, required=True, metavar="CROPS")
    parser.add_argument(
        "--convolutions", type=Path, help="run folder or file that has them; untrained if not given"
    )
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--every", type=int, default=50, help="steps between validations")
    add_compute(parser, data_processes=0, precision=OF_PRESET)


def run(options: argparse.Namespace) -> None:
    """Train a posterior on a discriminator's first convolutions, which stand still, and print its
    error on validation crops."""
    folder, compute = options.run_folder, compute_of(options)
    if (folder / CHECKPOINT).exists():
        raise InvalidInputError(f"{folder} holds a run already: choose another")
    torch.manual_seed(options.seed)
    vae, taken = checkpoint_in(options.pose_vae), options.convolutions
    preset, validation = load_preset(options.preset), CropDataset(options.validation)
    sampler = JointBatchSampler(
        preset, CropDataset(options.labelled), fraction=options.labels_fraction
    )
    plan = probe_plan(preset, vae, sampler, folder, None if taken is None else checkpoint_in(taken))
    latent = load_latent(preset, vae).to(compute.device)

    best = BestAverages(folder, error_on(validation, latent), every=options.every, trained=False)
    run_plan(plan, folder, compute, resume=False, steps=options.steps, train=best.train)
    lines = ["| step | validation mm |", "|---|---|"]
    lines += [f"| {step} | {best.curve[step]:.2f} |" for step in sorted(best.curve)]
    sys.stdout.write("\n".join(lines) + f"\nbest: {best.curve[best.step]:.2f} mm\n")
