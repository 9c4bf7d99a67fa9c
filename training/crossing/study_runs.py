"""The study's runs: trained, chosen on validation crops, measured on crops that no training sees.

A run is kept in a folder of its own and never done twice, so a study can be broken off and gone on
with. ``study_trials`` lists the runs.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import torch

from engine.assets import asset_path
from engine.output import write_text
from training.crops.crop_dataset import CropDataset
from training.crossing.networks import Networks, load_latent, load_run
from training.crossing.plan import Compute, Inputs, Plan, plan_stage, run_plan, stages_of
from training.crossing.preset import Preset, load_preset, with_weights
from training.crossing.stage import stage_config
from training.crossing.study_measures import error_on, measured, measured_with_statistics_of
from training.crossing.study_trials import VARIANTS, Trial
from training.learning.best import BEST, BestAverages
from training.learning.checkpoint import CHECKPOINT

RESULT: Final = "result.json"
SHIPPED: Final = {"crossing": "pose_decoder.safetensors"}
"""Pose VAEs that the program comes with, by the kind of preset."""
LATE_FALL: Final = 0.1
"""A rate that falls over a larger share of a run makes its end the best part: it is never ended
early."""


@dataclass(frozen=True, slots=True)
class StudyConfig:
    """``folder`` holds all runs, ``vae`` the pose VAEs (``KIND/pose-vae``; without one preset
    crossing takes the shipped one). The joint training sees ``samples`` labelled crops, the
    generator's first stage ``gan_samples`` crops. The joint training is measured on the validation
    crops ``every`` so many steps and its best networks are kept; it ends early when ``patience``
    measurements in a row have found none better."""

    folder: Path
    vae: Path
    samples: int = 192 * 3000
    gan_samples: int = 96 * 10000
    every: int = 100
    patience: int = 3
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
    stages = stage_steps(preset, samples, config.gan_samples)
    for name, steps in stages.items():
        run = folder / name
        if name == "depth-gan":
            run = config.folder / _generator_folder(trial, preset)
        plan = plan_stage(name, preset, inputs, before=before, steps=steps)
        if name == "joint":
            plan = dataclasses.replace(plan, files=[*plan.files, *_held_out(paths)])
        best = _best(plan, run, vae, config, paths, trained="alignment" in stages)
        loop = run_plan(
            plan,
            run,
            compute,
            resume=(run / CHECKPOINT).exists(),
            steps=steps,
            train=best.train if name == "joint" else None,
        )
        before, minutes[name] = run, loop.seconds / 60
    labels = max(1, round(trial.fraction * len(labelled)))
    networks = load_run(folder, preset, vae, checkpoint=BEST)
    found = {
        **dataclasses.asdict(trial),
        "labels": labels,
        "samples": samples,
        "steps": loop.step,
        "chosen_step": best.step,
        "validation_curve": [[step, best.curve[step]] for step in sorted(best.curve)],
        "minutes": round(sum(m for name, m in minutes.items() if name != "depth-gan"), 2),
        "generator_minutes": round(minutes.get("depth-gan", 0.0), 2),
        **measured(networks, paths, draws=preset.joint.uses_generator),
    }
    if others and not trial.unlabelled:
        found |= measured_with_statistics_of(others[0], networks, paths)
    write_text(result, json.dumps(found, indent=2) + "\n")
    return found


def _best(
    plan: Plan,
    run: Path,
    vae: Path,
    config: StudyConfig,
    paths: dict[str, Path],
    *,
    trained: bool,
) -> BestAverages:
    """How a run keeps those of its networks that are best on the validation crops; its posterior
    may be ``trained`` before."""
    validation = CropDataset(paths["validation"])
    latent = load_latent(plan.preset, vae).to(config.compute.device)

    patience = config.patience if plan.config.anneal <= LATE_FALL else None
    return BestAverages(
        run, error_on(validation, latent), every=config.every, patience=patience, trained=trained
    )


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
    batch = load_preset(trial.preset).joint_stage.batch
    return batch * round(own["steps"] * spent / own["minutes"])


def _generator_folder(trial: Trial, preset: Preset) -> str:
    """Where the generator's first stage lies, which trials on the same crops share."""
    # In the claim's one domain, crops with all their labels are all crops there are.
    sees_all = trial.unlabelled or (trial.question == "claim" and trial.fraction == 1.0)
    on_all = sees_all and preset.pretraining == "adversarial"
    seen = "all" if on_all else f"{100 * trial.fraction:g}"
    return f"{trial.preset}-generator-{seen}-{trial.seed}"


def _preset(trial: Trial) -> Preset:
    preset = with_weights(load_preset(trial.preset), **VARIANTS[trial.variant])
    if trial.variant.endswith("augmented"):
        return dataclasses.replace(preset, weak=preset.strong)
    if trial.variant.endswith("fast"):
        stage = dataclasses.replace(preset.joint_stage, rate=preset.alignment_stage.rate)
        return dataclasses.replace(preset, joint_stage=stage)
    return preset


def _labelled_file(trial: Trial, paths: dict[str, Path]) -> Path:
    return paths["unlabelled" if trial.variant == "oracle" else "labelled"]


def _held_out(paths: dict[str, Path]) -> list[Path]:
    """The crops that choose a run's networks and measure them."""
    return [path for name, path in paths.items() if name.startswith(("validation", "test"))]


def trained(trial: Trial, config: StudyConfig) -> Networks:
    """The networks of a run that was done.

    Raises:
        ModelError: if its checkpoint is missing or damaged.
    """
    preset = _preset(trial)
    folder = config.folder / trial.folder
    return load_run(folder, preset, _vae(preset, config), checkpoint=BEST)


def _vae(preset: Preset, config: StudyConfig) -> Path:
    path = config.vae / preset.kind / "pose-vae" / CHECKPOINT
    if path.exists() or preset.kind not in SHIPPED:
        return path
    return asset_path("models", SHIPPED[preset.kind])
