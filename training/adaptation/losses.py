"""What the student learns from one batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.skeleton import JOINT_COUNT
from engine.tracking.estimate import RIGHT
from training.adaptation.batches import AdaptationBatch, RecordedBatch
from training.crossing.losses import SPREAD_WEIGHT, spread_loss
from training.models.depth_gan import DiscriminatorOutput, metric_points
from training.models.distances import joint_distance
from training.models.estimator import Estimate
from training.models.heat_maps import heat_cross_entropy
from training.models.latent import RigLatent, known_points
from training.models.live import LiveDiscriminator
from training.models.rig import POINT_COUNT
from training.supervised.losses import SIDE_WEIGHT, estimator_loss, side_loss
from training.supervised.tasks import mirrored_too

HEAT_WEIGHT: Final = 0.02
POSTERIOR_WEIGHT: Final = 0.5
MIRRORED_SHARE: Final = 2
"""One recorded hand in so many is seen a second time, mirrored, where its side is taught."""


@dataclass(frozen=True, slots=True)
class RecordedWeights:
    """What recorded crops teach: the ``joints`` that the teacher sees and the ``latent`` that is
    encoded from them (without it hands were found, but less of their depth was explained); that
    what was followed is a ``hand`` of its side, by its class; its ``side`` alone, by the difference
    between the crop and its mirror image; and that other places show no hand (``place``)."""

    joints: float = 1.0
    latent: float = 0.5
    hand: float = 0.2
    side: float = 0.3
    place: float = 0.2


class AdaptationLosses:
    """Losses of a ``LiveDiscriminator``; without a ``space`` its posterior learns nothing."""

    def __init__(self, space: RigLatent | None, recorded: RecordedWeights | None = None) -> None:
        self._space, self._recorded = space, recorded or RecordedWeights()

    def __call__(self, network: nn.Module, batch: AdaptationBatch, _: int = 0) -> dict[str, Tensor]:
        """Named losses, their weighted sum as ``total``."""
        assert isinstance(network, LiveDiscriminator)
        synthetic, recorded = batch
        images, joints, hand_class, chosen = mirrored_too(synthetic)
        count, shown = len(synthetic.hand_class), len(images)
        turned = self._mirrored(recorded)
        together = torch.cat([images, recorded.image, recorded.image[:turned].flip(-1)])
        perspective = torch.cat([synthetic.perspective, synthetic.perspective[chosen]])
        perspective = torch.cat([perspective, recorded.perspective, recorded.perspective[:turned]])
        dense = network.estimator.forward_dense(
            together.contiguous(memory_format=torch.channels_last)
        )
        estimate = network.estimator.forward_heads(dense)
        losses = estimator_loss(
            Estimate(*(field[:shown] for field in estimate)), joints, hand_class
        )
        total = losses.pop("total")
        if len(chosen):
            logits = estimate.class_logits
            losses["side"] = side_loss(logits[chosen], logits[count:shown])
            total = total + SIDE_WEIGHT * losses["side"]
        if self._space is not None:
            output = network.heads(dense.joints, dense.spread, dense.heat, dense.top, perspective)
            right = (hand_class[:count] == RIGHT).nonzero()[:, 0]
            losses["posterior"] = self._posterior(
                self._space, output, right, synthetic.joints[right], perspective[right]
            ).mean()
            total = total + POSTERIOR_WEIGHT * losses["posterior"]
            if self._recorded.latent:
                followed = (recorded.hand_class == RIGHT).nonzero()[:, 0]
                given = (recorded.joints[followed], recorded.perspective[followed])
                away = self._posterior(self._space, output, shown + followed, *given)
                losses["latent"] = (away * recorded.weight[followed].mean(dim=1)).mean()
                total = total + self._recorded.latent * losses["latent"]
        own = Estimate(*(field[shown:] for field in estimate))
        losses["recorded"] = self._of_recorded(own, recorded)
        return {"total": total + losses["recorded"], **losses}

    def _mirrored(self, batch: RecordedBatch) -> int:
        """How many of the recorded hands are seen a second time as those of the other side."""
        hands = int((batch.hand_class == RIGHT).sum())
        return hands // MIRRORED_SHARE if self._recorded.side else 0

    @staticmethod
    def _posterior(
        space: RigLatent,
        output: DiscriminatorOutput,
        places: Tensor,
        joints: Tensor,
        perspective: Tensor,
    ) -> Tensor:
        """L_pos and the posterior's spread [K] on right hands with ``joints`` [K, 21, 3], which are
        at ``places`` [K] of the batch."""
        assert output.log_sd is not None
        points = joints.new_full((len(joints), POINT_COUNT, 3), torch.nan)
        points[:, :JOINT_COUNT] = metric_points(joints, perspective)
        truth = space.encode(points)
        mean, log_sd = output.latent[places].float(), output.log_sd[places].float()
        known = known_points(points[:, :JOINT_COUNT])
        loss = space.posterior_loss(mean, truth, known)
        return loss + SPREAD_WEIGHT * spread_loss(mean, log_sd, truth)

    def _of_recorded(self, estimate: Estimate, batch: RecordedBatch) -> Tensor:
        """What recorded crops teach; ``estimate`` is of them and then of the mirrored ones."""
        weights, count = self._recorded, len(batch.image)
        hands = int((batch.hand_class == RIGHT).sum())
        logits, mirrored = estimate.class_logits[:count], estimate.class_logits[count:]
        own = Estimate(*(field[:hands] for field in estimate))
        loss = weights.joints * _joints_loss(own, batch.joints[:hands], batch.weight[:hands])
        shown = functional.cross_entropy(
            logits, batch.hand_class, label_smoothing=0.05, reduction="none"
        )
        scale = torch.where(batch.hand_class == RIGHT, weights.hand, weights.place)
        loss = loss + (scale * shown).mean()
        if len(mirrored):
            loss = loss + weights.side * side_loss(logits[: len(mirrored)], mirrored)
        return loss


def _joints_loss(estimate: Estimate, joints: Tensor, weight: Tensor) -> Tensor:
    """The student's joints against the teacher's, joint by joint as far as it is believed."""
    distance = joint_distance(estimate.joints, joints, weight)
    heat = heat_cross_entropy(estimate.heat, joints)
    return ((distance + HEAT_WEIGHT * heat) * weight.mean(dim=1)).mean()
