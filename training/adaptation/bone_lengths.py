"""A person's bone lengths, from all hands of a recording.

Lengths are averaged over many frames, each looked at from turned views in a cube of the person's
size; a bone counts the less, the more its ends are in doubt, and outliers hardly. What a network
draws is nearer to the mean hand than the person is. A map that corrects this, fitted on synthetic
people, serves those of the hand models that it was fitted on and no others: from one hand model to
the next the error differs in sign (``docs/adaptation.md``). So there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from torch import nn

from engine.camera import FloatArray
from engine.progress import Progress, go_on, report
from engine.simulation.joints import JOINTS_FROM_PIVOTS
from engine.simulation.model import HandModel
from engine.skeleton import BONES
from engine.tracking.bones import bone_lengths
from engine.tracking.crop_coordinates import CUBE_MM
from training.adaptation.crops import BATCH, camera_joints, crop_images, estimated, expected_errors
from training.adaptation.hands import RecordedHand
from training.adaptation.teacher import spread_indices

MOST_HANDS: Final = 240
"""Hands, spread over the recordings, that are looked at: more do not change the means."""
ROLLS_DEG: Final = (0.0, 30.0, -30.0)
SIZE_LIMITS: Final = (0.75, 1.4)
DOUBT: Final = 0.1
"""Expected error of a bone, as a share of it, at which its weight is half that of a sure one."""
OUTLIER: Final = 0.12
"""Distance of a logarithm from the mean beyond which it counts no more than if it were there."""
ROUNDS: Final = 5
_A, _B = np.array(BONES).T


def person_bones(
    network: nn.Module, hands: Sequence[RecordedHand], progress: Progress = go_on
) -> FloatArray:
    """The bone lengths [20] in mm, order of ``skeleton.BONES``, of the person whose ``hands`` these
    are; ``network`` is a ``LiveDiscriminator`` in evaluation mode.

    Raises:
        CancelledError: if ``progress`` ends the work.
    """
    chosen = [hands[k] for k in spread_indices(len(hands), MOST_HANDS)]
    joints, _ = _views(network, chosen, (0.0,), CUBE_MM, progress)
    size = _size(bone_lengths(joints))
    joints, errors = _views(network, chosen, ROLLS_DEG, CUBE_MM * size, progress)
    bones = bone_lengths(joints)
    logs = _robust_mean(np.log(bones), _bone_doubt(errors) / bones)
    return np.asarray(np.exp(logs), np.float32)


def mean_bones() -> FloatArray:
    """Bone lengths [20] in mm of the mean hand."""
    return bone_lengths(JOINTS_FROM_PIVOTS @ HandModel.load().joints)


def _size(bones_mm: FloatArray) -> float:
    """The person's size from lengths [N, 20], as a share of the mean hand's."""
    share = float(np.median(bones_mm.sum(axis=1))) / float(mean_bones().sum())
    return float(np.clip(share, *SIZE_LIMITS))


def _views(
    network: nn.Module,
    hands: Sequence[RecordedHand],
    rolls_deg: Sequence[float],
    cube_mm: float,
    progress: Progress,
) -> tuple[FloatArray, FloatArray]:
    """Joints [N, 21, 3] averaged over views turned by ``rolls_deg``, and expected errors [N, 21]
    in mm."""
    joints, errors = [], []
    for first in range(0, len(hands), BATCH):
        report(progress, first, len(hands))
        seen, doubts = zip(
            *(_view(network, hands[first : first + BATCH], roll, cube_mm) for roll in rolls_deg),
            strict=True,
        )
        weights = np.stack(doubts)[..., None] ** -2.0
        joints.append((weights * np.stack(seen)).sum(axis=0) / weights.sum(axis=0))
        errors.append(np.stack(doubts).mean(axis=0))
    return np.concatenate(joints), np.concatenate(errors)


def _view(
    network: nn.Module, hands: Sequence[RecordedHand], roll_deg: float, cube_mm: float
) -> tuple[FloatArray, FloatArray]:
    crops = [hand.cut(roll_rad=float(np.deg2rad(roll_deg)), cube_mm=cube_mm) for hand in hands]
    output = estimated(network, crop_images(crops))
    return camera_joints(crops, output.joints), expected_errors(crops, output.log_sigma)


def _bone_doubt(sigma_mm: FloatArray) -> FloatArray:
    """Expected errors [N, 20] of bones from those of joints [N, 21]."""
    return np.asarray(np.hypot(sigma_mm[:, _A], sigma_mm[:, _B]))


def _robust_mean(logs: FloatArray, doubt: FloatArray) -> FloatArray:
    """Mean [20] of ``logs`` [N, 20] with relative expected errors ``doubt``; Huber's weights."""
    sure = 1.0 / (DOUBT**2 + doubt**2)
    mean = (sure * logs).sum(axis=0) / sure.sum(axis=0)
    for _ in range(ROUNDS):
        weight = sure / np.maximum(1.0, np.abs(logs - mean) / OUTLIER)
        mean = (weight * logs).sum(axis=0) / weight.sum(axis=0)
    return np.asarray(mean)
