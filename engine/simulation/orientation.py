"""How a hand is turned when its owner sits before a camera, or wears one.

The camera frame is x right, y down, z forward; the hand frame has +y to the fingers and +z out of
the palm. ``R_camera_from_hand`` maps hand vectors to the camera frame. It is built as roll (about
the viewing axis) times tilt (fingers towards the camera) times yaw (about the fingers' direction)
from the right hand that shows its palm, fingers up: hand +y to camera -y, +z to -z, +x to +x.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

FloatArray = NDArray[np.float64]

R_CAMERA_FROM_SHOWN_PALM: Final = np.diag([1.0, -1.0, -1.0])


@dataclass(frozen=True, slots=True)
class View:
    """One way of holding the hand: mean and standard deviation of its angles in degrees.

    ``yaw`` 0 shows the palm, 180 the back, +-90 an edge; ``tilt`` 90 points at the camera, -90
    away from it; ``roll`` turns in the image (positive: clockwise as seen). With ``either_side``
    yaw and roll have a random sign: both edges, forearm from either side of the image.
    """

    weight: float
    yaw: tuple[float, float]
    tilt: tuple[float, float]
    roll: tuple[float, float]
    either_side: bool = False


VIEWS: Final[dict[str, View]] = {
    "palm": View(0.27, (0.0, 25.0), (5.0, 20.0), (0.0, 25.0)),
    "back": View(0.20, (180.0, 25.0), (10.0, 22.0), (0.0, 25.0)),
    "edge": View(0.12, (90.0, 25.0), (10.0, 22.0), (0.0, 28.0), either_side=True),
    "from_side_palm": View(0.06, (0.0, 30.0), (5.0, 22.0), (80.0, 25.0), either_side=True),
    "from_side_back": View(0.06, (180.0, 30.0), (5.0, 22.0), (80.0, 25.0), either_side=True),
    "at_camera": View(0.11, (0.0, 80.0), (65.0, 20.0), (0.0, 40.0)),
    "from_camera": View(0.08, (180.0, 60.0), (-50.0, 25.0), (0.0, 35.0)),
}
"""Ways of holding the hand and how often; what is missing to 1 is uniform over all rotations, so
that none is unseen. Estimates of use before a desk camera, not fitted to any data."""

UNIFORM_WEIGHT: Final = 1.0 - sum(view.weight for view in VIEWS.values())


def sample_orientations(
    rng: np.random.Generator, count: int, *, uniform_weight: float = UNIFORM_WEIGHT
) -> FloatArray:
    """Draw ``R_camera_from_hand`` [count, 3, 3] for a right hand; all have determinant +1.

    A left hand's is the mirror image: ``diag(-1, 1, 1) @ R @ diag(-1, 1, 1)`` with the hand
    itself mirrored in x.

    Args:
        rng: the only source of randomness.
        count: how many to draw.
        uniform_weight: share of rotations drawn uniformly instead of from ``VIEWS``.
    """
    chosen = np.searchsorted(_CUMULATIVE, rng.random(count), side="right")
    sides = np.where(_EITHER_SIDE[chosen], np.where(rng.random(count) < 0.5, -1.0, 1.0), 1.0)
    angles = _MEANS[chosen] + _SPREADS[chosen] * rng.standard_normal((count, 3))
    angles[:, [0, 2]] *= sides[:, None]
    R = rotation_from_view(angles)
    anyhow = rng.random(count) < uniform_weight
    if anyhow.any():
        quaternions = rng.standard_normal((int(anyhow.sum()), 4))
        R[anyhow] = Rotation.from_quat(quaternions).as_matrix()
    return R


def rotation_from_view(roll_tilt_yaw_deg: FloatArray) -> FloatArray:
    """Return ``R_camera_from_hand`` [N, 3, 3] of roll, tilt and yaw [N, 3] in degrees.

    Rz(roll) Rx(tilt) R_CAMERA_FROM_SHOWN_PALM Ry(yaw), multiplied out: scenes are drawn one by
    one, where a general rotation class takes longer than the scene's picture.
    """
    radians = np.deg2rad(roll_tilt_yaw_deg).T
    (cr, ct, cy), (sr, st, sy) = np.cos(radians), np.sin(radians)
    R = np.empty((radians.shape[1], 3, 3))
    R[:, 0, 0], R[:, 0, 1], R[:, 0, 2] = cr * cy + sr * st * sy, sr * ct, cr * sy - sr * st * cy
    R[:, 1, 0], R[:, 1, 1], R[:, 1, 2] = sr * cy - cr * st * sy, -cr * ct, sr * sy + cr * st * cy
    R[:, 2, 0], R[:, 2, 1], R[:, 2, 2] = ct * sy, -st, -ct * cy
    return R


_VIEWS: Final = tuple(VIEWS.values())
_CUMULATIVE: Final = np.cumsum([v.weight for v in _VIEWS]) / sum(v.weight for v in _VIEWS)
_MEANS: Final = np.array([[v.roll[0], v.tilt[0], v.yaw[0]] for v in _VIEWS])
_SPREADS: Final = np.array([[v.roll[1], v.tilt[1], v.yaw[1]] for v in _VIEWS])
_EITHER_SIDE: Final = np.array([v.either_side for v in _VIEWS])
