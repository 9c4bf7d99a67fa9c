"""The joints that the NYU and ICVL test sets annotate, and where they lie on the rig.

Formats as collected by the community's benchmark: one line a frame, ``u v d`` for each joint.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInputError
from engine.skeleton import FINGER_JOINTS, WRIST

FloatArray = NDArray[np.float64]

PALM_BONE: Final = 1


@dataclass(frozen=True, slots=True)
class Annotation:
    """How a test set annotates a hand.

    ``landmarks`` are (bone, rest position as weights of two of the 21 joints: a, b, share of b,
    offset in x in mm); ``mirrored`` if the hands are left ones.
    """

    path: str
    fx: float
    fy: float
    cx: float
    cy: float
    landmarks: tuple[tuple[int, int, int, float, float], ...]
    mirrored: bool
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
    "nyu": Annotation(
        path="nyu/nyu_test_groundtruth_label.txt",
        fx=588.03,
        fy=587.07,
        cx=320.0,
        cy=240.0,
        landmarks=_nyu_landmarks(),
        mirrored=False,
        subjects=((0, 2440), (2440, 8252)),
    ),
    "icvl": Annotation(
        path="icvl/icvl_test_groundtruth_label.txt",
        fx=240.99,
        fy=240.96,
        cx=160.0,
        cy=120.0,
        landmarks=_icvl_landmarks(),
        mirrored=True,
        subjects=((0, 702), (702, 1596)),
    ),
}


def read_joints(folder: Path, annotation: Annotation) -> FloatArray:
    """Read annotated joints [frames, J, 3] in mm, camera frame, as of right hands.

    Raises:
        InvalidInputError: if the file is missing or not of this form.
    """
    path = folder / annotation.path
    try:
        values = np.loadtxt(path, ndmin=2)
        uvd = values.reshape(len(values), len(annotation.landmarks), 3)
    except (OSError, ValueError) as error:
        raise InvalidInputError(f"{path} is no list of u v d joints: {error}") from error
    x = (uvd[..., 0] - annotation.cx) * uvd[..., 2] / annotation.fx
    y = (uvd[..., 1] - annotation.cy) * uvd[..., 2] / annotation.fy
    return np.stack([-x if annotation.mirrored else x, y, uvd[..., 2]], axis=-1)
