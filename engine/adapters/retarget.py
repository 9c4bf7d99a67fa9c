"""The wrist's pose and joints for robot hands, in the conventions of ``dex-retargeting``.

That library (dexsuite, MIT) moves a robot's hand so that vectors between its links are those
between a person's joints. It takes 21 joints in metres in MediaPipe's order, which is this
program's, seen from the wrist: z to the middle finger's knuckle, x out of the palm, y across so
that axes are right-handed (to the thumb of a right hand, away from it of a left one). Its plane is
that of the wrist and the knuckles of index and middle finger.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.skeleton import FINGER_JOINTS, WRIST, Handedness

_INDEX, _MIDDLE = FINGER_JOINTS["index"][0], FINGER_JOINTS["middle"][0]
_METRES: Final = 1e-3
Array = NDArray[np.float64]


def T_camera_from_wrist(joints_mm: NDArray[np.floating], side: Handedness) -> Array:  # noqa: N802
    """The wrist's pose [4, 4], metres, from joints [21, 3] in mm in the camera frame."""
    joints = np.asarray(joints_mm, np.float64)
    z = _unit(joints[_MIDDLE] - joints[WRIST])
    to_index = joints[_INDEX] - joints[_MIDDLE]
    y = _unit(to_index - (to_index @ z) * z)
    if side is Handedness.LEFT:
        y = -y
    pose = np.eye(4)
    pose[:3, :3] = np.stack([np.cross(y, z), y, z], axis=-1)
    pose[:3, 3] = joints[WRIST] * _METRES
    return pose


def wrist_joints_m(joints_mm: NDArray[np.floating], side: Handedness) -> Array:
    """Joints [21, 3] in metres seen from the wrist, the library's ``joint_pos``."""
    pose = T_camera_from_wrist(joints_mm, side)
    joints = np.asarray(joints_mm, np.float64) * _METRES
    return np.asarray((joints - pose[:3, 3]) @ pose[:3, :3])


def reference_vectors_m(
    joints_mm: NDArray[np.floating], side: Handedness, human_indices: NDArray[np.integer]
) -> Array:
    """What ``SeqRetargeting.retarget`` takes for ``human_indices``, its optimiser's
    ``target_link_human_indices``: vectors [K, 3] between pairs of joints [2, K], or the places
    [K, 3] of joints [K] for retargeting by position."""
    joints = wrist_joints_m(joints_mm, side)
    indices = np.asarray(human_indices)
    if indices.ndim == 1:
        return np.asarray(joints[indices])
    return np.asarray(joints[indices[1]] - joints[indices[0]])


def _unit(vector: Array) -> Array:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9))
