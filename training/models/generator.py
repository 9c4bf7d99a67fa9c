"""Our generator: a latent's own hand, laid into the image bone by bone, finished by convolutions.

A plain generator has to learn where a latent's fingers are, which took it hundreds of thousands of
crops to do badly (silhouettes of an IoU of 0.67 after 43,000, without fingers). Here the latent is
decoded by the pose decoder first, so the depth map is of the same hand as the pose, and what is
left to learn is the soft tissue around bones and what a sensor makes of it. Related: Neverova et
al. (CVIU 2017), who segment rendered skeletons, and the skeleton maps of pose-guided generators
(Ma et al., NeurIPS 2017, "Pose guided person image generation").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.skeleton import BONES, FINGERS, JOINT_COUNT, WRIST
from engine.tracking.crop_coordinates import CROP_SIZE
from training.models.depth_gan import LEAK, crop_coordinates
from training.models.latent import RigLatent
from training.models.rig import POINT_COUNT
from training.models.trunk import FOLD, convolution

FOREARM: Final = POINT_COUNT - 1
_KNUCKLES: Final = [JOINT_COUNT - 4 * k for k in range(len(FINGERS) - 1, 0, -1)]
SEGMENTS: Final[tuple[tuple[int, int], ...]] = (
    *BONES,
    *pairwise(_KNUCKLES),
    (1, _KNUCKLES[0]),
    (WRIST, FOREARM),
)
"""Bones, the lines between neighbouring knuckles, the thumb's web, the forearm."""
FOREARM_SHARE: Final = 3.0
"""The forearm is drawn so many times as far as its point, beyond the crop's edge."""
EDGE: Final = 0.03
RADIUS: Final = 0.06
REACH: Final = 0.15
"""In half cubes: softness of a segment's edge, its radius at first, how far it is felt."""


class CrossingGenerator(nn.Module):
    """Latents [N, size] and perspectives [N] to images [N, 1, H, H] in [-1, 1], H the
    ``resolution``.

    Depth and outline are separate maps, so that the step at the outline is not a slope.
    """

    def __init__(self, latent: RigLatent, channels: int = 48, resolution: int = CROP_SIZE) -> None:
        super().__init__()
        self.latent = latent
        self.side = resolution // FOLD
        self.radius = nn.Parameter(torch.full((len(SEGMENTS),), RADIUS))
        self.whole = nn.Linear(latent.size + 1, channels)
        self.first = convolution(3 * len(SEGMENTS), channels, kernel=1)
        self.middle = nn.ModuleList(convolution(channels, channels) for _ in range(3))
        # 4x4 sub-pixels of depth and of outline each: convolutions at full resolution would cost
        # most of the time.
        self.last = nn.Conv2d(channels, 2 * FOLD * FOLD, 3, padding=1)
        along = (torch.arange(self.side) + 0.5) * 2 / self.side - 1
        v, u = torch.meshgrid(along, along, indexing="ij")
        self.register_buffer("cells", torch.stack([u.flatten(), v.flatten()]), persistent=False)

    def forward(
        self, latent: Tensor, perspective: Tensor, *, sizes: Sequence[int] | None = None
    ) -> Tensor:
        """See the class; soft at the outline, so that there is a gradient."""
        depth, outline = self._drawn(latent, perspective)
        inside = torch.sigmoid(3.0 * outline)
        return inside * depth + (1.0 - inside)

    def hard_outline(self, latent: Tensor, perspective: Tensor) -> Tensor:
        """The same with the outline where it is likeliest: every pixel shows the hand or does
        not."""
        depth, outline = self._drawn(latent, perspective)
        return torch.where(outline > 0.0, depth, 1.0)

    def alignment_parameters(self) -> Iterator[nn.Parameter]:
        """None: it takes latents as they are."""
        return iter(())

    def _drawn(self, latent: Tensor, perspective: Tensor) -> tuple[Tensor, Tensor]:
        """Depth and outline (positive inside) [N, 1, H, H]."""
        x = self.first(self.drawn_bones(latent, perspective))
        # What the bones do not say, such as how stout the hand is.
        whole = self.whole(torch.cat([latent, perspective.unsqueeze(1)], dim=1))
        x = functional.leaky_relu(x + whole[:, :, None, None], LEAK)
        for layer in self.middle:
            x = x + functional.leaky_relu(layer(x), LEAK)
        x = functional.pixel_shuffle(self.last(x), FOLD)
        depth, outline = x.chunk(2, dim=1)
        return torch.tanh(depth), outline

    def drawn_bones(self, latent: Tensor, perspective: Tensor) -> Tensor:
        """For each segment how far each cell of a map lies inside it, its depth there, and
        how near it is: [N, 3 * S, side, side]."""
        points = self.latent.pivots(latent)
        wrist, arm = points[:, WRIST : WRIST + 1], points[:, FOREARM:]
        points = torch.cat([points[:, :FOREARM], wrist + FOREARM_SHARE * (arm - wrist)], dim=1)
        placed = crop_coordinates(points, perspective)
        start = placed[:, [a for a, _ in SEGMENTS]].unsqueeze(-1)
        along = placed[:, [b for _, b in SEGMENTS]].unsqueeze(-1) - start
        # [N, S, cells]: the nearest point of each segment in the image.
        du, dv = self.cells[0] - start[:, :, 0], self.cells[1] - start[:, :, 1]
        length = along[:, :, 0] * along[:, :, 0] + along[:, :, 1] * along[:, :, 1]
        share = (du * along[:, :, 0] + dv * along[:, :, 1]) / (length + 1e-4)
        share = share.clamp(0.0, 1.0)
        du, dv = du - share * along[:, :, 0], dv - share * along[:, :, 1]
        distance = torch.sqrt(du * du + dv * dv + 1e-6)
        inside = torch.sigmoid((self.radius[:, None] - distance) / EDGE)
        depth = (start[:, :, 2] + share * along[:, :, 2]).clamp(-1.5, 1.5) * inside
        near = torch.exp(-distance / REACH)
        return torch.cat([inside, depth, near], dim=1).unflatten(2, (self.side, self.side))
