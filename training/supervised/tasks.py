"""What is trained: each task joins a network, its data, its loss and its validation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic

import torch
from torch import Tensor, nn

from engine.tracking.crop_coordinates import CUBE_MM
from engine.tracking.estimate import LEFT, RIGHT
from training.crops.batches import EstimatorBatch
from training.crops.crop_sampler import TEST_SEED, CropConfig, CropSampler
from training.learning.batches import B
from training.learning.learner import LossOf
from training.models.detector import HandDetector
from training.models.estimator import HandEstimator
from training.supervised.frames import (
    DetectorBatch,
    DetectorFrameSampler,
    with_mirror_images,
)
from training.supervised.losses import (
    SIDE_WEIGHT,
    detector_loss,
    estimator_loss,
    side_logit,
    side_loss,
)

VALIDATION_CHUNKS = 24
TRAINING_CROPS = CropConfig(views=1, cube_sd=(0.07, 0.2), cube_shares=(0.7, 0.3), free_bones=True)
"""Scenes are the dearest part of a crop, but a step costs five times as much: more scenes pay.
Live cubes are for the mean hand: in some crops hands look as small as children's, or larger than
those of most adults."""
MIRRORED_PART = 4
"""One crop in so many is seen a second time as a left hand."""


@dataclass(frozen=True, slots=True)
class Task(Generic[B]):
    """``sample_chunk(seed)`` makes 16 samples, ``loss_of`` names its losses, ``validate`` measures
    a network on samples that training never draws."""

    network: Callable[[], nn.Module]
    sample_chunk: Callable[[int], B]
    loss_of: LossOf
    validate: Callable[[nn.Module], dict[str, float]]


def _image(batch: EstimatorBatch | DetectorBatch) -> Tensor:
    return batch.image.contiguous(memory_format=torch.channels_last)


def _validation(sample_chunk: Callable[[int], B]) -> list[B]:
    return [sample_chunk(TEST_SEED + k) for k in range(VALIDATION_CHUNKS)]


def mirrored_too(batch: EstimatorBatch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The crops of ``batch`` and behind them some of its right hands as left ones.

    Returns images [N + M, 1, H, W], joints [N + M, 21, 3] (0 for the mirrored), classes [N + M] and
    the places [M] of the crops that were mirrored. One in ``MIRRORED_PART`` is, because those teach
    the side alone: a left hand is mirrored before its joints are estimated.
    """
    image, hand_class = batch.image, batch.hand_class
    chosen = (hand_class == RIGHT).nonzero()[:, 0][: len(hand_class) // MIRRORED_PART]
    images = torch.cat([image, image[chosen].flip(-1)])
    joints = torch.cat([batch.joints, torch.zeros_like(batch.joints[chosen])])
    return images, joints, torch.cat([hand_class, torch.full_like(chosen, LEFT)]), chosen


def estimator_losses(
    network: nn.Module, batch: EstimatorBatch, _: int = 0, *, heat_weight: float = 0.02
) -> dict[str, Tensor]:
    """``estimator_loss`` on a batch with mirrored hands, and the side's loss on their pairs."""
    images, joints, hand_class, chosen = mirrored_too(batch)
    estimate = network(images.contiguous(memory_format=torch.channels_last))
    losses = estimator_loss(estimate, joints, hand_class, heat_weight=heat_weight)
    if len(chosen):
        logits = estimate.class_logits
        losses["side"] = side_loss(logits[chosen], logits[len(batch.hand_class) :])
        losses["total"] = losses["total"] + SIDE_WEIGHT * losses["side"]
    return losses


def estimator_task(hands: Sequence[Path] = ()) -> Task[EstimatorBatch]:
    """Crop -> joints: error in mm on crops whose centre is off as in training.

    ``hands``: folders of further hand models; errors are measured on the shipped one.
    """
    sampler = CropSampler.load(hands, TRAINING_CROPS)
    held_out = _validation(CropSampler.load().chunk)

    @torch.no_grad()
    def validate(network: nn.Module) -> dict[str, float]:
        errors, kinds, sides = [], [], []
        device = next(network.parameters()).device
        for batch in held_out:
            image = _image(batch).to(device)
            estimate, flipped = network(image), network(image.flip(-1))
            hands = batch.hand_class == RIGHT
            difference = (estimate.joints.cpu() - batch.joints)[hands]
            errors.append(difference.norm(dim=-1).mean(dim=1) * CUBE_MM / 2)
            kinds.append((estimate.class_logits.argmax(dim=1).cpu() == batch.hand_class).float())
            logit = side_logit(estimate.class_logits) - side_logit(flipped.class_logits)
            sides.append((logit.cpu()[hands] > 0).float())
        error = torch.cat(errors)
        return {
            "error_mm": float(error.mean()),
            "median_mm": float(error.median()),
            "class_accuracy": float(torch.cat(kinds).mean()),
            "side_accuracy": float(torch.cat(sides).mean()),
        }

    return Task(HandEstimator, sampler.chunk, estimator_losses, validate)


def detector_task(hands: Sequence[Path] = ()) -> Task[DetectorBatch]:
    """Frame -> hand centres: how often the strongest cell is a centre, and false alarms.

    ``hands`` as in ``estimator_task``.
    """
    sampler = DetectorFrameSampler.load(hands)
    held_out = _validation(DetectorFrameSampler.load().chunk)

    def loss_of(network: nn.Module, batch: DetectorBatch, _: int) -> dict[str, Tensor]:
        both = with_mirror_images(batch)
        return detector_loss(network(_image(both)), both.heat, both.offset, both.mask)

    @torch.no_grad()
    def validate(network: nn.Module) -> dict[str, float]:
        hit, side, alarm, depth = [], [], [], []
        device = next(network.parameters()).device
        for batch in held_out:
            output = network(_image(batch).to(device))
            heat = torch.sigmoid(output.heat.cpu()).flatten(2)
            target = batch.heat.flatten(2)
            present = target.amax(dim=(1, 2)) > 0.99
            empty = target.amax(dim=(1, 2)) < 0.01
            strongest = heat.amax(dim=1).argmax(dim=1, keepdim=True)
            at = target.amax(dim=1).gather(1, strongest)[:, 0]
            hit.append((at > 0.5)[present].float())
            is_right = output.side.cpu().flatten(1).gather(1, strongest)[:, 0] > 0.0
            wanted = target.gather(2, strongest[:, None].expand(-1, 2, 1))[..., 0].argmax(dim=1)
            side.append((is_right == (wanted == 0))[present & (at > 0.5)].float())
            alarm.append((heat.amax(dim=(1, 2)) > 0.5)[empty].float())
            off = (output.offset.cpu()[:, 2] - batch.offset[:, 2]).abs()
            depth.append(off[batch.mask[:, 0] > 0])
        return {
            "hit": float(torch.cat(hit).mean()),
            "side": float(torch.cat(side).mean()),
            "false_alarm": float(torch.cat(alarm).mean()),
            "log_depth_error": float(torch.cat(depth).mean()),
        }

    return Task(HandDetector, sampler.chunk, loss_of, validate)


TASKS: dict[str, Callable[[Sequence[Path]], Task[Any]]] = {
    "estimator": estimator_task,
    "detector": detector_task,
}
"""Each takes folders with hands of other origins (``proportions.load_hands``)."""
