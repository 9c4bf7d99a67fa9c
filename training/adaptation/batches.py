"""What the student is shown: synthetic crops with labels, so that nothing is forgotten, beside
recorded ones with the teacher's, and places of the recording where no hand is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from engine.camera import FloatArray
from engine.skeleton import JOINT_COUNT
from engine.tracking.crop_coordinates import CUBE_MM, camera_to_uvd
from engine.tracking.estimate import NO_HAND, RIGHT
from engine.types import HandCrop
from training.adaptation.crops import crop_images
from training.adaptation.hands import RecordedHand, RecordedPlace
from training.adaptation.teacher import PseudoLabels
from training.crops.augment import AugmentConfig, damaged
from training.crops.batches import EstimatorBatch
from training.crops.crop_sampler import CropSampler
from training.learning.workers import CHUNK
from training.supervised.tasks import TRAINING_CROPS


@dataclass(frozen=True, slots=True)
class StudentConfig:
    """How recorded hands are shown: turned by ``roll_deg`` (sd; every second one is upright), the
    cube moved by ``shift_mm`` (sd an axis) and resized by ``cube_sd`` (of the logarithm), with
    ``damage`` to its depth. ``places`` of the 16 crops show no hand, if there are any."""

    roll_deg: float = 45.0
    shift_mm: float = 9.0
    cube_sd: float = 0.06
    places: int = 4
    damage: AugmentConfig = field(default_factory=lambda: AugmentConfig(noise=0.012, hole=0.15))


class RecordedBatch(NamedTuple):
    """``image`` [N, 1, 128, 128], ``perspective`` [N]; the teacher's ``joints`` [N, 21, 3] in
    normalised crop coordinates and how far to believe them, ``weight`` [N, 21]; ``hand_class`` [N],
    of which those that are no hand come last and weigh nothing."""

    image: Tensor
    perspective: Tensor
    joints: Tensor
    weight: Tensor
    hand_class: Tensor


class AdaptationBatch(NamedTuple):
    """As many ``synthetic`` crops as ``recorded`` ones."""

    synthetic: EstimatorBatch
    recorded: RecordedBatch


class AdaptationSampler:
    """Makes the student's batches. Used by one thread.

    ``labels`` are of ``hands``, in their order; in ``places`` there is no hand.
    """

    def __init__(
        self,
        hands: Sequence[RecordedHand],
        labels: PseudoLabels,
        places: Sequence[RecordedPlace] = (),
        config: StudentConfig | None = None,
    ) -> None:
        self._hands, self._labels, self._places = hands, labels, places
        self._config = config or StudentConfig()
        self._synthetic = CropSampler.load(config=TRAINING_CROPS)

    def chunk(self, seed: int) -> AdaptationBatch:
        """16 synthetic crops and 16 recorded ones."""
        rng = np.random.default_rng([seed, 2])
        empty = self._config.places if self._places else 0
        chosen = rng.integers(0, len(self._hands), CHUNK - empty)
        crops = [self._view(self._hands[k], rng) for k in chosen]
        joints = np.zeros((CHUNK, JOINT_COUNT, 3), np.float32)
        weight = np.zeros((CHUNK, JOINT_COUNT), np.float32)
        hand_class = np.full(CHUNK, NO_HAND, np.int64)
        for row, (crop, k) in enumerate(zip(crops, chosen, strict=True)):
            joints[row] = camera_to_uvd(crop, self._labels.joints_mm[k])
            weight[row], hand_class[row] = self._labels.weight[k], RIGHT
        elsewhere = rng.integers(0, max(len(self._places), 1), empty)
        crops += [self._view(self._places[k], rng) for k in elsewhere]
        shown = crop_images(crops)
        images = [damaged(each[0].numpy(), self._config.damage, rng) for each in shown.image]
        recorded = RecordedBatch(
            torch.from_numpy(np.stack(images)[:, None]),
            shown.perspective,
            *(torch.from_numpy(each) for each in (joints, weight, hand_class)),
        )
        return AdaptationBatch(self._synthetic.chunk(seed), recorded)

    def _view(self, place: RecordedPlace, rng: np.random.Generator) -> HandCrop:
        config = self._config
        upright = rng.random() < 0.5
        roll = 0.0 if upright else np.deg2rad(rng.normal(0.0, config.roll_deg))
        shift: FloatArray = rng.normal(0.0, config.shift_mm, 3).astype(np.float32)
        cube = CUBE_MM * float(np.exp(rng.normal(0.0, config.cube_sd)))
        return place.cut(shift, roll_rad=float(roll), cube_mm=cube)
