"""The paper's benchmark on NYU or ICVL, from the set's files to the score, in one command.

Crops with the set's own joints, all stages of the method, the community's list of the test split,
its score. What is done is not done again, so a run that was broken off goes on.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

import torch

from engine.errors import InvalidInputError
from training.arguments import add_compute
from training.crops.crop_dataset import CropDataset
from training.crops.sources import write_dataset
from training.crossing.commands import compute_of
from training.crossing.plan import (
    OF_PRESET,
    Compute,
    Inputs,
    checkpoint_in,
    plan_stage,
    run_plan,
    stages_of,
)
from training.crossing.preset import Preset, load_preset
from training.datasets import open_dataset
from training.datasets.formats import BENCHMARKS
from training.evaluation.centres import read_centres
from training.evaluation.predict import Lists, write_lists
from training.evaluation.predictor import posterior_predictor
from training.evaluation.score import score_lists, score_table
from training.learning.checkpoint import CHECKPOINT

SETS: Final = ("nyu", "icvl")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of ``python -m training reproduce``."""
    parser.add_argument("--dataset", choices=SETS, required=True)
    parser.add_argument("--path", type=Path, required=True, help="where the data set lies")
    parser.add_argument("--run-folder", type=Path, required=True, help="holds everything made")
    parser.add_argument("--preset", help="paper_nyu or paper_icvl if not given, or a .toml file")
    parser.add_argument("--labels-fraction", type=float, default=1.0, help="share of labels used")
    parser.add_argument("--count", type=int, help="at most so many training crops, evenly spread")
    parser.add_argument(
        "--centres", type=Path, help="crop centres of the test split; else hands are detected"
    )
    parser.add_argument(
        "--allow-missing", action="store_true", help="go on without frames that cannot be read"
    )
    add_compute(parser, data_processes=0, precision=OF_PRESET)


def run(options: argparse.Namespace) -> None:
    """Train the paper's method on a data set and score it on the set's test split.

    Raises:
        InvalidInputError: if the data set, the centres or the preset are not usable.
        ModelError: if a checkpoint does not fit or a loss is not finite.
        ExportError: if a file cannot be written.
    """
    preset = load_preset(options.preset or f"paper_{options.dataset}")
    if preset.joints != options.dataset:
        raise InvalidInputError(
            f"preset {preset.name} learns joints {preset.joints}, not those of {options.dataset}"
        )
    folder: Path = options.run_folder
    test = open_dataset(options.dataset, options.path, "test", allow_missing=options.allow_missing)
    centres_mm = None
    if options.centres is not None:
        centres_mm, understood = read_centres(options.centres, test)
        sys.stderr.write(f"{options.centres} is read as {understood}\n")
    train(preset, _crops(options, preset), folder, options.labels_fraction, compute_of(options))
    lists = Lists(folder / "predictions.txt", folder / "ground_truth.txt")
    sentences = write_lists(
        lists,
        test,
        posterior_predictor(folder, preset),
        preset.joint_set,
        centres_mm=centres_mm,
        allow_missing=options.allow_missing,
    )
    sys.stdout.write("".join(f"{sentence}\n" for sentence in sentences))
    assert lists.ground_truth is not None
    form = BENCHMARKS[options.dataset]
    scores = score_lists(form, lists.ground_truth, [lists.predictions])
    sys.stdout.write(score_table(scores))


def _crops(options: argparse.Namespace, preset: Preset) -> CropDataset:
    """The crops of the training split, made if they are not there."""
    path = options.run_folder / "crops.safetensors"
    if not path.exists():
        sentences = write_dataset(
            path,
            options.dataset,
            options.path,
            "train",
            joints=preset.joint_set,
            limit=options.count,
            allow_missing=options.allow_missing,
        )
        sys.stdout.write("".join(f"{sentence}\n" for sentence in sentences))
    return CropDataset(path)


def train(
    preset: Preset, labelled: CropDataset, folder: Path, fraction: float, compute: Compute
) -> None:
    """All stages of ``preset`` in ``folder``; crops beyond the ``fraction`` are unlabelled."""
    before = vae = None
    for name in stages_of(preset):
        torch.manual_seed(compute.seed)
        inputs = Inputs(labelled, fraction=fraction, vae=vae)
        plan = plan_stage(name, preset, inputs, before=before)
        run = folder / name
        run_plan(plan, run, compute, resume=(run / CHECKPOINT).exists())
        if name == "pose-vae":
            vae = checkpoint_in(run)
        else:
            before = run
