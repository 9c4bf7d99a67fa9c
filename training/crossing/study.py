"""The study: does it help to see crops without labels, and which part of the method does it?

Many runs of the joint training on one pair of crop files (``synthetic_domains.DOMAINS``): labelled
people before one sensor, unlabelled people before another, tested on further people like the
latter. A run is kept in a folder of its own and never done twice, so a study can be broken off and
gone on with. ``study_report`` tells and draws what was found; the rest of ``docs/study.md`` names
the commands that it comes from.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from PIL import Image

from engine.assets import asset_path
from engine.errors import InvalidInputError
from engine.output import check_target, replacing, write_text
from training.crops.crop_dataset import CropDataset
from training.crops.synthetic_domains import write_domain
from training.crossing.joint_batches import JointBatchSampler
from training.crossing.metrics import generator_score, posterior_errors, summary
from training.crossing.networks import Networks, load_run
from training.crossing.pictures import compared
from training.crossing.preset import Preset, load_preset, with_steps, with_weights
from training.crossing.stages import (
    STAGES,
    Stage,
    alignment_stage,
    depth_gan_stage,
    joint_networks,
    joint_stage,
    stage_config,
)
from training.crossing.study_report import parts_table, save_curves, table
from training.learning.checkpoint import CHECKPOINT
from training.learning.loop import Loop

NO_GENERATOR: Final = {"synthesised": 0.0, "smoothness": 0.0, "gan": 0.0, "refit": 0.0}
VARIANTS: Final[dict[str, dict[str, float]]] = {
    "supervised": {**NO_GENERATOR, "consistency": 0.0},
    "crossing": {},
    "without GAN": {"gan": 0.0, "adversarial": 0.0, "matching": 0.0},
    "without smoothness": {"smoothness": 0.0},
    "without synthesised": {"synthesised": 0.0},
    "without consistency": {"consistency": 0.0},
    "without refit": {"refit": 0.0},
    "consistency alone": dict(NO_GENERATOR),
}
"""Losses that a variant leaves out. ``supervised`` is the plain network of the same size."""
PRESETS: Final = ("crossing64", "paper64")
ABLATION_FRACTION: Final = 0.02
TOLD_FRACTIONS: Final = (ABLATION_FRACTION, 1.0)
"""Of the labels, at which all that was measured is told."""
RESULT: Final = "result.json"
SAMPLES_A_STEP: Final = 32
"""Runs of different batches are given the same number of samples."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of the study."""

    preset: str
    variant: str
    fraction: float
    unlabelled: bool
    seed: int

    @property
    def folder(self) -> str:
        """A name for its folder."""
        seen = "unlabelled" if self.unlabelled else "labelled"
        name = self.variant.replace(" ", "_")
        return f"{self.preset}-{name}-{100 * self.fraction:g}-{seen}-{self.seed}"


def trials(seeds: Sequence[int], presets: Sequence[str] = PRESETS) -> Iterator[Trial]:
    """All runs of the study, the most telling first."""
    papers = [name for name in presets if load_preset(name).kind == "paper"]
    ours = [name for name in presets if name not in papers]
    for seed in seeds:
        for fraction in (0.02, 1.0, 0.1, 0.01, 0.05, 0.25, 0.5):
            for name in ours:
                yield Trial(name, "supervised", fraction, False, seed)
                yield Trial(name, "crossing", fraction, True, seed)
                yield Trial(name, "crossing", fraction, False, seed)
        for name in ours:
            for variant in list(VARIANTS)[2:]:
                yield Trial(name, variant, ABLATION_FRACTION, True, seed)
        for name in papers:
            for fraction in (0.02, 1.0, 0.1):
                yield Trial(name, "supervised", fraction, False, seed)
                for unlabelled in (True, False):
                    yield Trial(name, "crossing", fraction, unlabelled, seed)


