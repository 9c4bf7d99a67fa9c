"""Files of crop centres as the field publishes them: one line a frame.

They hold ``u v d`` (pixels, pixels, mm; DeepPrior++, Pose-REN) or ``x y z`` in mm (V2V-PoseNet),
of which some have y pointing up, and do not say which. So the images decide. A line that is no
three numbers ("invalid") has no centre.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera
from engine.errors import InvalidInputError
from training.datasets import AnnotatedFrame, DepthDataset
from training.datasets.formats import to_mm
from training.datasets.frames import read_frames

_LOOKED_AT: Final = 20
_REACH_MM: Final = 150.0
"""So near to a hand's centre lies what the camera has seen of it."""

Floats = NDArray[np.float64]


def _from_uvd(values: Floats, camera: Camera) -> Floats:
    return to_mm(values, camera)


def _from_mm(values: Floats, _: Camera) -> Floats:
    return values


def _from_mm_up(values: Floats, _: Camera) -> Floats:
    return values * (1.0, -1.0, 1.0)


_FORMS: Final[dict[str, Callable[[Floats, Camera], Floats]]] = {
    "u v d": _from_uvd,
    "x y z": _from_mm,
    "x y z with y up": _from_mm_up,
}


def read_centres(path: Path, dataset: DepthDataset) -> tuple[Floats, str]:
    """The centre [N, 3] (mm, camera frame) of each frame of ``dataset``, NaN where there is none,
    and how the file was understood.

    Raises:
        InvalidInputError: if it cannot be read, has another number of lines than the set has
            annotations, or fits the images in no way.
    """
    values = _read_lines(path)
    if len(values) == dataset.annotated:
        values = values[dataset.places]
    elif len(values) != len(dataset):
        raise InvalidInputError(
            f"{path} has {len(values)} lines, the data set {dataset.annotated} frames"
        )
    usable = np.flatnonzero(np.isfinite(values).all(axis=1))
    chosen = usable[np.linspace(0, len(usable) - 1, min(_LOOKED_AT, len(usable))).astype(int)]
    off_mm: dict[str, list[float]] = {name: [] for name in _FORMS}
    for index, frame in read_frames(dataset, chosen.tolist(), []):
        for name, convert in _FORMS.items():
            off_mm[name].append(_off_mm(frame, convert(values[index], frame.camera)))
    best = min(_FORMS, key=lambda name: sum(off_mm[name]))
    if not any(off < _REACH_MM for off in off_mm[best]):
        raise InvalidInputError(f"{path}: nothing was seen at any of the centres looked at")
    return _FORMS[best](values, dataset[0].camera), best


def _read_lines(path: Path) -> Floats:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise InvalidInputError(f"{path} cannot be read: {error}") from error
    while lines and not lines[-1].strip():
        lines.pop()
    return np.array([_numbers(line) for line in lines], np.float64).reshape(-1, 3)


def _numbers(line: str) -> list[float]:
    """The last three numbers of a line, which may begin with a name; NaN where there are none."""
    try:
        found = [float(word) for word in line.replace(",", " ").split()[-3:]]
    except ValueError:
        found = []
    return found if len(found) == 3 and found[2] > 0 else [np.nan] * 3


def _off_mm(frame: AnnotatedFrame, centre: Floats) -> float:
    """How far the middle of what was seen around ``centre`` [3] lies from it; at most the reach."""
    camera, depth_mm = frame.camera, frame.depth_mm
    u, v = camera.project(centre)
    if not (centre[2] > 1.0 and 0 <= u < camera.width and 0 <= v < camera.height):
        return _REACH_MM
    reach = max(1, int(_REACH_MM * camera.fx / centre[2]))
    top, left = max(0, int(v) - reach), max(0, int(u) - reach)
    window = depth_mm[top : int(v) + reach + 1, left : int(u) + reach + 1]
    rows, columns = np.nonzero((window > 0) & (np.abs(window - centre[2]) < _REACH_MM))
    if not len(rows):
        return _REACH_MM
    uv = np.stack([columns + left, rows + top], axis=-1).astype(np.float32)
    middle = camera.unproject(uv, window[rows, columns]).mean(axis=0)
    return min(float(np.linalg.norm(middle - centre)), _REACH_MM)
