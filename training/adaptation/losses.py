"""What the student learns from one batch."""

from __future__ import annotations

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
CLASS_WEIGHT: Final = 0.2
"""Of what recorded crops show: the tracker took them for hands of the side they are shown as."""
POSTERIOR_WEIGHT: Final = 0.5


class AdaptationLosses:
    """Losses of a ``LiveDiscriminator``; ``recorded`` is the weight of what is not labelled."""

    def __init__(self, space: RigLatent, recorded: float = 1.0) -> None:
        self._space, self._recorded = space, recorded

    def __call__(self, network: nn.Module, batch: AdaptationBatch, _: int = 0) -> dict[str, Tensor]:
        """Named losses, their weighted sum as ``total``."""
        assert isinstance(network, LiveDiscriminator)
        synthetic, recorded = batch
        images, joints, hand_class, chosen = mirrored_too(synthetic)
        count, shown = len(synthetic.hand_class), len(images)
        together = torch.cat([images, recorded.image])
        perspective = torch.cat([synthetic.perspective, synthetic.perspective[chosen]])
        perspective = torch.cat([perspective, recorded.perspective])
        dense = network.estimator.forward_dense(
            together.contiguous(memory_format=torch.channels_last)
        )
        estimate = network.estimator.forward_heads(dense)
        output = network.heads(dense.joints, dense.spread, dense.heat, dense.top, perspective)
        losses = estimator_loss(
            Estimate(*(field[:shown] for field in estimate)), joints, hand_class
        )
        total = losses.pop("total")
        if len(chosen):
            logits = estimate.class_logits
            losses["side"] = side_loss(logits[chosen], logits[count:shown])
            total = total + SIDE_WEIGHT * losses["side"]
        right = (hand_class[:count] == RIGHT).nonzero()[:, 0]
        losses["posterior"] = self._posterior(
            output, right, synthetic.joints[right], perspective[right]
        )
        own = Estimate(*(field[shown:] for field in estimate))
        losses["recorded"] = self._of_recorded(own, recorded)
        total = total + POSTERIOR_WEIGHT * losses["posterior"]
        return {"total": total + self._recorded * losses["recorded"], **losses}

    def _posterior(
        self, output: DiscriminatorOutput, places: Tensor, joints: Tensor, perspective: Tensor
    ) -> Tensor:
        """L_pos and the posterior's spread on labelled right hands at ``places`` of the batch."""
        assert output.log_sd is not None
        points = joints.new_full((len(joints), POINT_COUNT, 3), torch.nan)
        points[:, :JOINT_COUNT] = metric_points(joints, perspective)
        truth = self._space.encode(points)
        mean, log_sd = output.latent[places].float(), output.log_sd[places].float()
        known = known_points(points[:, :JOINT_COUNT])
        loss = self._space.posterior_loss(mean, truth, known).mean()
        return loss + SPREAD_WEIGHT * spread_loss(mean, log_sd, truth).mean()

    @staticmethod
    def _of_recorded(estimate: Estimate, batch: RecordedBatch) -> Tensor:
        """The student's joints against the teacher's, joint by joint as far as it is believed."""
        distance = joint_distance(estimate.joints, batch.joints, batch.weight)
        believed = batch.weight.mean(dim=1)
        heat = heat_cross_entropy(estimate.heat, batch.joints)
        hand = torch.full((len(batch.image),), RIGHT, device=batch.image.device)
        shown = functional.cross_entropy(estimate.class_logits, hand, label_smoothing=0.05)
        return ((distance + HEAT_WEIGHT * heat) * believed).mean() + CLASS_WEIGHT * shown
