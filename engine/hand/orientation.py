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
    views = list(VIEWS.values())
    weights = np.array([view.weight for view in views])
    chosen = rng.choice(len(views), size=count, p=weights / weights.sum())
    means = np.array([[v.roll[0], v.tilt[0], v.yaw[0]] for v in views])[chosen]
    spreads = np.array([[v.roll[1], v.tilt[1], v.yaw[1]] for v in views])[chosen]
    sides = np.where(
        np.array([v.either_side for v in views])[chosen], rng.choice([-1, 1], count), 1
    )
    angles = means + spreads * rng.standard_normal((count, 3))
    angles[:, [0, 2]] *= sides[:, None]
    turned = rotation_from_view(angles)
    uniform = Rotation.from_quat(rng.standard_normal((count, 4))).as_matrix()
    return np.where(rng.random((count, 1, 1)) < uniform_weight, uniform, turned)


def rotation_from_view(roll_tilt_yaw_deg: FloatArray) -> FloatArray:
    """Return ``R_camera_from_hand`` [N, 3, 3] of roll, tilt and yaw [N, 3] in degrees."""
    shown = Rotation.from_euler("ZX", roll_tilt_yaw_deg[:, :2], degrees=True).as_matrix()
    yaw = Rotation.from_euler("y", roll_tilt_yaw_deg[:, 2:], degrees=True).as_matrix()
    return np.asarray(shown @ R_CAMERA_FROM_SHOWN_PALM @ yaw)
