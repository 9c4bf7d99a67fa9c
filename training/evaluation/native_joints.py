"""The program's 21 joints as the points that a data set marks and its benchmark compares."""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.camera import FloatArray
from engine.skeleton import FINGER_JOINTS
from training.datasets.formats import DatasetFormat
from training.rig.annotations import SETS

_INDEX_KNUCKLE: Final = FINGER_JOINTS["index"][0]
_LITTLE_KNUCKLE: Final = FINGER_JOINTS["little"][0]


def evaluated_points(form: DatasetFormat, joints_mm: FloatArray) -> FloatArray:
    """Joints [21, 3] (mm, camera frame) as the evaluated points [E, 3] of a set.

    MSRA and HANDS17 mark the same joints. NYU and ICVL mark points between and beside them: those
    lie where the fit of the rig puts them (``training.rig.annotations``), offsets along the palm,
    from the little finger's knuckle to the index finger's.
    """
    joints = np.asarray(joints_mm, np.float64)
    annotation = SETS.get(form.name)
    if annotation is None:
        native = np.empty((len(form.native_joints), 3))
        for joint, (place,) in enumerate(form.mediapipe):
            native[place] = joints[joint]
        return native[list(form.evaluated)].astype(np.float32)
    across = joints[_INDEX_KNUCKLE] - joints[_LITTLE_KNUCKLE]
    across /= max(float(np.linalg.norm(across)), 1e-6)
    points = [
        (1.0 - share) * joints[a] + share * joints[b] + offset_mm * across
        for _, a, b, share, offset_mm in annotation.landmarks
    ]
    return np.array(points, np.float32)
