"""How a hand looks: its pose without size, place and side, and how it is held to the camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import FloatArray
from engine.measure.hand import palm_axes, palm_centre_mm, palm_facing_deg, palm_length_mm
from engine.skeleton import FINGER_JOINTS, Handedness
from engine.types import TrackedHand, frozen

OUTER: Final = np.array([joints[1:] for joints in FINGER_JOINTS.values()])
"""The three joints [5, 3] of each finger that its pose moves."""


@dataclass(frozen=True, slots=True, eq=False)
class HandLook:
    """One hand in one frame.

    ``pose`` [21, 3] joints in the palm's axes (x to the thumb, y to the middle knuckle, z out of
    the palm) from the palm's middle, in palm lengths; ``facing_deg`` 0 shows the palm, 180 the
    back; ``pointing_deg`` 0: the fingers point at the camera; ``range_mm`` the palm's distance
    from it; ``expected_error_mm`` the mean of the joints'.
    """

    pose: FloatArray
    facing_deg: float
    pointing_deg: float
    range_mm: float
    side: Handedness
    expected_error_mm: float


def palm_pose(joints_mm: NDArray[np.floating], side: Handedness) -> FloatArray:
    """``HandLook.pose`` of joints [21, 3] in mm, camera frame. Both sides' poses are alike."""
    points = np.asarray(joints_mm, np.float64) - palm_centre_mm(joints_mm)
    return frozen(points @ palm_axes(joints_mm, side).T / palm_length_mm(joints_mm))


def look_at(hand: TrackedHand) -> HandLook:
    """How ``hand`` looks."""
    pose = hand.pose
    joints, side = pose.joints_mm, pose.handedness
    centre = palm_centre_mm(joints)
    distance = float(np.linalg.norm(centre))
    towards = -centre / max(distance, 1e-6)
    along = palm_axes(joints, side)[1]
    return HandLook(
        pose=palm_pose(joints, side),
        facing_deg=float(palm_facing_deg(joints, side)),
        pointing_deg=float(np.degrees(np.arccos(np.clip(along @ towards, -1.0, 1.0)))),
        range_mm=distance,
        side=side,
        expected_error_mm=float(pose.sigma_mm.mean()),
    )


def pose_gap(first: FloatArray, second: FloatArray) -> float:
    """How far two poses are apart: the mean distance of the outer joints of the finger that
    differs most, in palm lengths. One finger that is bent is enough for a large gap."""
    gaps = np.linalg.norm(first - second, axis=-1)[OUTER]
    return float(gaps.mean(axis=-1).max())
