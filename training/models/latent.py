"""The shared latent space: a hand's points in the crop's frame to latents and back.

Points are millimetres relative to the cube's centre, in the frame of the crop's virtual camera;
the first 21 are the joints, the last is the forearm's (``training.models.rig``).

``PaperLatent`` is the paper's: a code of the pose, rotation and all, and the root's offset.
``RigLatent`` splits the rotation off as the first two columns of its matrix (Zhou et al., CVPR
2019): there is no continuous map from a normal distribution onto rotations, so a code that holds
them must have seams, and points near a seam decode into crushed hands. A turn of the crop moves
this latent linearly, and every latent, also between two others, is a whole hand. Root, rotation and
code are of the rig's pivots; joints follow from them (``engine.simulation.joints``).
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from engine.skeleton import JOINT_COUNT
from training.models.distances import HALF_MM, joint_distance
from training.models.joint_sets import JointSet
from training.models.palm import frame_of, palm_rotation, root_of
from training.models.pose_vae import UNIT_MM, PaperPoseVAE, RigPoseVAE, palm_points
from training.models.rig import joints_of, known_pivots_of

OFFSET_SIZE, ROTATION_SIZE = 3, 6
LATENT_WEIGHT: Final = 0.02
"""Of the squared distance of latents beside that of the joints."""


def known_points(points: Tensor) -> Tensor:
    """1 where points [N, P, 3] are known, 0 where they are NaN, [N, P]."""
    return points.isfinite().all(dim=-1).to(points.dtype)


class PaperLatent(nn.Module):
    """[code 20 | root offset 3]; 23 numbers, both of the size of 1."""

    def __init__(self, vae: PaperPoseVAE) -> None:
        super().__init__()
        self.vae, self.joint_set = vae, vae.joint_set
        self.size = vae.code_size + OFFSET_SIZE

    @staticmethod
    def needed(joints: JointSet) -> tuple[int, ...]:
        """Points that must be known for a latent: the encoder has no means to do without any."""
        return tuple(range(joints.joints))

    def encode(self, points: Tensor, noise: Tensor | None = None) -> Tensor:
        """Points [N, P, 3] to latents [N, 23]; codes drawn with ``noise`` [N, 20] if given."""
        code = self.vae.encode(self.vae.about_root(points) / UNIT_MM)
        drawn = code.mean if noise is None else code.sample(noise)
        return torch.cat([drawn, self.vae.root_of(points)[:, 0] / UNIT_MM], dim=1)

    def decode(self, latent: Tensor) -> Tensor:
        """Latents [N, 23] to joints [N, J, 3]."""
        code, offset = latent.split([self.vae.code_size, OFFSET_SIZE], dim=1)
        return UNIT_MM * (self.vae.decode(code) + offset.unsqueeze(1))

    def mix(self, weights: Tensor, latents: Tensor) -> Tensor:
        """Convex combinations [M, 23] of ``latents`` [K, 23] with ``weights`` [M, K]."""
        return weights @ latents

    def posterior_loss(self, mean: Tensor, truth: Tensor, _: Tensor | None = None) -> Tensor:
        """L_pos [N]: mean square of the numbers that the posterior's mean is off by."""
        return (mean - truth).pow(2).mean(dim=1)


class RigLatent(nn.Module):
    """[code | rotation 6 | root offset 3]; each of the size of 1."""

    def __init__(self, vae: RigPoseVAE) -> None:
        super().__init__()
        self.vae, self.joint_set = vae, vae.joint_set
        self.size = vae.code_size + ROTATION_SIZE + OFFSET_SIZE

    @staticmethod
    def needed(joints: JointSet) -> tuple[int, ...]:
        """Points that must be known for a latent: they say how the hand is turned. What others are
        not known the encoder fills in; it was trained to."""
        return joints.root

    def encode(self, points: Tensor, noise: Tensor | None = None) -> Tensor:
        """Points [N, 22, 3] to latents; NaN where not known, but for the palm. Codes are drawn with
        ``noise`` [N, code] if given."""
        pivots = known_pivots_of(points)
        root, rotation = root_of(pivots), palm_rotation(pivots)
        inside = (pivots - root) @ rotation / UNIT_MM
        known = known_points(pivots)
        code = self.vae.encode(inside.nan_to_num(0.0), known)
        drawn = code.mean if noise is None else code.sample(noise)
        turned = rotation[:, :, :2].transpose(1, 2).flatten(1)
        return torch.cat([drawn, turned, root[:, 0] / UNIT_MM], dim=1)

    def split(self, latent: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Code, rotation [N, 3, 3] and root [N, 1, 3] in mm of latents."""
        sizes = [self.vae.code_size, ROTATION_SIZE, OFFSET_SIZE]
        code, turned, offset = latent.split(sizes, dim=1)
        # The direction along the fingers is the surer one; the other yields.
        rotation = frame_of(turned[:, 3:], turned[:, :3])
        return code, rotation, UNIT_MM * offset.unsqueeze(1)

    def decode(self, latent: Tensor) -> Tensor:
        """Latents to points [N, 22, 3]."""
        return joints_of(self.pivots(latent))

    def mix(self, weights: Tensor, latents: Tensor) -> Tensor:
        """Convex combinations [M, size] of ``latents`` [K, size] with ``weights`` [M, K].

        A rotation between others is made a rotation again.
        """
        combined = weights @ latents
        code, rotation, root = self.split(combined)
        turned = rotation[:, :, :2].transpose(1, 2).flatten(1)
        return torch.cat([code, turned, combined[:, -root.shape[2] :]], dim=1)

    def posterior_loss(self, mean: Tensor, truth: Tensor, known: Tensor | None = None) -> Tensor:
        """L_pos [N]: how far the posterior's mean is from the latent it should be.

        The distance of the joints that both decode to, which is what counts, and a little of that
        of the latents for what the joints leave open. Joints that are not ``known`` [N, 21] do not
        count: those of the truth are only what the pose VAE thinks likely.
        """
        found, wanted = (self.decode(torch.cat([mean, truth]))[:, :JOINT_COUNT] / HALF_MM).chunk(2)
        squared = (mean - truth).pow(2).sum(dim=1)
        return joint_distance(found, wanted, known) + LATENT_WEIGHT * squared

    def pivots(self, latent: Tensor) -> Tensor:
        """Latents to the rig's pivots [N, 22, 3]."""
        code, rotation, root = self.split(latent)
        return palm_points(self.vae.articulate(code)) @ rotation.transpose(1, 2) + root


Latent = PaperLatent | RigLatent
