"""Commands of Crossing Nets: each stage alone, all stages in a row."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from engine.errors import InvalidInputError
from training.arguments import add_training_run
from training.crops.crop_dataset import CropDataset
from training.crops.sources import unlabelled_datasets
from training.crossing.plan import (
    OF_PRESET,
    Compute,
    Inputs,
    Plan,
    checkpoint_in,
    plan_stage,
    run_plan,
    stages_of,
)
from training.crossing.posterior import STAGE, posterior_stage
from training.crossing.preset import Preset, load_preset
from training.crossing.stage import STAGES
from training.learning.checkpoint import CHECKPOINT

DRY_CROPS = 64
"""Crops of each recording that a dry run looks at."""
Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse names it nowhere else


def add_commands(commands: Commands[argparse.ArgumentParser]) -> None:
    """Register the four stages and ``crossing``."""
    summaries = {
        "pose-vae": "train the pose VAE",
        "depth-gan": "train generator and discriminator alone",
        "alignment": "fit Ali and the discriminator's heads",
        "joint": "train discriminator and generator together",
        "crossing": "train all stages of Crossing Nets, one after the other",
    }
    for name, summary in summaries.items():
        parser = commands.add_parser(name, help=summary, description=f"{summary}.".capitalize())
        _add_options(parser)
        _add_crop_options(parser, labels_needed=name != "pose-vae")
        parser.set_defaults(work=run_all if name == "crossing" else run_one, stage=name)


def add_posterior(commands: Commands[argparse.ArgumentParser]) -> None:
    """Register ``posterior``."""
    summary = "fit the heads of the posterior on a trained estimator"
    parser = commands.add_parser("posterior", help=summary, description=f"{summary}.".capitalize())
    _add_options(parser)
    parser.add_argument("--estimator", type=Path, required=True, help="run folder or file")
    parser.add_argument("--generator", type=Path, required=True, help="run folder or file")
    parser.add_argument("--pose-vae", type=Path, required=True, help="run folder or file")
    parser.set_defaults(work=run_posterior)


def run_posterior(options: argparse.Namespace) -> None:
    """Fit the heads; raises as ``run_one`` does."""
    torch.manual_seed(options.seed)
    preset = load_preset(options.preset)
    paths = (options.pose_vae, options.estimator, options.generator)
    trained = [checkpoint_in(path) for path in paths]
    stage = posterior_stage(preset, *trained)
    with _written_to(options) as folder:
        _train(options, Plan("posterior", preset, STAGE, stage, trained), folder / "posterior")


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run-folder", type=Path, required=True, help="holds all stages")
    parser.add_argument("--preset", default="crossing", help="crossing, paper or a .toml file")
    parser.add_argument("--steps", type=int, help="instead of the preset's (one stage alone)")
    add_training_run(parser, data_processes=0, precision=OF_PRESET)


def compute_of(options: argparse.Namespace) -> Compute:
    """Where and how the command line wants to compute."""
    return Compute(
        options.seed, options.device, options.threads, options.precision, options.data_processes
    )


def _add_crop_options(parser: argparse.ArgumentParser, *, labels_needed: bool) -> None:
    parser.add_argument(
        "--labelled", type=Path, required=labels_needed, help="crop file with labels"
    )
    parser.add_argument(
        "--poses-of-labels",
        action="store_true",
        help="the pose VAE learns the labelled crops' poses, not sampled ones",
    )
    parser.add_argument("--labels-fraction", type=float, default=1.0, help="share of labels used")
    parser.add_argument(
        "--unlabelled",
        type=Path,
        nargs="*",
        default=[],
        metavar="PATH",
        help="crop files and recordings (.bag, .db3, folder)",
    )
    parser.add_argument(
        "--test", type=Path, nargs="*", default=[], metavar="CROPS", help="to be measured on"
    )
    parser.add_argument("--pose-vae", type=Path, help="run folder or file of a trained pose VAE")


def run_all(options: argparse.Namespace) -> None:
    """Every stage of the preset in a row; stages that are done are not done again."""
    preset = load_preset(options.preset)
    with _written_to(options) as folder:
        options.run_folder = folder
        for stage in stages_of(preset):
            if not (stage == "pose-vae" and options.pose_vae):
                options.resume = (folder / stage / CHECKPOINT).exists()
                _run(options, preset, stage, folder)


def run_one(options: argparse.Namespace) -> None:
    """One stage; those before it must have been run in the same folder.

    Raises:
        InvalidInputError: if the run folder holds a run already, or a stage before it is missing.
        ModelError: if a checkpoint does not fit or a loss is not finite.
    """
    preset = load_preset(options.preset)
    with _written_to(options) as folder:
        _run(options, preset, options.stage, folder)


@contextmanager
def _written_to(options: argparse.Namespace) -> Iterator[Path]:
    """The run folder, or for a dry run one that goes away."""
    if not options.dry_run:
        yield options.run_folder
        return
    with tempfile.TemporaryDirectory() as scratch:
        yield Path(scratch)


def _run(options: argparse.Namespace, preset: Preset, name: str, folder: Path) -> None:
    """Run a stage in ``folder``; what it starts from lies in the run folder."""
    torch.manual_seed(options.seed)
    steps = 2 if options.dry_run else options.steps
    if not steps and name not in stages_of(preset):
        raise InvalidInputError(f"preset {preset.name} has no stage {name}")
    inputs = _inputs(options, name, folder)
    before = _before(options.run_folder, preset, name)
    plan = plan_stage(name, preset, inputs, before=before, steps=steps)
    _train(options, plan, folder / name)


def _train(options: argparse.Namespace, plan: Plan, run: Path) -> None:
    steps = 2 if options.dry_run else options.steps
    run_plan(
        plan, run, compute_of(options), resume=options.resume, steps=steps, dry=options.dry_run
    )


def _inputs(options: argparse.Namespace, name: str, folder: Path) -> Inputs:
    """What stage ``name`` is given on the command line."""
    labelled = None if options.labelled is None else CropDataset(options.labelled)
    if name == "pose-vae":
        fraction, own_poses = options.labels_fraction, options.poses_of_labels
        return Inputs(labelled, fraction=fraction, poses_of_labels=own_poses)
    vae = checkpoint_in(options.pose_vae or options.run_folder / "pose-vae")
    limit = DRY_CROPS if options.dry_run else None
    return Inputs(
        labelled,
        unlabelled_datasets(options.unlabelled, folder / "unlabelled", limit=limit),
        options.labels_fraction,
        tests={path.stem: CropDataset(path) for path in options.test},
        vae=vae,
    )


def _before(folder: Path, preset: Preset, name: str) -> Path | None:
    """Folder of the stage that ``name`` starts from; None if the preset has none."""
    earlier = STAGES[1 : STAGES.index(name)]
    stages = [stage for stage in stages_of(preset) if stage in earlier]
    return folder / stages[-1] if stages else None
