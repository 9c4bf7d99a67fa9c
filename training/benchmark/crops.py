"""Crops of right hands that judge an estimator by itself, without detection and tracking.

Every crop lies around the true mean joint with a normal error of ``CENTRE_SD_MM`` an axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.simulation.model import HandModel
from engine.simulation.scene_sampler import SceneSampler
from engine.skeleton import Handedness
from engine.tracking.crop import cut_crop
from engine.tracking.crop_coordinates import CUBE_MM, camera_to_uvd
from training.benchmark.labelled_frames import (
    ALL_JOINTS,
    NO_WRIST,
    TOF_HANDS,
    LabelledRecording,
    extension,
    labelled_frames,
)
from training.crops.crop_sampler import TEST_SEED, CropConfig, CropSampler
from training.learning.workers import CHUNK

CENTRE_SD_MM: Final = 10.0
OWN_HAND: Final = "own hand, held out"
FIRST_SEED: Final = TEST_SEED + 20_000


@dataclass(frozen=True, slots=True, eq=False)
class CropSet:
    """``image`` [N, 1, 128, 128] of right hands with ``joints`` [N, 21, 3] in normalised crop
    coordinates and ``perspective`` [N]; ``use`` says whether the set may choose between networks
    ("select") or is only reported ("report"); ``scored`` are the joints that errors are measured
    at; ``extension`` [N] of the fingers (``labelled_frames.extension``)."""

    name: str
    use: str
    image: Tensor
    joints: Tensor
    scored: tuple[int, ...]
    extension: NDArray[np.float64]
    perspective: Tensor


def made_crops(name: str, use: str, model: HandModel, count: int, seed: int) -> CropSet:
    """``count`` crops of ``model`` in scenes of training's own kind at held-out seeds."""
    config = CropConfig(
        left=0.0,
        nothing=0.0,
        views=1,
        crops_per_view=1,
        centre_sd_mm=(CENTRE_SD_MM,),
        centre_shares=(1.0,),
    )
    sampler = CropSampler(SceneSampler(model), config)
    first = FIRST_SEED + 1000 * seed
    chunks = [sampler.chunk(first + k) for k in range(-(-count // CHUNK))]
    image = torch.cat([chunk.image for chunk in chunks])[:count]
    joints = torch.cat([chunk.joints for chunk in chunks])[:count]
    perspective = torch.cat([chunk.perspective for chunk in chunks])[:count]
    return CropSet(name, use, image, joints, ALL_JOINTS, extension(_metric(joints)), perspective)


def _metric(joints: Tensor) -> NDArray[np.float64]:
    """Normalised crop coordinates as if the camera were far away: lengths are good to a few
    percent, which is enough to tell a fist from an open hand."""
    return joints.numpy().astype(np.float64)


def recorded_crops(folder: Path, recording: LabelledRecording, count: int, seed: int) -> CropSet:
    """Crops of ``recording`` in ``folder``, ``count`` at most, spread evenly; the wrist and frames
    with doubtful labels are left out.

    Raises:
        InvalidInputError: if the recording or its labels cannot be read.
    """
    rng = np.random.default_rng([TEST_SEED, seed])
    images, targets, joints, perspectives = [], [], [], []
    for hand in labelled_frames(folder / recording.name, count, doubtful=recording.doubtful):
        centre = hand.joints_mm.mean(axis=0) + rng.normal(0.0, CENTRE_SD_MM, 3)
        if not hand.scored:
            continue
        left = hand.handedness is Handedness.LEFT
        crop = cut_crop(hand.frame.depth_mm, hand.frame.camera, centre, mirrored=left)
        images.append(crop.image)
        targets.append(camera_to_uvd(crop, hand.joints_mm))
        joints.append(hand.joints_mm)
        perspectives.append(crop.perspective)
    image = torch.from_numpy(np.stack(images)[:, None])
    target = torch.from_numpy(np.stack(targets))
    name = f"{folder.name} {recording.name}"
    perspective = torch.tensor(perspectives)
    stretched = extension(np.stack(joints))
    return CropSet(name, recording.use, image, target, NO_WRIST, stretched, perspective)


def crop_sets(hands: Sequence[Path], recordings: Path, count: int, seed: int) -> list[CropSet]:
    """The own hand, the hands in the folders ``hands``, and the recordings that are there.

    Raises:
        InvalidInputError: if a recording cannot be read.
        ModelError: if a hand cannot be read.
    """
    sets = [made_crops(OWN_HAND, "select", HandModel.load(), count, seed)]
    for folder in hands:
        model = HandModel.load(folder / "hand.npz")
        sets.append(made_crops(folder.name, "report", model, count, seed))
    folder = recordings / "tof_hands"
    there = [recording for recording in TOF_HANDS if (folder / recording.name).is_dir()]
    sets += [recorded_crops(folder, recording, count, seed) for recording in there]
    return sets


def millimetres(normalised: Tensor) -> Tensor:
    """Lengths in normalised crop coordinates as mm."""
    return normalised * (CUBE_MM / 2)
