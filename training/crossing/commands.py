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
from training.crossing.joint_batches import JointBatchSampler, require_labels
from training.crossing.posterior import STAGE, posterior_stage
from training.crossing.preset import Preset, StageConfig, load_preset, with_steps
from training.crossing.stages import (
    STAGES,
    Stage,
    alignment_stage,
    depth_gan_stage,
    joint_stage,
    pose_vae_stage,
    stage_config,
)
from training.learning.checkpoint import CHECKPOINT
from training.learning.loop import Loop
from training.learning.run_record import write_record

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
        if name != "pose-vae":
            _add_crop_options(parser)
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
    trained = (_checkpoint(p) for p in (options.pose_vae, options.estimator, options.generator))
    stage = posterior_stage(preset, *trained)
    with _written_to(options) as folder:
        _train(options, stage, STAGE, f"posterior of {preset.name}", folder / "posterior")


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run-folder", type=Path, required=True, help="holds all stages")
    parser.add_argument("--preset", default="crossing", help="crossing, paper or a .toml file")
    parser.add_argument("--steps", type=int, help="instead of the preset's (one stage alone)")
    add_training_run(parser)


def _add_crop_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--labelled", type=Path, required=True, help="crop file with labels")
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
        for stage in STAGES:
            if stage_config(preset, stage).steps and not (stage == "pose-vae" and options.pose_vae):
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
    config = stage_config(preset, name)
    if not (options.steps or config.steps):
        raise InvalidInputError(f"preset {preset.name} has no stage {name}")
    stage = _stage(options, preset, name, folder)
    _train(options, stage, config, f"{name} of {preset.name}", folder / name)


def _train(
    options: argparse.Namespace, stage: Stage, config: StageConfig, kind: str, run: Path
) -> None:
    torch.set_num_threads(options.threads)
    loop = Loop(
        stage.learners,
        config.loop(options.seed, _steps(options)),
        run,
        sample_chunk=stage.sample_chunk,
        validate=stage.validate,
        pictures=stage.pictures,
        kind=kind,
        device=options.device,
    )
    if options.resume:
        loop.resume()
    elif loop.checkpoint_path.exists():
        raise InvalidInputError(f"{run} holds a run already: add --resume or choose another")
    if loop.workers.is_leader:
        write_record(run, kind, options.seed)
    loop.run()
    # The next stage starts from what the leader has written by then.
    loop.workers.broadcast(True)


def _steps(options: argparse.Namespace) -> int | None:
    """Steps that are asked for instead of the preset's."""
    return 2 if options.dry_run else options.steps


def _stage(options: argparse.Namespace, preset: Preset, name: str, folder: Path) -> Stage:
    if name == "pose-vae":
        return pose_vae_stage(preset)
    vae = _checkpoint(options.pose_vae or options.run_folder / "pose-vae")
    labelled = CropDataset(options.labelled)
    limit = DRY_CROPS if options.dry_run else None
    unlabelled = unlabelled_datasets(options.unlabelled, folder / "unlabelled", limit=limit)
    sampler = JointBatchSampler(preset, labelled, unlabelled, fraction=options.labels_fraction)
    tests = {path.stem: CropDataset(path) for path in options.test}
    for test in tests.values():
        require_labels(preset, test)
    if name == "depth-gan":
        return depth_gan_stage(preset, vae, sampler, test=next(iter(tests.values()), None))
    before = _before(options.run_folder, preset, name)
    if name == "alignment":
        if before is None:
            raise InvalidInputError("the alignment needs a trained depth GAN")
        return alignment_stage(preset, vae, before, sampler)
    steps = _steps(options) or preset.joint_stage.steps
    return joint_stage(with_steps(preset, steps), vae, sampler, start=before, tests=tests)


def _before(folder: Path, preset: Preset, name: str) -> Path | None:
    """Checkpoint of the stage that ``name`` starts from; None if the preset has none."""
    earlier = STAGES[1 : STAGES.index(name)]
    stages = [stage for stage in earlier if stage_config(preset, stage).steps]
    return _checkpoint(folder / stages[-1]) if stages else None


def _checkpoint(path: Path) -> Path:
    """The checkpoint file of a run folder, or the file itself."""
    file = path / CHECKPOINT if path.is_dir() or not path.suffix else path
    if not file.exists():
        raise InvalidInputError(f"{file} is missing: run the stage that makes it first")
    return file
