"""Where the camera stands, and how a hand is turned to it there.

Before the face, on the head of the hand's owner (or over the shoulder), above a desk, or beside:
elsewhere than before the face the forearm comes from below, from behind the camera or along the
desk, and the hand is mostly seen from the back. Shares are estimates of use, not fitted to data.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.simulation.angles import ANGLE_INDEX, LOWER_RAD
from engine.simulation.orientation import UNIFORM_WEIGHT, VIEWS, View

Array = NDArray[Any]


class CameraUse(IntEnum):
    """Where the camera stands."""

    FRONT = 0
    EYES = 1
    ABOVE = 2
    BESIDE = 3


USE_SHARES: Final = {
    CameraUse.FRONT: 0.48,
    CameraUse.EYES: 0.3,
    CameraUse.ABOVE: 0.13,
    CameraUse.BESIDE: 0.09,
}
PERSON_SHARES: Final = {
    CameraUse.FRONT: 0.75,
    CameraUse.EYES: 0.06,
    CameraUse.ABOVE: 0.06,
    CameraUse.BESIDE: 0.5,
}
"""How often somebody is seen behind the hand."""
EYES_VIEWS: Final = (
    View(0.62, (180.0, 32.0), (-26.0, 18.0), (-22.0, 20.0)),
    View(0.16, (0.0, 35.0), (-20.0, 22.0), (-22.0, 20.0)),
    View(0.11, (90.0, 30.0), (-24.0, 20.0), (-22.0, 20.0)),
    View(0.11, (-90.0, 30.0), (-24.0, 20.0), (-22.0, 20.0)),
)
"""The owner's own eyes: fingers up and away, a right hand's forearm from below and the right."""
ABOVE_VIEWS: Final = (
    View(0.5, (180.0, 28.0), (-6.0, 16.0), (-18.0, 46.0)),
    View(0.2, (180.0, 28.0), (-6.0, 16.0), (90.0, 30.0), either_side=True),
    View(0.14, (0.0, 30.0), (0.0, 18.0), (-18.0, 56.0)),
    View(0.16, (90.0, 28.0), (0.0, 20.0), (0.0, 60.0), either_side=True),
)
"""A camera that looks down on a desk: the forearm from the image's lower edge or a side."""
BESIDE_VIEWS: Final = (
    View(0.35, (90.0, 30.0), (0.0, 25.0), (75.0, 30.0), either_side=True),
    View(0.35, (180.0, 35.0), (-5.0, 25.0), (75.0, 30.0), either_side=True),
    View(0.3, (0.0, 35.0), (0.0, 25.0), (75.0, 30.0), either_side=True),
)
"""A camera beside the person."""
WRIST_DEVIATION: Final = ANGLE_INDEX["wrist_deviation"]
BEND_RAD: Final = np.deg2rad(16.0)
"""How far wrists are bent to the little finger (half-normal) where the owner looks at the hand: it
is held upright, and the elbow is beside the body."""


def _table(views: tuple[View, ...]) -> Array:
    """Rows: summed weight, means of roll, tilt and yaw, their spreads, whether either side."""
    total = sum(view.weight for view in views)
    summed = np.cumsum([view.weight / total for view in views])
    angles = [(v.roll, v.tilt, v.yaw) for v in views]
    means = [[mean for mean, _ in triple] for triple in angles]
    spreads = [[spread for _, spread in triple] for triple in angles]
    return np.column_stack([summed, means, spreads, [view.either_side for view in views]])


_TABLES: Final = {
    CameraUse.FRONT: _table(tuple(VIEWS.values())),
    CameraUse.EYES: _table(EYES_VIEWS),
    CameraUse.ABOVE: _table(ABOVE_VIEWS),
    CameraUse.BESIDE: _table(BESIDE_VIEWS),
}
_USES: Final = tuple(USE_SHARES)
_SUMMED: Final = np.cumsum(list(USE_SHARES.values()))


def draw_use(rng: np.random.Generator) -> CameraUse:
    """Where the camera stands in a scene."""
    return _USES[int(np.searchsorted(_SUMMED, rng.random() * _SUMMED[-1], side="right"))]


def draw_orientation(rng: np.random.Generator, use: CameraUse) -> Array:
    """``R_camera_from_hand`` [3, 3] of a right hand before such a camera."""
    return np.asarray(_draw(rng, _TABLES[use], UNIFORM_WEIGHT))


def bend_wrist(rng: np.random.Generator, use: CameraUse, angles: Array) -> None:
    """Bend the wrist of a right or left hand, in place of its ``angles`` [24] in radians, as its
    owner's view of it asks; within the anatomical limit."""
    if use in (CameraUse.EYES, CameraUse.ABOVE):
        bent = angles[WRIST_DEVIATION] - abs(rng.normal(0.0, BEND_RAD))
        angles[WRIST_DEVIATION] = max(bent, LOWER_RAD[WRIST_DEVIATION])


@njit(cache=True, nogil=True)
def _draw(rng: np.random.Generator, table: Array, uniform: float) -> Array:
    R = np.empty((3, 3))
    if rng.random() < uniform:
        q = np.empty(4)
        for k in range(4):
            q[k] = rng.normal()
        q /= np.sqrt((q * q).sum())
        for i in range(3):
            j, k = (i + 1) % 3, (i + 2) % 3
            R[i, i] = 1.0 - 2.0 * (q[j] * q[j] + q[k] * q[k])
            R[i, j] = 2.0 * (q[i] * q[j] - q[k] * q[3])
            R[j, i] = 2.0 * (q[i] * q[j] + q[k] * q[3])
        return R
    chosen = min(int(np.searchsorted(table[:, 0], rng.random())), len(table) - 1)
    row = table[chosen]
    side = -1.0 if row[7] > 0 and rng.random() < 0.5 else 1.0
    roll = np.deg2rad(side * rng.normal(row[1], row[4]))
    tilt = np.deg2rad(rng.normal(row[2], row[5]))
    yaw = np.deg2rad(side * rng.normal(row[3], row[6]))
    cr, ct, cy = np.cos(roll), np.cos(tilt), np.cos(yaw)
    sr, st, sy = np.sin(roll), np.sin(tilt), np.sin(yaw)
    R[0, 0], R[0, 1], R[0, 2] = cr * cy + sr * st * sy, sr * ct, cr * sy - sr * st * cy
    R[1, 0], R[1, 1], R[1, 2] = sr * cy - cr * st * sy, -cr * ct, sr * sy + cr * st * cy
    R[2, 0], R[2, 1], R[2, 2] = ct * sy, -st, -ct * cy
    return R
