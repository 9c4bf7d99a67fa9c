"""The hand's rig in torch: joint angles and shape to points, with gradients.

The same kinematics as ``engine.simulation.kinematics`` (tested to agree), in batches.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from engine.simulation.angles import ANGLE_COUNT, LOWER_RAD, UPPER_RAD
from engine.simulation.joints import JOINTS_FROM_PIVOTS, PIVOTS_FROM_JOINTS
from engine.simulation.model import HandModel
from engine.skeleton import JOINT_COUNT

POINT_COUNT: Final = JOINT_COUNT + 1
"""The 21 joints, and a point of the forearm that says how the wrist is bent."""
FOREARM_POINT_MM: Final = 100.0
"""Distance of the forearm's point from the wrist."""


def joints_of(pivots: Tensor) -> Tensor:
    """The rig's pivots [N, P, 3], P at least 21, with joints in place of the first 21
    (``engine.simulation.joints``)."""
    shares = torch.from_numpy(JOINTS_FROM_PIVOTS).to(pivots)
    return torch.cat([shares @ pivots[:, :JOINT_COUNT], pivots[:, JOINT_COUNT:]], dim=1)


def pivots_of(points: Tensor) -> Tensor:
    """The inverse of ``joints_of``, for joints that are all known."""
    shares = torch.from_numpy(PIVOTS_FROM_JOINTS).to(points)
    return torch.cat([shares @ points[:, :JOINT_COUNT], points[:, JOINT_COUNT:]], dim=1)


def known_pivots_of(points: Tensor) -> Tensor:
    """As ``pivots_of``; a pivot is NaN where a joint that tells it is, and only there."""
    joints, shares = points[:, :JOINT_COUNT], torch.from_numpy(PIVOTS_FROM_JOINTS).to(points)
    lost = (shares.abs() > 1e-6).to(points) @ joints.isnan().any(-1, True).to(points)
    pivots = pivots_of(joints.nan_to_num(0.0)).masked_fill(lost > 0, torch.nan)
    return torch.cat([pivots, points[:, JOINT_COUNT:]], dim=1)


class Rig(nn.Module):
    """Angles [N, 24] (radians) and shape [N, S] to pivots [N, 22, 3] in mm, hand frame."""

    rest: Tensor
    basis: Tensor
    axes: Tensor
    forearm: Tensor
    lower: Tensor
    upper: Tensor

    def __init__(self, model: HandModel | None = None) -> None:
        super().__init__()
        model = model or HandModel.load()
        self.register_buffer("rest", torch.from_numpy(np.array(model.joints)), persistent=False)
        basis = torch.from_numpy(np.array(model.joint_basis))
        self.register_buffer("basis", basis, persistent=False)
        self.register_buffer("axes", torch.from_numpy(np.array(model.axes)), persistent=False)
        way = np.array(model.elbow) - np.array(model.joints[0])
        way = FOREARM_POINT_MM * way / np.linalg.norm(way)
        self.register_buffer("forearm", torch.from_numpy(way.astype(np.float32)), persistent=False)
        self.register_buffer("lower", torch.from_numpy(LOWER_RAD.copy()), persistent=False)
        self.register_buffer("upper", torch.from_numpy(UPPER_RAD.copy()), persistent=False)

    @property
    def n_shape(self) -> int:
        """Number of shape coefficients."""
        return len(self.basis)

    def forward(self, angles: Tensor, shape: Tensor) -> Tensor:
        """See the class; those of the joints in MediaPipe order, then the forearm's point."""
        rest = self.rest + torch.einsum("ns,sjk->njk", shape, self.basis)
        turns = self._turns(angles)
        # A joint with several angles turns about the last one first (see simulation.kinematics).
        wrist = turns[:, 0] @ turns[:, 1]
        thumb_cmc = turns[:, 2] @ turns[:, 3] @ turns[:, 4]
        thumb_mcp = thumb_cmc @ turns[:, 5] @ turns[:, 6]
        thumb = [thumb_cmc, thumb_mcp, thumb_mcp @ turns[:, 7]]
        fingers = turns[:, 8:].unflatten(1, (4, 4))
        mcp = fingers[:, :, 0] @ fingers[:, :, 1]
        pip = mcp @ fingers[:, :, 2]
        bones = torch.stack([mcp, pip, pip @ fingers[:, :, 3]], dim=2)
        bones = torch.cat([torch.stack(thumb, dim=1)[:, None], bones], dim=1)
        chains = rest[:, 1:].unflatten(1, (5, 4))
        along = chains[:, :, 1:] - chains[:, :, :-1]  # OpenVINO knows no torch.diff
        steps = torch.einsum("nfbij,nfbj->nfbi", bones, along)
        tips = chains[:, :, :1] + steps.cumsum(dim=2)
        joints = torch.cat([chains[:, :, :1], tips], dim=2).flatten(1, 2)
        forearm = rest[:, 0] + torch.einsum("nij,j->ni", wrist, self.forearm)
        return torch.cat([rest[:, :1], joints, forearm[:, None]], dim=1)

    def _turns(self, angles: Tensor) -> Tensor:
        """Rotations [N, 24, 3, 3] about the axes (Rodrigues' formula)."""
        x, y, z = self.axes.unbind(dim=1)
        zero = torch.zeros_like(x)
        cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=1).view(ANGLE_COUNT, 3, 3)
        square = cross @ cross
        sine, cosine = torch.sin(angles)[..., None, None], torch.cos(angles)[..., None, None]
        eye = torch.eye(3, dtype=angles.dtype, device=angles.device)
        return eye + sine * cross + (1 - cosine) * square
