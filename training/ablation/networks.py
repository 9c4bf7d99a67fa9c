"""The estimators that are compared."""

from __future__ import annotations

from torch import Tensor, nn

from engine.skeleton import JOINT_COUNT
from training.ablation.variants import Variant
from training.models.estimator import DenseOutput, HandEstimator
from training.models.sizes import shrunk
from training.models.trunk import STRIDE, TrunkConfig

_HIDDEN = 512


class DirectEstimator(HandEstimator):
    """Joints from the trunk's last features by two linear layers, without votes."""

    def __init__(self, trunk: TrunkConfig, resolution: int) -> None:
        super().__init__(trunk, resolution)
        self._cells = (resolution // STRIDE) ** 2
        features = trunk.channels[-1] * (resolution // 32) ** 2
        self.dense = nn.Identity()
        self.direct = nn.Sequential(
            nn.Linear(features, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, 3 * JOINT_COUNT)
        )

    def forward_dense(self, image: Tensor) -> DenseOutput:
        """Joints without votes: nothing is spread, and no place is likelier than another."""
        _, top = self.trunk(shrunk(image, self.resolution))
        joints = self.direct(top.flatten(1)).reshape(-1, JOINT_COUNT, 3)
        nothing = joints.new_zeros(joints.shape[0], JOINT_COUNT)
        return DenseOutput(joints, nothing, nothing[..., None].expand(-1, -1, self._cells), top)


def network_of(variant: Variant) -> HandEstimator:
    """The untrained network of a run."""
    kind = HandEstimator if variant.dense else DirectEstimator
    return kind(variant.trunk, variant.resolution)
