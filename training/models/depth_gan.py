"""What generators and discriminators of depth crops agree on, and our discriminator.

A generator takes latents [N, size] and the crops' ``perspective`` [N] to images [N, 1, H, H] in
[-1, 1] of its own resolution H (128 but for small presets), a discriminator images, which it
shrinks to its own resolution, and perspectives to ``DiscriminatorOutput``. Both may be given the
``sizes`` of the kinds of crops that follow one another: ours normalise them together, the paper's
(``training.models.paper_networks``) apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.skeleton import JOINT_COUNT
from engine.tracking.crop_coordinates import CROP_SIZE, CUBE_MM
from training.models.estimator import integrate_votes
from training.models.latent import OFFSET_SIZE, ROTATION_SIZE
from training.models.palm import palm_rotation, root_of
from training.models.pose_vae import UNIT_MM
from training.models.rig import pivots_of
from training.models.sizes import shrunk
from training.models.trunk import Trunk, TrunkConfig, convolution

LEAK: Final = 0.2


class DiscriminatorOutput(NamedTuple):
    """What a discriminator says of N crops.

    ``real`` [N] logits; ``latent`` [N, size] the posterior's mean; ``embedding`` [N, size] whose
    differences equal those of latents; ``features`` [N, F] to be matched; ``joints`` [N, 21, 3]
    in normalised crop coordinates and ``heat`` [N, 21, cells] of a dense head where there is one;
    ``log_sd`` [N, size] of the posterior where it has a spread.
    """

    real: Tensor
    latent: Tensor
    embedding: Tensor
    features: Tensor
    joints: Tensor | None = None
    heat: Tensor | None = None
    log_sd: Tensor | None = None

    def split(self, sizes: Sequence[int]) -> list[DiscriminatorOutput]:
        """The same of crops ``sizes`` at a time."""
        fields = [None if part is None else part.split(list(sizes)) for part in self]
        return [
            DiscriminatorOutput(*(None if field is None else field[k] for field in fields))
            for k in range(len(sizes))
        ]


CROSSING_TRUNK: Final = TrunkConfig(
    stem=16, channels=(32, 64, 128), blocks=(1, 1, 1), fused=(32, 64, 64)
)


class PosteriorHeads(nn.Module):
    """What a discriminator adds to the trunk and the dense head of the estimator.

    The dense joints, made metric with the perspective, give the rotation and the root by geometry;
    the code is read off them in the palm frame, with features of the trunk beside them. So the
    posterior is as exact as the dense head and needs few labels of its own.
    """

    def __init__(self, code_size: int, width: int, resolution: int = CROP_SIZE) -> None:
        super().__init__()
        size = code_size + ROTATION_SIZE + OFFSET_SIZE
        hints = 4 * JOINT_COUNT + width
        self.to_code = nn.Sequential(nn.Linear(hints, 256), nn.SiLU(), nn.Linear(256, code_size))
        self.to_log_sd = nn.Sequential(nn.Linear(hints, 64), nn.SiLU(), nn.Linear(64, size))
        cells = (resolution // 32) ** 2
        self.metric = convolution(width, 32, kernel=1)
        self.to_embedding = nn.Linear(32 * cells, size)
        self.judge = convolution(width, 64)
        self.real = nn.Linear(64, 1)

    def forward(
        self, joints: Tensor, spread: Tensor, heat: Tensor, top: Tensor, perspective: Tensor
    ) -> DiscriminatorOutput:
        """The dense head's ``joints`` [N, 21, 3], their ``spread`` [N, 21] and ``heat``, and the
        trunk's ``top`` [N, width, h, w] to what the discriminator says."""
        judged = functional.leaky_relu(self.judge(top), LEAK).mean(dim=(2, 3))
        embedding = self.to_embedding(functional.leaky_relu(self.metric(top), LEAK).flatten(1))
        points = pivots_of(metric_points(joints, perspective))
        root, rotation = root_of(points), palm_rotation(points)
        inside = ((points - root) @ rotation / UNIT_MM).flatten(1)
        hints = torch.cat([inside, torch.log(spread + 1e-3), top.mean(dim=(2, 3))], dim=1)
        turned = rotation[:, :, :2].transpose(1, 2).flatten(1)
        latent = torch.cat([self.to_code(hints), turned, root[:, 0] / UNIT_MM], dim=1)
        # How unsure it is must not change what it says.
        log_sd = self.to_log_sd(hints.detach())
        real = self.real(judged)[:, 0]
        return DiscriminatorOutput(real, latent, embedding, judged, joints, heat, log_sd)


class CrossingDiscriminator(nn.Module):
    """The estimator's trunk and dense head, and the heads of the posterior on them.

    It sees crops with ``resolution`` pixels a side (a multiple of 32).
    """

    def __init__(
        self, code_size: int, trunk: TrunkConfig = CROSSING_TRUNK, resolution: int = CROP_SIZE
    ) -> None:
        super().__init__()
        self.resolution = resolution
        self.trunk = Trunk(trunk)
        self.dense = nn.Conv2d(trunk.fused[0], 4 * JOINT_COUNT, 1)
        self.heads = PosteriorHeads(code_size, trunk.channels[-1], resolution)
        self._trunk_frozen = False

    def forward(
        self, image: Tensor, perspective: Tensor, sizes: Sequence[int] | None = None
    ) -> DiscriminatorOutput:
        """See the module."""
        image = shrunk(image, self.resolution)
        maps, top = self.trunk(image)
        joints, spread, heat = integrate_votes(self.dense(maps), image)
        return self.heads(joints, spread, heat, top, perspective)

    def head_parameters(self) -> Iterator[nn.Parameter]:
        """Those that are not the estimator's."""
        return self.heads.parameters()

    def freeze_trunk(self) -> None:
        """Let nothing but the heads learn from now on."""
        self._trunk_frozen = True
        self.trunk.requires_grad_(False).eval()
        self.dense.requires_grad_(False)

    def train(self, mode: bool = True) -> CrossingDiscriminator:
        """As usual, but a trunk that is held keeps its statistics."""
        super().train(mode)
        if self._trunk_frozen:
            self.trunk.eval()
        return self


def metric_points(joints: Tensor, perspective: Tensor) -> Tensor:
    """Normalised crop coordinates [N, J, 3] to mm relative to the cube's centre."""
    growth = 1.0 + joints[..., 2:] * perspective[:, None, None]
    return 0.5 * CUBE_MM * torch.cat([joints[..., :2] * growth, joints[..., 2:]], dim=-1)


def crop_coordinates(points: Tensor, perspective: Tensor) -> Tensor:
    """Points [N, J, 3] in mm relative to the cube's centre to normalised crop coordinates."""
    scaled = points / (0.5 * CUBE_MM)
    growth = 1.0 + scaled[..., 2:] * perspective[:, None, None]
    return torch.cat([scaled[..., :2] / growth.clamp(min=0.2), scaled[..., 2:]], dim=-1)
