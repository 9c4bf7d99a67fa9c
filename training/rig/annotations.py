"""Where the joints that the NYU and ICVL test sets annotate lie on the rig."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.skeleton import FINGER_JOINTS, WRIST, Handedness
from training.datasets.formats import ICVL, NYU, DatasetFormat, to_mm
from training.datasets.tables import read_joint_list

FloatArray = NDArray[np.float64]

PALM_BONE: Final = 1


@dataclass(frozen=True, slots=True)
class Annotation:
    """How a test set annotates a hand.

    ``landmarks`` are (bone, rest position as weights of two of the 21 joints: a, b, share of b,
    offset in x in mm); ``subjects`` the first and last frame (exclusive) of each person.
    """

    form: DatasetFormat
    landmarks: tuple[tuple[int, int, int, float, float], ...]
    subjects: tuple[tuple[int, int], ...]


def _nyu_landmarks() -> tuple[tuple[int, int, int, float, float], ...]:
    out: list[tuple[int, int, int, float, float]] = []
    for finger in (4, 3, 2, 1):
        first = 1 + 4 * finger
        bone = 2 + 3 * finger
        out += [(bone + 2, first + 3, first + 3, 0.0, 0.0), (bone, first + 1, first + 1, 0.0, 0.0)]
    out += [(4, 4, 4, 0.0, 0.0), (3, 3, 3, 0.0, 0.0), (2, 2, 2, 0.0, 0.0)]
    middle = FINGER_JOINTS["middle"][0]
    out += [(1, WRIST, middle, 0.0, -22.0), (1, WRIST, middle, 0.0, 22.0), (1, 0, middle, 0.5, 0.0)]
    return tuple(out)


def _icvl_landmarks() -> tuple[tuple[int, int, int, float, float], ...]:
    out: list[tuple[int, int, int, float, float]] = [
        (PALM_BONE, WRIST, FINGER_JOINTS["middle"][0], 0.6, 0.0)
    ]
    for finger in range(5):
        first = 1 + 4 * finger
        bone = 2 + 3 * finger
        out += [
            (bone, first, first + 1, 0.5, 0.0),
            (bone + 1, first + 1, first + 2, 0.5, 0.0),
            (bone + 2, first + 2, first + 3, 0.8, 0.0),
        ]
    return tuple(out)


SETS: Final[dict[str, Annotation]] = {
    "nyu": Annotation(NYU, _nyu_landmarks(), subjects=((0, 2440), (2440, 8252))),
    "icvl": Annotation(ICVL, _icvl_landmarks(), subjects=((0, 702), (702, 1596))),
}


def read_joints(folder: Path, annotation: Annotation) -> FloatArray:
    """Read annotated joints [frames, J, 3] in mm, camera frame, as of right hands.

    Raises:
        InvalidInputError: if the file is missing or not of this form.
    """
    form = annotation.form
    path = folder / form.name / f"{form.name}_test_groundtruth_label.txt"
    joints = to_mm(read_joint_list(path, len(annotation.landmarks)), form.camera)
    if form.handedness is Handedness.LEFT:
        joints[..., 0] *= -1.0
    return joints
