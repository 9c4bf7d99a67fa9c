"""The end of an adaptation: the networks as files, the proof, the report, and the profile."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from engine.errors import ModelError
from engine.model_files import MANIFEST
from engine.profiles import Gain, Profile, ProfileRecording, write_profile
from engine.progress import Progress
from training.adaptation.blend import farthest
from training.adaptation.false_hands import empty_scenes
from training.adaptation.folder import (
    live_network,
    synthetic_crops,
    synthetic_error,
    write_int8_network,
    write_networks,
)
from training.adaptation.held_out import observe
from training.adaptation.plan import AdaptationPlan, Progressed
from training.adaptation.proof import Proof, prove
from training.adaptation.recordings import RecordedHands
from training.adaptation.report import REPORT_FILE, Adapted, verdict, write_report
from training.models.live import LiveDiscriminator

Stages = Callable[[str], Progress]
"""Makes the progress of a stage of the work from its name."""
MODELS: Final = "models"


@dataclass(frozen=True, slots=True, eq=False)
class LearnedNetworks:
    """The averaged ``network`` of the student, and how it was made: ``hands`` it learned from in
    so many ``minutes``, the person's ``hand_length_mm``."""

    network: LiveDiscriminator
    settled: Progressed
    hands: int
    minutes: float
    hand_length_mm: float


def conclude(
    plan: AdaptationPlan, hands: RecordedHands, learned: LearnedNetworks, stages: Stages
) -> Proof:
    """Compare the networks before and after, write the report, and keep them if they are better.

    Raises:
        SourceError: if a recording cannot be read.
        ModelError: if networks cannot be exported or loaded.
        ExportError: if the output cannot be written.
        CancelledError: if a progress ends the work.
    """
    models, settled = plan.work / MODELS, learned.settled
    shutil.rmtree(models, ignore_errors=True)
    names = tuple(path.name for path in plan.recordings)
    trained = {
        "adapted": list(names),
        "base": settled.base,
        "steps": settled.steps,
        "seed": plan.seed,
    }
    base = live_network(plan.base)
    network, share = farthest(base, learned.network, plan.config.synthetic)
    write_networks(network, plan.base, models, {**trained, "share": share})
    before, after = (
        observe(hands, folder, plan.tracking, plan.config.held_out, stages(stage))
        for folder, stage in ((plan.base, "prove before"), (models, "prove after"))
    )
    crops, empty = synthetic_crops(plan.config.synthetic), empty_scenes(plan.config.empty)
    errors = tuple(
        synthetic_error(folder, crops, empty, plan.tracking) for folder in (plan.base, models)
    )
    proof = prove(before, after, (errors[0], errors[1]), plan.seed)
    adapted = Adapted(
        names,
        learned.hands,
        settled.steps,
        learned.minutes,
        settled.size,
        learned.hand_length_mm,
        share,
        settled.bones_mm,
    )
    if proof.kept:
        adapted = replace(adapted, int8_left_out=write_int8_network(models))
    write_report(plan.output, adapted, proof, before, after)
    if proof.kept:
        _keep(plan, hands, settled, proof, models)
    return proof


def _keep(
    plan: AdaptationPlan,
    hands: RecordedHands,
    settled: Progressed,
    proof: Proof,
    models: Path,
) -> None:
    """Put the networks into the output and seal the profile."""
    for path in sorted(models.iterdir(), key=lambda path: path.name == MANIFEST):
        path.replace(plan.output / path.name)
    recordings = tuple(
        ProfileRecording(path.name, settled.recordings[str(path.resolve())], frames, seconds)
        for path, frames, seconds in zip(plan.recordings, hands.frames, hands.seconds, strict=True)
    )
    gains = {
        each.name: Gain(each.before, each.after, each.unit)
        for each in proof.measures
        if np.isfinite(each.before) and np.isfinite(each.after)
    }
    gains["error on synthetic hands"] = Gain(
        proof.synthetic[0].error_mm, proof.synthetic[1].error_mm, "mm"
    )
    profile = Profile(
        name=plan.name,
        recordings=recordings,
        base=settled.base,
        camera_name=hands.camera.name,
        camera_serial=hands.camera.serial,
        gains=gains,
        report=REPORT_FILE,
        bone_lengths_mm=settled.bones_mm,
    )
    write_profile(plan.output, profile)


def require_kept(plan: AdaptationPlan, proof: Proof) -> None:
    """Check that the networks were kept.

    Raises:
        ModelError: with the reasons, if they were not.
    """
    if not proof.kept:
        raise ModelError(f"{verdict(proof)} The report is {plan.output / REPORT_FILE}")
