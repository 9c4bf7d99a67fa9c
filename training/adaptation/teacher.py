"""The teacher: what the averaged network sees in recorded hands, made as good as it can be.

A hand is looked at from several turned views, in a cube between the live one, which is cut for an
average hand, and the one that suits the person; the estimates are averaged by their expected errors
and over neighbouring frames; the latent is refined until the hand drawn from it explains the depth,
with the bone lengths of one person and the pose VAE's prior, and joins the average where it
explains more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch

from engine.camera import FloatArray
from engine.errors import ModelError
from engine.progress import Progress, report
from engine.skeleton import JOINT_COUNT
from engine.tracking.crop_coordinates import CUBE_MM, crop_mm_to_camera
from engine.types import HandCrop
from training.adaptation.crops import BATCH, camera_joints, crop_images, estimated, expected_errors
from training.adaptation.hands import RecordedHand
from training.adaptation.redraw import RedrawConfig, Redrawn, Teacher, explained_depth, redraw
from training.learning.checkpoint import load_tensors, save_tensors

SIZES: Final = (0.85, 0.92, 1.0, 1.08, 1.17, 1.26, 1.36)
"""Sizes of hands, as shares of the average one, that are tried on a person."""
SIZE_HANDS: Final = 48
"""Recorded hands that a person's size is found on."""
ROLLS_DEG: Final = (0.0, 30.0, -30.0, 60.0, -60.0)
BETWEEN: Final = 0.5
"""Where the views' cube lies between the live one (0) and the person's (1): on real hands the
first served one person better, the second another, and the middle both."""
NEIGHBOURS: Final = 2
"""Frames to either side over which estimates are averaged."""
NEIGHBOUR_MM: Final = 8.0
"""How far a joint moves before its neighbour counts half."""
MIDDLE_FINGER: Final = (0, 9, 10, 11, 12)
"""The wrist and the joints of the middle finger."""
DOUBT_MM: Final = 8.0
"""Spread of a joint's views and expected errors at which it counts half."""


@dataclass(frozen=True, slots=True, eq=False)
class PseudoLabels:
    """What the teacher says of N hands: ``joints_mm`` [N, 21, 3], camera frame; ``weight`` [N, 21]
    in [0, 1] how far to believe it; the person's ``size`` as a share of the average hand's;
    ``latent`` [N, 29] in the upright cube of that size, and the share of the hand drawn from it
    that was seen, ``explained`` [N]."""

    joints_mm: FloatArray
    weight: FloatArray
    latent: FloatArray
    explained: FloatArray
    size: float


@torch.no_grad()
def hand_size(teacher: Teacher, hands: Sequence[RecordedHand]) -> float:
    """The person's size: that of the cube, as a share of the usual one, in which redrawn hands
    explain most of the depth; a parabola through the best of ``SIZES`` and its neighbours."""
    chosen = [hands[k] for k in spread_indices(len(hands), SIZE_HANDS)]
    shares = []
    for size in SIZES:
        crops = crop_images([hand.cut(cube_mm=CUBE_MM * size) for hand in chosen])
        latent = estimated(teacher.network, crops).latent
        drawn = teacher.generator.hard_outline(latent, crops.perspective)
        shares.append(float(explained_depth(drawn, crops.image).mean()))
    best = int(np.argmax(shares))
    if not 0 < best < len(SIZES) - 1:
        return SIZES[best]
    logs = np.log(SIZES[best - 1 : best + 2])
    a, b, _ = np.polyfit(logs, shares[best - 1 : best + 2], 2)
    return float(np.exp(np.clip(-b / (2 * a), logs[0], logs[-1])))


