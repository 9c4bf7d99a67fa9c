"""What a stage of a run learns from and how it is run: the one way for commands and studies."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import torch

from engine.errors import InvalidInputError
from training.crops.crop_dataset import CropDataset
from training.crossing.joint_batches import JointBatchSampler, require_labels
from training.crossing.networks import ARCHITECTURES
from training.crossing.pose_vae_stage import pose_vae_stage
from training.crossing.poses import LabelledPoseSampler, PoseBatchSampler, PoseSource
from training.crossing.preset import Preset, StageConfig, with_steps
from training.crossing.stage import STAGES, Stage, scheduled, stage_config
from training.crossing.stages import alignment_stage, depth_gan_stage, joint_stage
from training.learning.checkpoint import CHECKPOINT
from training.learning.loop import Loop
from training.learning.memory import keep_freed_memory
from training.learning.run_record import file_hash, write_record
from training.models.joint_sets import HAND

OF_PRESET: Final = "preset"
"""The precision that the preset's networks bear."""


@dataclass(frozen=True, slots=True)
class Compute:
    """Where and how a run computes: ``device`` of torch, ``threads`` a process, ``precision``
    preset, auto, f32 or bf16, ``data_processes`` that make batches beside the steps."""

    seed: int = 0
    device: str = "cpu"
    threads: int = 1
    precision: str = OF_PRESET
    data_processes: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What a run is given: ``labelled`` crops, of which the first ``fraction`` counts as such and
    the ``rest`` as unlabelled, further ``unlabelled`` ones, ``tests`` to be measured on, and a
    trained pose ``vae``. ``poses_of_labels``: the pose VAE learns the labels, not sampled poses."""

    labelled: CropDataset | None
    unlabelled: Sequence[CropDataset] = ()
    fraction: float = 1.0
    rest: bool = True
    tests: Mapping[str, CropDataset] = field(default_factory=dict)
    vae: Path | None = None
    poses_of_labels: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A ``stage`` with its ``name``, the ``preset`` and the stage's numbers in steps, and the
    ``files`` that it learns from, is chosen by and measured on."""

    name: str
    preset: Preset
    config: StageConfig
    stage: Stage
    files: Sequence[Path]


def plan_stage(
    name: str,
    preset: Preset,
    inputs: Inputs,
    *,
    before: Path | None = None,
    steps: int | None = None,
) -> Plan:
    """Stage ``name`` of a preset, from the run of the stage ``before`` it if there is one, for
    ``steps`` instead of the preset's.

    Raises:
        InvalidInputError: if the inputs cannot serve, or the stage before was not run.
        ModelError: if a checkpoint does not fit.
    """
    if name == "pose-vae":
        return _pose_vae(preset, inputs)
    if inputs.labelled is None or inputs.vae is None:
        raise InvalidInputError(f"stage {name} needs labelled crops and a pose VAE")
    sampler = JointBatchSampler(
        preset,
        inputs.labelled,
        inputs.unlabelled,
        fraction=inputs.fraction,
        rest=inputs.rest,
    )
    for test in inputs.tests.values():
        require_labels(preset, test)
    preset = scheduled(preset, name, sampler.crop_count)
    start = None if before is None else checkpoint_in(before)
    others = [dataset.path for dataset in (*inputs.unlabelled, *inputs.tests.values())]
    files = [inputs.labelled.path, *others, inputs.vae, *([start] if start else [])]
    if name == "depth-gan":
        first = next(iter(inputs.tests.values()), None)
        stage = depth_gan_stage(preset, inputs.vae, sampler, test=first)
    elif name == "alignment":
        if start is None:
            raise InvalidInputError("the alignment needs a trained depth GAN")
        stage = alignment_stage(preset, inputs.vae, start, sampler)
    else:
        preset = with_steps(preset, steps or preset.joint_stage.steps)
        stage = joint_stage(preset, inputs.vae, sampler, start=start, tests=dict(inputs.tests))
    return Plan(name, preset, stage_config(preset, name), stage, files)


def _pose_vae(preset: Preset, inputs: Inputs) -> Plan:
    poses, files = _poses(preset, inputs)
    preset = scheduled(preset, "pose-vae", poses.epoch)
    return Plan("pose-vae", preset, preset.pose_vae_stage, pose_vae_stage(preset, poses), files)


def _poses(preset: Preset, inputs: Inputs) -> tuple[PoseSource, list[Path]]:
    """What the pose VAE learns, and the files that it comes from."""
    if preset.joint_set is HAND and not inputs.poses_of_labels:
        return PoseBatchSampler(), []
    if inputs.labelled is None:
        raise InvalidInputError(f"poses of joints {preset.joints} come from labelled crops")
    require_labels(preset, inputs.labelled)
    return LabelledPoseSampler(inputs.labelled, inputs.fraction), [inputs.labelled.path]


def run_plan(
    plan: Plan,
    run: Path,
    compute: Compute,
    *,
    resume: bool,
    steps: int | None = None,
    dry: bool = False,
    train: Callable[[Loop], None] | None = None,
) -> Loop:
    """Run a stage in the folder ``run``, for ``steps`` instead of its own; gives the loop. A run
    that is finished is not touched, unless another way to ``train`` than the loop's own is given.

    Raises:
        InvalidInputError: if the folder holds a run already and ``resume`` is False.
        ModelError: if a checkpoint does not fit or a loss is not finite.
    """
    keep_freed_memory()
    torch.set_num_threads(compute.threads)
    precision = compute.precision
    if precision == OF_PRESET:
        precision = ARCHITECTURES[plan.preset.kind].precision
    kind = f"{plan.name} of {plan.preset.name}"
    loop = Loop(
        plan.stage.learners,
        plan.config.loop(compute.seed, steps),
        run,
        sample_chunk=plan.stage.sample_chunk,
        validate=plan.stage.validate,
        pictures=plan.stage.pictures,
        kind=kind,
        device=compute.device,
        precision=precision,
        data_processes=compute.data_processes,
    )
    for network in plan.stage.frozen:
        network.to(compute.device)
    if resume:
        loop.resume()
    elif loop.checkpoint_path.exists():
        raise InvalidInputError(f"{run} holds a run already: add --resume or choose another")
    if loop.workers.is_leader:
        settings = {
            **loop.settings,
            "preset": dataclasses.asdict(plan.preset),
            "data": {} if dry else {str(path): file_hash(path) for path in plan.files},
        }
        write_record(run, kind, compute.seed, settings)
    if train is not None:
        train(loop)
    elif loop.step < loop.config.steps:
        loop.run()
    # The next stage starts from what the leader has written by then.
    loop.workers.broadcast(True)
    return loop


def stages_of(preset: Preset) -> list[str]:
    """The stages that a preset has, in their order."""
    return [stage for stage in STAGES if not stage_config(preset, stage).left_out]


def checkpoint_in(path: Path) -> Path:
    """The checkpoint file of a run folder, or the file itself.

    Raises:
        InvalidInputError: if it is missing.
    """
    file = path / CHECKPOINT if path.is_dir() or not path.suffix else path
    if not file.exists():
        raise InvalidInputError(f"{file} is missing: run the stage that makes it first")
    return file
