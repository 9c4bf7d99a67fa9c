"""The study's runs: trained, measured on crops that no training sees, reported.

A run is kept in a folder of its own and never done twice, so a study can be broken off and gone on
with. ``study_trials`` lists the runs, ``study_report`` reports and draws what was found.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import torch
from PIL import Image

from engine.assets import asset_path
from engine.output import check_target, replacing, write_text
from training.arguments import add_compute
from training.crops.crop_dataset import CropDataset
from training.crossing.commands import compute_of
from training.crossing.networks import Networks, load_run
from training.crossing.pictures import compared
from training.crossing.plan import OF_PRESET, Compute, Inputs, plan_stage, run_plan, stages_of
from training.crossing.preset import Preset, load_preset, with_weights
from training.crossing.stage import stage_config
from training.crossing.stages import joint_networks
from training.crossing.study_crops import COUNTS, crop_files
from training.crossing.study_measures import measured, measured_with_statistics_of
from training.crossing.study_report import (
    TOLD_FRACTIONS,
    parts_table,
    save_curves,
    table,
    write_rows,
)
from training.crossing.study_trials import ABLATION_FRACTION, PRESETS, VARIANTS, Trial, trials
from training.learning.checkpoint import CHECKPOINT

RESULT: Final = "result.json"
SHIPPED: Final = {"crossing": "pose_decoder.safetensors"}
"""Pose VAEs that the program comes with, by the kind of preset."""


@dataclass(frozen=True, slots=True)
class StudyConfig:
    """``folder`` holds all runs, ``vae`` the pose VAEs (``KIND/pose-vae``; without one preset
    crossing takes the shipped one). The joint training sees ``samples`` labelled crops, the
    generator's first stage ``gan_samples`` crops."""

    folder: Path
    vae: Path
    samples: int = 192 * 3000
    gan_samples: int = 96 * 10000
    compute: Compute = field(default_factory=Compute)


def run_trial(trial: Trial, config: StudyConfig, paths: dict[str, Path]) -> dict[str, Any] | None:
    """Do one run, or read its result if it was done before; None if it waits for others.

    Raises:
        ModelError: if a checkpoint does not fit or a loss is not finite.
    """
    folder = config.folder / trial.folder
    result = folder / RESULT
    if result.exists():
        return dict(json.loads(result.read_text()))
    samples = _samples(trial, config)
    if samples is None:
        return None
    compute = dataclasses.replace(config.compute, seed=trial.seed)
    torch.manual_seed(trial.seed)
    torch.set_num_threads(compute.threads)
    preset = _preset(trial)
    vae, before, minutes = _vae(preset, config), None, {}
    others = [CropDataset(paths["unlabelled"])] if "unlabelled" in paths else []
    labelled = CropDataset(_labelled_file(trial, paths))
    inputs = Inputs(
        labelled,
        others if trial.unlabelled else [],
        trial.fraction,
        rest=trial.unlabelled,
        vae=vae,
    )
    for name, steps in stage_steps(preset, samples, config.gan_samples).items():
        run = folder / name
        if name == "depth-gan":
            run = config.folder / _generator_folder(trial, preset)
        plan = plan_stage(name, preset, inputs, before=before, steps=steps)
        loop = run_plan(plan, run, compute, resume=(run / CHECKPOINT).exists(), steps=steps)
        before, minutes[name] = run, loop.seconds / 60
    labels = max(1, round(trial.fraction * len(labelled)))
    networks = joint_networks(preset, vae, loop.averages)
    found = {
        **dataclasses.asdict(trial),
        "labels": labels,
        "samples": samples,
        "steps": loop.config.steps,
        "minutes": round(sum(m for name, m in minutes.items() if name != "depth-gan"), 2),
        "generator_minutes": round(minutes.get("depth-gan", 0.0), 2),
        **measured(networks, paths, draws=preset.joint.uses_generator),
    }
    if others and not trial.unlabelled:
        found |= measured_with_statistics_of(others[0], networks, paths)
    write_text(result, json.dumps(found, indent=2) + "\n")
    return found


def stage_steps(preset: Preset, samples: int, gan_samples: int) -> dict[str, int]:
    """Steps of each stage after the pose VAE for a joint training on so many labelled crops.

    A generator's first stage on all crops has ``gan_samples`` of its own; else earlier stages keep
    their length relative to the joint training. A network without a generator has that one alone.
    """
    wanted = {"joint": samples}
    if preset.joint.uses_generator:
        joint = preset.joint_stage
        for name in stages_of(preset)[1:-1]:
            wanted[name] = round(stage_config(preset, name).share_of(joint) * samples)
        if preset.pretraining == "adversarial":
            wanted["depth-gan"] = gan_samples
    order = [name for name in stages_of(preset) if name in wanted]
    return {name: max(1, round(wanted[name] / stage_config(preset, name).batch)) for name in order}


def _samples(trial: Trial, config: StudyConfig) -> int | None:
    """Labelled crops that a trial sees; with a budget of time as many as the whole method's time
    allows, which must have been measured."""
    if trial.budget == "steps":
        return config.samples
    steps = dataclasses.replace(trial, budget="steps")
    whole = dataclasses.replace(steps, variant="crossing", unlabelled=trial.fraction < 1.0)
    files = [config.folder / each.folder / RESULT for each in (steps, whole)]
    if not all(file.exists() for file in files):
        return None
    own, other = (json.loads(file.read_text()) for file in files)
    spent = other["minutes"] + other["generator_minutes"]
    return round(config.samples * spent / own["minutes"])


def _generator_folder(trial: Trial, preset: Preset) -> str:
    """Where the generator's first stage lies, which trials on the same crops share."""
    # In the claim's one domain, crops with all their labels are all crops there are.
    sees_all = trial.unlabelled or (trial.question == "claim" and trial.fraction == 1.0)
    on_all = sees_all and preset.pretraining == "adversarial"
    seen = "all" if on_all else f"{100 * trial.fraction:g}"
    return f"{trial.preset}-generator-{seen}-{trial.seed}"


def _preset(trial: Trial) -> Preset:
    preset = with_weights(load_preset(trial.preset), **VARIANTS[trial.variant])
    augmented = trial.variant.endswith("augmented")
    return dataclasses.replace(preset, weak=preset.strong) if augmented else preset


def _labelled_file(trial: Trial, paths: dict[str, Path]) -> Path:
    return paths["unlabelled" if trial.variant == "oracle" else "labelled"]


def trained(trial: Trial, config: StudyConfig) -> Networks:
    """The networks of a run that was done.

    Raises:
        ModelError: if its checkpoint is missing or damaged.
    """
    preset = _preset(trial)
    return load_run(config.folder / trial.folder, preset, _vae(preset, config))


def _vae(preset: Preset, config: StudyConfig) -> Path:
    path = config.vae / preset.kind / "pose-vae" / CHECKPOINT
    if path.exists() or preset.kind not in SHIPPED:
        return path
    return asset_path("models", SHIPPED[preset.kind])


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
        compute_of(options),
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
    crops and with them, all with few labels, and what the last one draws; question, preset and
    seed are those of ``like``.

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