def spread_indices(count: int, most: int) -> list[int]:
    """At most ``most`` of the numbers below ``count``, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int)).tolist()


def teach(
    teacher: Teacher,
    hands: Sequence[RecordedHand],
    size: float,
    config: RedrawConfig,
    progress: Progress,
) -> PseudoLabels:
    """What ``teacher`` says of ``hands``; ``size`` as ``hand_size`` finds it.

    Raises:
        CancelledError: if ``progress`` ends the work.
    """
    parts = []
    for first in range(0, len(hands), BATCH):
        report(progress, first, len(hands))
        parts.append(_views(teacher, hands[first : first + BATCH], size, config))
    report(progress, len(hands), len(hands))
    joints, doubt, latent, explained = (np.concatenate(field) for field in zip(*parts, strict=True))
    joints = smoothed(hands, joints, doubt)
    weight = 1.0 / (1.0 + (doubt / (DOUBT_MM * size)) ** 2)
    return PseudoLabels(joints, weight.astype(np.float32), latent, explained, size)


def _views(
    teacher: Teacher, hands: Sequence[RecordedHand], size: float, config: RedrawConfig
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Joints [N, 21, 3], their doubt [N, 21] in mm, latents and explained shares of some hands."""
    seen, errors = [], []
    for roll in ROLLS_DEG:
        crops = [
            hand.cut(roll_rad=float(np.deg2rad(roll)), cube_mm=CUBE_MM * size**BETWEEN)
            for hand in hands
        ]
        output = estimated(teacher.network, crop_images(crops))
        seen.append(camera_joints(crops, output.joints))
        errors.append(expected_errors(crops, output.log_sigma))
    upright = [hand.cut(cube_mm=CUBE_MM * size) for hand in hands]
    start = estimated(teacher.network, crop_images(upright)).latent
    views = np.stack(seen)
    weights = np.stack(errors)[..., None] ** -2.0
    mean = (weights * views).sum(axis=0) / weights.sum(axis=0)
    away = np.linalg.norm(views - mean, axis=-1).mean(axis=0)
    doubt = np.hypot(away, np.stack(errors).mean(axis=0))
    drawn = redraw(teacher, crop_images(upright), start, config)
    joints = np.where(drawn.better[:, None, None], 0.5 * (mean + _placed(upright, drawn)), mean)
    return joints, doubt, drawn.latent.numpy(), drawn.explained.numpy()


def _placed(crops: Sequence[HandCrop], drawn: Redrawn) -> FloatArray:
    """Joints [N, 21, 3] of the redrawn hands, camera frame."""
    return np.stack(
        [
            crop_mm_to_camera(crop, points[:JOINT_COUNT] * (crop.cube_mm / CUBE_MM))
            for crop, points in zip(crops, drawn.points.numpy(), strict=True)
        ]
    )


def smoothed(hands: Sequence[RecordedHand], joints_mm: FloatArray, doubt: FloatArray) -> FloatArray:
    """``joints_mm`` [N, 21, 3] averaged over neighbouring frames of the same track, the less the
    more doubtful they are and the farther a joint has moved."""
    keys = [(hand.recording, hand.track, hand.frame) for hand in hands]
    place = {key: k for k, key in enumerate(keys)}
    result = np.empty_like(joints_mm)
    for k, (recording, track, frame) in enumerate(keys):
        near = [
            place[recording, track, frame + step]
            for step in range(-NEIGHBOURS, NEIGHBOURS + 1)
            if (recording, track, frame + step) in place
        ]
        moved = np.linalg.norm(joints_mm[near] - joints_mm[k], axis=-1)
        weight = doubt[near] ** -2.0 / (1.0 + (moved / NEIGHBOUR_MM) ** 2)
        result[k] = (weight[..., None] * joints_mm[near]).sum(axis=0) / weight.sum(axis=0)[:, None]
    return result


def joined_labels(parts: Sequence[PseudoLabels]) -> PseudoLabels:
    """The labels of several people, one after another; their ``size`` is the mean."""
    fields = (np.concatenate([getattr(each, name) for each in parts]) for name in _ARRAYS)
    joints, weight, latent, explained = fields
    size = float(np.mean([each.size for each in parts]))
    return PseudoLabels(joints, weight, latent, explained, size)


def write_labels(path: Path, labels: PseudoLabels) -> None:
    """Keep the teacher's labels.

    Raises:
        ExportError: if they cannot be written.
    """
    tensors = {name: torch.from_numpy(getattr(labels, name)) for name in _ARRAYS}
    save_tensors(path, tensors, {"size": labels.size})


def read_labels(path: Path, count: int) -> PseudoLabels:
    """Labels of ``count`` hands that ``write_labels`` wrote.

    Raises:
        ModelError: if the file is damaged or of other hands.
    """
    tensors, meta = load_tensors(path)
    if any(name not in tensors or len(tensors[name]) != count for name in _ARRAYS):
        raise ModelError(f"{path} is damaged: it does not label {count} hands")
    joints, weight, latent, explained = (tensors[name].numpy() for name in _ARRAYS)
    return PseudoLabels(joints, weight, latent, explained, float(meta["size"]))


_ARRAYS: Final = ("joints_mm", "weight", "latent", "explained")