def crop_files(folder: Path, labelled: int, unlabelled: int, test: int) -> dict[str, Path]:
    """Paths of the study's crop files, made if they are not there.

    Raises:
        InvalidInputError: if what is there has another size.
    """
    counts = {"labelled": labelled, "unlabelled": unlabelled, "test": test, "test_labelled": test}
    paths = {name: folder / f"{name}.safetensors" for name in counts}
    for name, count in counts.items():
        if not paths[name].exists():
            write_domain(name, count, paths[name])
        elif len(CropDataset(paths[name])) != count:
            raise InvalidInputError(f"{paths[name]} has not {count} crops: choose another folder")
    return paths


@dataclass(frozen=True, slots=True)
class StudyConfig:
    """``steps`` of the joint training of each run; ``vae`` folder of pose VAEs by a
    preset's kind; of kind ``crossing`` the shipped one is taken where it has none."""

    folder: Path
    vae: Path
    steps: int
    threads: int = 1


def run_trial(trial: Trial, config: StudyConfig, paths: dict[str, Path]) -> dict[str, Any]:
    """Do one run, or read its result if it was done before."""
    folder = config.folder / trial.folder
    result = folder / RESULT
    if result.exists():
        return dict(json.loads(result.read_text()))
    torch.manual_seed(trial.seed)
    torch.set_num_threads(config.threads)
    preset = _preset(trial, config.steps)
    sampler = JointBatchSampler(
        preset,
        CropDataset(paths["labelled"]),
        [CropDataset(paths["unlabelled"])] if trial.unlabelled else [],
        fraction=trial.fraction,
        rest=trial.unlabelled,
    )
    vae = _vae(preset, config)
    start, minutes = None, 0.0
    for name, steps in stage_steps(preset, config.steps).items():
        if name != "joint" and not preset.joint.uses_generator:
            continue
        stage = _stage(name, preset, vae, start, sampler)
        loop_config = stage_config(preset, name).loop(trial.seed, steps)
        run = folder / name
        loop = Loop(stage.learners, loop_config, run, sample_chunk=stage.sample_chunk, kind=name)
        if loop.checkpoint_path.exists():
            loop.resume()
        loop.run()
        start, minutes = loop.checkpoint_path, minutes + loop.seconds / 60
    found = {
        **{name: getattr(trial, name) for name in trial.__slots__},
        "labels": sampler.label_count,
        "samples": config.steps * SAMPLES_A_STEP,
        "minutes": round(minutes, 2),
        **_measured(joint_networks(preset, vae, loop.averages), preset, paths),
    }
    write_text(result, json.dumps(found, indent=2) + "\n")
    return found


def stage_steps(preset: Preset, steps: int) -> dict[str, int]:
    """Steps of each stage after the pose VAE, for a joint training of ``steps`` x 32 samples.

    Earlier stages keep their length relative to the joint training, on top of its samples.
    """
    joint = preset.joint_stage
    scale = steps * SAMPLES_A_STEP / (joint.batch * joint.steps)
    counts = {name: stage_config(preset, name).steps for name in STAGES[1:]}
    return {name: max(1, round(scale * count)) for name, count in counts.items() if count}


def _stage(
    name: str, preset: Preset, vae: Path, start: Path | None, sampler: JointBatchSampler
) -> Stage:
    if name == "depth-gan":
        return depth_gan_stage(preset, vae, sampler)
    if name == "alignment" and start is not None:
        return alignment_stage(preset, vae, start, sampler)
    return joint_stage(preset, vae, sampler, start=start)


def _preset(trial: Trial, steps: int) -> Preset:
    """The trial's preset, its burn-in and ramp as long relative to the run as in the file."""
    preset = with_weights(load_preset(trial.preset), **VARIANTS[trial.variant])
    return with_steps(preset, stage_steps(preset, steps)["joint"])


def trained(trial: Trial, config: StudyConfig) -> Networks:
    """The networks of a run that was done.

    Raises:
        ModelError: if its checkpoint is missing or damaged.
    """
    preset = _preset(trial, config.steps)
    return load_run(config.folder / trial.folder, preset, _vae(preset, config))


