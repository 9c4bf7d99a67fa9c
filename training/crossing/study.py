"""Command ``study``: its runs are trained and measured, its tables and pictures are made.

``study_trials`` lists the runs, ``study_runs`` does one, ``study_report`` reports and draws.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from engine.output import check_target, replacing
from training.arguments import add_compute
from training.crops.crop_dataset import CropDataset
from training.crossing.commands import compute_of
from training.crossing.pictures import compared
from training.crossing.plan import OF_PRESET
from training.crossing.study_crops import COUNTS, crop_files
from training.crossing.study_report import (
    TOLD_FRACTIONS,
    parts_table,
    save_curves,
    table,
    write_rows,
)
from training.crossing.study_runs import RESULT, StudyConfig, run_trial, trained
from training.crossing.study_trials import ABLATION_FRACTION, PRESETS, Trial, trials


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``python -m training study``."""
    parser.add_argument("--run-folder", type=Path, required=True, help="holds all runs")
    parser.add_argument("--pose-vae", type=Path, required=True, help="folder of KIND/pose-vae")
    parser.add_argument("--question", choices=tuple(PRESETS), default="claim")
    for name in ("labelled", "unlabelled", "validation", "test"):
        parser.add_argument(f"--{name}", type=int, metavar="N", help=f"{name} crops, if not usual")
    parser.add_argument(
        "--samples", type=int, default=192 * 3000, help="labelled crops that a joint training sees"
    )
    parser.add_argument(
        "--gan-samples", type=int, default=96 * 10000, help="crops that the GAN alone sees"
    )
    parser.add_argument(
        "--every", type=int, default=100, metavar="N", help="steps between validations"
    )
    parser.add_argument("--seeds", type=int, nargs="+", help="of the runs, the first one of all")
    parser.add_argument("--presets", nargs="+", help="those of the question if not given")
    parser.add_argument("--minutes", type=float, help="begin no run after so many")
    parser.add_argument("--share", type=int, nargs=2, default=[0, 1], metavar=("K", "N"))
    parser.add_argument("--report", action="store_true", help="only print what was measured")
    parser.add_argument("--plot", type=Path, metavar="PNG", help="where to draw the curves")
    parser.add_argument("--picture", type=Path, metavar="PNG", help="where to draw test hands")
    parser.add_argument("--json", type=Path, help="where to keep the rows, docs/study.json")
    add_compute(parser, data_processes=0, precision=OF_PRESET)


def run(options: argparse.Namespace) -> None:
    """Train and measure the runs of the study that are missing, print its table and draw it.

    Raises:
        ExportError: if the plot or the picture cannot be written.
    """
    for path in (options.plot, options.picture, options.json):
        if path is not None:
            check_target(path)
    config = StudyConfig(
        options.run_folder,
        options.pose_vae,
        options.samples,
        options.gan_samples,
        options.every,
        compute=compute_of(options),
    )
    question, seeds = options.question, options.seeds or [options.seed]
    wanted = list(trials(question, seeds, options.presets))[options.share[0] :: options.share[1]]
    if not options.report:
        _run_missing(options, wanted, config)
    found = sorted(options.run_folder.glob(f"*/{RESULT}"))
    results = [json.loads(path.read_text()) for path in found]
    results = [result for result in results if result["question"] == question]
    sys.stdout.write(f"{table(results)}\n")
    for fraction in TOLD_FRACTIONS:
        parts = parts_table(results, fraction)
        sys.stdout.write(f"\nWith {100 * fraction:g}% of the labels:\n\n{parts}\n")
    if options.json is not None:
        write_rows(options.json, question, results)
    if options.plot is not None:
        save_curves(options.plot, results)
    if options.picture is not None:
        save_hands(options.picture, wanted[0], config)


def _run_missing(options: argparse.Namespace, wanted: Sequence[Trial], config: StudyConfig) -> None:
    counts = {
        name: getattr(options, name.removesuffix("_labelled")) or count
        for name, count in COUNTS[options.question].items()
    }
    paths = crop_files(options.question, options.run_folder / "crops", counts)
    started = time.monotonic()
    for trial in wanted:
        spent = (time.monotonic() - started) / 60
        if options.minutes is not None and spent >= options.minutes:
            return
        if run_trial(trial, config, paths) is None:
            sys.stdout.write(f"{trial.folder} waits for the run whose time it is to have\n")


def save_hands(path: Path, like: Trial, config: StudyConfig) -> None:
    """Draw test crops with what the plain network sees in them, then the method without unlabelled
    crops and with them, all with few labels, and what the last one draws: the same hands and a
    walk from the first to the last; question, preset and seed are those of ``like``.

    Raises:
        ModelError: if one of these runs was not done.
        ExportError: if the file cannot be written.
    """
    few = dataclasses.replace(
        like, fraction=ABLATION_FRACTION, unlabelled=False, variant="crossing", budget="steps"
    )
    compared_trials = [
        dataclasses.replace(few, variant="supervised"),
        few,
        dataclasses.replace(few, unlabelled=True),
    ]
    dataset = CropDataset(config.folder / "crops" / "test.safetensors")
    picture = compared([trained(trial, config) for trial in compared_trials], dataset)
    with replacing(path) as partial:
        Image.fromarray(picture).save(partial)
