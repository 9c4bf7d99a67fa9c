"""The student: the live network, whose batch statistics stay what they are.

Those of one hand before one camera are too few kinds of crops to normalise by: measured anew on the
unlabelled crops of a recording, they raised the error on it by 40%, by half of the way still by 4%.
"""

from __future__ import annotations

from torch import nn

from training.learning.statistics import NORMS
from training.models.live import LiveDiscriminator


class HeldDiscriminator(LiveDiscriminator):
    """A ``LiveDiscriminator`` that learns weights only."""

    def train(self, mode: bool = True) -> HeldDiscriminator:
        """As usual, but batch normalisation stays in evaluation mode."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, NORMS):
                module.eval()
        return self


def held_statistics(network: nn.Module) -> HeldDiscriminator:
    """``network`` (a ``LiveDiscriminator``) as a student; they share their weights."""
    assert isinstance(network, LiveDiscriminator)
    return HeldDiscriminator(network.estimator, network.heads)