def _vae(preset: Preset, config: StudyConfig) -> Path:
    path = config.vae / preset.kind / "pose-vae" / CHECKPOINT
    if preset.kind == "crossing" and not path.exists():
        return asset_path("models", "pose_decoder.safetensors")
    return path


def _measured(networks: Networks, preset: Preset, paths: dict[str, Path]) -> dict[str, float]:
    named: dict[str, float] = {}
    for name in ("test", "test_labelled"):
        dataset = CropDataset(paths[name])
        count = len(dataset)
        errors = posterior_errors(networks.discriminator, networks.latent, dataset, count)
        named |= {f"{name}/{key}": value for key, value in summary(errors).items()}
        if preset.joint.uses_generator:
            depth = generator_score(networks.generator, networks.latent, dataset, count)
            named |= {f"{name}/depth_mm": depth.silhouette_mm, f"{name}/iou": depth.iou}
    return named


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``python -m training study``."""
    parser.add_argument("--run-folder", type=Path, required=True, help="holds all runs")
    parser.add_argument("--pose-vae", type=Path, required=True, help="folder of KIND/pose-vae")
    parser.add_argument("--labelled", type=int, default=4096, help="labelled crops at 100%%")
    parser.add_argument("--unlabelled", type=int, default=16384, help="unlabelled crops")
    parser.add_argument("--test", type=int, default=1024, help="test crops")
    parser.add_argument("--steps", type=int, default=1600, help="of 32 crops in each run")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--presets", nargs="+", default=list(PRESETS))
    parser.add_argument("--minutes", type=float, help="begin no run after so many")
    parser.add_argument("--share", type=int, nargs=2, default=[0, 1], metavar=("K", "N"))
    parser.add_argument("--report", action="store_true", help="only print what was measured")
    parser.add_argument("--plot", type=Path, metavar="PNG", help="where to draw the curves")
    parser.add_argument("--picture", type=Path, metavar="PNG", help="where to draw test hands")


def run(options: argparse.Namespace) -> None:
    """Train and measure the runs of the study that are missing, print its table and draw it.

    Raises:
        ExportError: if the plot or the picture cannot be written.
    """
    for path in (options.plot, options.picture):
        if path is not None:
            check_target(path)
    config = StudyConfig(options.run_folder, options.pose_vae, options.steps)
    wanted = list(trials(options.seeds, options.presets))[options.share[0] :: options.share[1]]
    started = time.monotonic()
    if not options.report:
        counts = (options.labelled, options.unlabelled, options.test)
        paths = crop_files(options.run_folder / "crops", *counts)
        for trial in wanted:
            spent = (time.monotonic() - started) / 60
            if options.minutes is None or spent < options.minutes:
                run_trial(trial, config, paths)
    found = sorted(options.run_folder.glob(f"*/{RESULT}"))
    results = [json.loads(path.read_text()) for path in found]
    sys.stdout.write(f"{table(results)}\n")
    for fraction in TOLD_FRACTIONS:
        parts = parts_table(results, fraction)
        sys.stdout.write(f"\nWith {100 * fraction:g}% of the labels:\n\n{parts}\n")
    if options.plot is not None:
        save_curves(options.plot, results)
    if options.picture is not None:
        save_hands(options.picture, options.seeds[0], options.presets[0], config)


def save_hands(path: Path, seed: int, preset: str, config: StudyConfig) -> None:
    """Draw test crops with what the plain network sees in them, then ours without unlabelled crops
    and with them, all with few labels, and what the last one believes.

    Raises:
        ModelError: if one of these runs was not done.
        ExportError: if the file cannot be written.
    """
    plain = Trial(preset, "supervised", ABLATION_FRACTION, False, seed)
    ours = [Trial(preset, "crossing", ABLATION_FRACTION, seen, seed) for seen in (False, True)]
    dataset = CropDataset(config.folder / "crops" / "test.safetensors")
    picture = compared([trained(trial, config) for trial in (plain, *ours)], dataset)
    with replacing(path) as partial:
        Image.fromarray(picture).save(partial)
