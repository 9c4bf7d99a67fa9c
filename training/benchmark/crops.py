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
from engine.tracking.crop import CUBE_MM, camera_to_uvd, cut_crop
from training.benchmark.recorded_hands import extension, recorded_hands
from training.learning.workers import CHUNK
from training.supervised.data import TEST_SEED, CropConfig, CropMaker

CENTRE_SD_MM: Final = 10.0
RECORDED: Final = {"P1": "select", "P3": "report", "P5": "report"}
"""Labelled recordings of ``recordings/tof_hands``, and whether they may choose between networks."""
OWN_HAND: Final = "own hand, held out"
FIRST_SEED: Final = TEST_SEED + 20_000


@dataclass(frozen=True, slots=True, eq=False)
class CropSet:
    """``image`` [N, 1, 128, 128] of right hands with ``joints`` [N, 21, 3] in normalised crop
    coordinates; ``use`` says whether the set may choose between networks ("select") or is only
    reported ("report"); ``judged`` are the joints that errors are measured at; ``extension`` [N]
    of the fingers (``recorded_hands.extension``)."""

    name: str
    use: str
    image: Tensor
    joints: Tensor
    judged: tuple[int, ...]
    extension: NDArray[np.float64]


def made_crops(name: str, use: str, model: HandModel, count: int, seed: int) -> CropSet:
    """``count`` crops of ``model`` in scenes of training's own kind at held-out seeds."""
    config = CropConfig(
        left=0.0, nothing=0.0, looks=1, cuts=1, centre_sd_mm=(CENTRE_SD_MM,), centre_shares=(1.0,)
    )
    maker = CropMaker(SceneSampler(model), config)
    first = FIRST_SEED + 1000 * seed
    chunks = [maker.chunk(first + k) for k in range(-(-count // CHUNK))]
    image = torch.cat([chunk["image"] for chunk in chunks])[:count]
    joints = torch.cat([chunk["joints"] for chunk in chunks])[:count]
    return CropSet(name, use, image, joints, tuple(range(21)), extension(_metric(joints)))


def _metric(joints: Tensor) -> NDArray[np.float64]:
    """Normalised crop coordinates as if the camera were far away: lengths are good to a few
    percent, which is enough to tell a fist from an open hand."""
    return joints.numpy().astype(np.float64)


def recorded_crops(folder: Path, name: str, use: str, count: int, seed: int) -> CropSet:
    """Crops of the labelled recording in ``folder``, ``count`` at most, spread evenly; the wrist is
    not judged, as its label is another point.

    Raises:
        InvalidInputError: if the recording or its labels cannot be read.
    """
    rng = np.random.default_rng([TEST_SEED, seed])
    images, targets, joints = [], [], []
    for hand in recorded_hands(folder, count):
        centre = hand.joints_mm.mean(axis=0) + rng.normal(0.0, CENTRE_SD_MM, 3)
        left = hand.handedness is Handedness.LEFT
        crop = cut_crop(hand.frame.depth_mm, hand.frame.camera, centre, mirrored=left)
        images.append(crop.image)
        targets.append(camera_to_uvd(crop, hand.joints_mm))
        joints.append(hand.joints_mm)
    image = torch.from_numpy(np.stack(images)[:, None])
    target = torch.from_numpy(np.stack(targets))
    return CropSet(name, use, image, target, tuple(range(1, 21)), extension(np.stack(joints)))


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
    for name, use in RECORDED.items():
        folder = recordings / "tof_hands" / name
        if folder.is_dir():
            sets.append(recorded_crops(folder, f"tof_hands {name}", use, count, seed))
    return sets


def millimetres(normalised: Tensor) -> Tensor:
    """Lengths in normalised crop coordinates as mm."""
    return normalised * (CUBE_MM / 2)
