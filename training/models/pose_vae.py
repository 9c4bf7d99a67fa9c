"""The pose VAE: poses to codes whose distribution is normal, and codes back to poses.

Two of them. ``PaperPoseVAE`` is that of Crossing Nets (Wan et al., CVPR 2017, section 3.1, sizes of
the authors' code). ``RigPoseVAE`` encodes what the hand does apart from how it is turned, and
decodes through the rig, so that every code is a hand with bones of human length and joints within
their limits.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.skeleton import JOINT_COUNT
from training.models.joint_sets import HAND, JointSet
from training.models.palm import palm_rotation, root_of
from training.models.rig import POINT_COUNT, Rig, joints_of, pivots_of

UNIT_MM: Final = 50.0
"""Length of 1 in a network's poses, as in the authors' code."""
DECODER_LEAK: Final = 0.01
"""Of the paper's decoder."""
SHAPE_LIMIT: Final = 3.0
"""Largest shape coefficient a code can ask for, in standard deviations of adults."""


class Code(NamedTuple):
    """A normal distribution over codes: ``mean`` and ``log_variance`` [N, size]."""

    mean: Tensor
    log_variance: Tensor

    def sample(self, noise: Tensor) -> Tensor:
        """Codes drawn with standard normal ``noise`` [N, size]."""
        return self.mean + noise * torch.exp(0.5 * self.log_variance)

    def divergence(self) -> Tensor:
        """Kullback-Leibler divergence [N] from the standard normal distribution."""
        variance = torch.exp(self.log_variance)
        return 0.5 * (self.mean**2 + variance - 1.0 - self.log_variance).sum(dim=1)


class Reconstruction(NamedTuple):
    """The ``code`` of poses, what one drawn from it ``decoded`` to and what it should have been
    (``inside``), both [N, P, 3] in mm in the frame that the VAE works in."""

    code: Code
    decoded: Tensor
    inside: Tensor


class PaperPoseVAE(nn.Module):
    """Joints [N, J, 3] relative to their root in units of 50 mm, any rotation, and back."""

    def __init__(self, code_size: int = 20, hidden: int = 40, joints: JointSet = HAND) -> None:
        super().__init__()
        self.code_size, self.joint_set = code_size, joints
        self.first = nn.Linear(3 * joints.joints, hidden)
        self.code = nn.Linear(hidden, 2 * code_size)
        self.back = nn.Linear(code_size, hidden)
        self.last = nn.Linear(hidden, 3 * joints.joints)
        for layer in (self.first, self.code, self.back, self.last):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.zeros_(layer.bias)

    def encode(self, joints: Tensor) -> Code:
        """Joints to codes."""
        return Code(*self.code(functional.relu(self.first(joints.flatten(1)))).chunk(2, dim=1))

    def decode(self, code: Tensor) -> Tensor:
        """Codes to joints."""
        hidden = functional.leaky_relu(self.back(code), DECODER_LEAK)
        return self.last(hidden).unflatten(1, (self.joint_set.joints, 3))

    def forward(self, points: Tensor, known: Tensor, noise: Tensor) -> Reconstruction:
        """Points [N, P, 3] in mm through a code drawn with ``noise``."""
        inside = self.about_root(points)
        code = self.encode(inside / UNIT_MM)
        return Reconstruction(code, UNIT_MM * self.decode(code.sample(noise)), inside)

    def root_of(self, points: Tensor) -> Tensor:
        """Where hands are [N, 1, 3] of points [N, P, 3]."""
        return points[:, self.joint_set.root].mean(dim=1, keepdim=True)

    def about_root(self, points: Tensor) -> Tensor:
        """The joints [N, J, 3] of points [N, P, 3] relative to the root."""
        return points[:, : self.joint_set.joints] - self.root_of(points)

    def joints(self, code: Tensor) -> Tensor:
        """Codes to joints [N, J, 3] in mm."""
        return UNIT_MM * self.decode(code)

    @torch.no_grad()
    def start_from(self, points: Tensor) -> None:
        """First and last weights from the principal components of ``points`` [M, P, 3] in mm."""
        flat = (self.about_root(points) / UNIT_MM).flatten(1)
        _, _, components = torch.linalg.svd(flat - flat.mean(dim=0), full_matrices=False)
        count = min(len(components), len(self.first.weight))
        self.first.weight[:count] = components[:count]
        self.last.weight[:, :count] = components[:count].T


class Articulation(NamedTuple):
    """What a code says of the hand: ``angles`` [N, 24] rad, ``shape`` [N, S] and the pivots
    ``points`` [N, 22, 3] they give, mm, hand frame."""

    angles: Tensor
    shape: Tensor
    points: Tensor


class RigPoseVAE(nn.Module):
    """Pivots [N, 22, 3] in the palm frame in units of 50 mm, and back through the rig.

    The encoder sees which points are known: what it is not shown it fills in.
    """

    joint_set: Final = HAND

    def __init__(self, code_size: int = 20, hidden: int = 256) -> None:
        super().__init__()
        self.code_size = code_size
        self.rig = Rig()
        self.encoder = nn.Sequential(
            nn.Linear(4 * POINT_COUNT, hidden),
            nn.SiLU(),
            nn.Linear(hidden, hidden),
            nn.SiLU(),
            nn.Linear(hidden, 2 * code_size),
        )
        self.decoder = nn.Sequential(
            nn.Linear(code_size, hidden),
            nn.SiLU(),
            nn.Linear(hidden, hidden),
            nn.SiLU(),
            nn.Linear(hidden, len(self.rig.lower) + self.rig.n_shape),
        )

    def encode(self, points: Tensor, known: Tensor) -> Code:
        """Pivots ``points`` in the palm frame and which of them are ``known`` [N, 22] to codes."""
        shown = points * known.unsqueeze(-1)
        return Code(*self.encoder(torch.cat([shown.flatten(1), known], dim=1)).chunk(2, dim=1))

    def forward(self, points: Tensor, known: Tensor, noise: Tensor) -> Reconstruction:
        """Points [N, 22, 3] in mm, some ``known`` [N, 22], through a code drawn with ``noise``."""
        pivots = pivots_of(points)
        inside = (pivots - root_of(pivots)) @ palm_rotation(pivots)
        code = self.encode(inside / UNIT_MM, known)
        return Reconstruction(code, palm_points(self.articulate(code.sample(noise))), inside)

    def joints(self, code: Tensor) -> Tensor:
        """Codes to joints [N, 21, 3] in mm, hand frame."""
        return joints_of(self.articulate(code).points)[:, :JOINT_COUNT]

    def start_from(self, points: Tensor) -> None:
        """Random weights serve: the rig knows what hands look like."""

    def articulate(self, code: Tensor) -> Articulation:
        """Codes to angles, shape and points of the rig."""
        output = self.decoder(code)
        bounds = len(self.rig.lower)
        low, high = self.rig.lower, self.rig.upper
        angles = low + (high - low) * torch.sigmoid(output[:, :bounds])
        shape = SHAPE_LIMIT * torch.tanh(output[:, bounds:] / SHAPE_LIMIT)
        return Articulation(angles, shape, self.rig(angles, shape))


def palm_points(articulation: Articulation) -> Tensor:
    """The rig's pivots [N, 22, 3] in the palm frame, mm."""
    points = articulation.points
    return (points - root_of(points)) @ palm_rotation(points)
