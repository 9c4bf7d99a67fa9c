"""A hand drawn on estimated joints, compared with what the camera saw.

It knows no network: a hand of mean thickness is drawn on the joints, so any two
estimates can be scored by one measure.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine.skeleton import FINGER_JOINTS
from engine.types import Frame
from training.benchmark.implicit_hand import ImplicitSurface
from training.benchmark.sphere_tracing import draw_implicit

CLOSE_MM: Final = 15.0
"""A drawn pixel agrees with the camera if their depths differ by no more."""
NEAR_JOINT_MM: Final = 45.0
"""Seen points this near to a joint other than the wrist should be drawn."""
_RADII_MM: Final = {"thumb": (14.0, 11.0, 9.5, 7.0)} | dict.fromkeys(
    ("index", "middle", "ring", "little"), (10.5, 9.0, 7.8, 6.4)
)
_LITTLE: Final = 0.88
_PALM_MM: Final = (13.0, 12.0)


def surface_on(joints_mm: NDArray[np.floating]) -> ImplicitSurface:
    """ImplicitSurface of the mean hand on joints [21, 3], camera frame, mm."""
    joints = np.asarray(joints_mm, np.float64)
    ends, radii, groups = [], [], []

    def add(a: int, b: int, ra: float, rb: float, group: int) -> None:
        ends.append((joints[a], joints[b]))
        radii.append((ra, rb))
        groups.append(group)

    bases = [finger[0] for finger in FINGER_JOINTS.values()]
    for base in bases:
        add(0, base, *_PALM_MM, 0)
    for a, b in pairwise(bases[1:]):
        add(a, b, _PALM_MM[1], _PALM_MM[1], 0)
    for group, (name, finger) in enumerate(FINGER_JOINTS.items(), start=1):
        scale = _LITTLE if name == "little" else 1.0
        widths = [scale * r for r in _RADII_MM[name]]
        for k in range(3):
            add(finger[k], finger[k + 1], widths[k], widths[k + 1], group)
    count = len(ends)
    return ImplicitSurface(
        ends=np.array(ends),
        radii=np.array(radii),
        wide=np.ones(count),
        across=np.tile([1.0, 0.0, 0.0], (count, 1)),
        group=np.array(groups, np.int64),
        bone=np.ones(count, np.int64),
    )


def agreement(frame: Frame, joints_mm: NDArray[np.floating]) -> tuple[float, float]:
    """Shares in [0, 1] of the hand drawn on ``joints_mm`` [21, 3] that the camera saw there, and of
    what it saw near the joints that is drawn."""
    drawn = np.zeros(frame.depth_mm.shape, np.float32)
    labels = np.zeros(drawn.shape, np.uint8)
    draw_implicit(drawn, labels, surface_on(joints_mm), frame.camera)
    shown, seen = drawn > 0, frame.depth_mm > 0
    close = shown & seen & (np.abs(drawn - frame.depth_mm) < CLOSE_MM)
    explained = float(close.sum() / max(int(shown.sum()), 1))
    joints = np.asarray(joints_mm, np.float32)
    least, most = joints[:, 2].min() - NEAR_JOINT_MM, joints[:, 2].max() + NEAR_JOINT_MM
    rows, columns = np.nonzero((frame.depth_mm > least) & (frame.depth_mm < most) & seen)
    uv = np.stack([columns, rows], axis=-1).astype(np.float32)
    points = frame.camera.unproject(uv, frame.depth_mm[rows, columns])
    own = cKDTree(joints[1:]).query(points)[0] < NEAR_JOINT_MM
    covered = close[rows[own], columns[own]]
    return explained, float(covered.mean()) if own.any() else 0.0
