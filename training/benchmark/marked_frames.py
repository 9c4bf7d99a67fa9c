"""Real frames in which joints were marked by hand, as frames of a camera."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera
from engine.errors import InvalidInputError
from engine.pictures.png import read_depth_png
from engine.skeleton import JOINT_COUNT, Handedness
from engine.sources.depth_units import depth_in_mm
from engine.types import Frame
from training.datasets.kinect_crops import crop_frame

CLEAR: Final = 2
"""Flag of a joint that could be marked exactly."""


@dataclass(frozen=True, slots=True, eq=False)
class MarkedFrame:
    """A frame with marks: ``uv`` [21, 2] px, ``clear`` [21], ``skin_mm`` [21] depth of the surface
    there (NaN where not known), the side as seen, and ``name`` of its file."""

    frame: Frame
    uv: NDArray[np.float64]
    clear: NDArray[np.bool_]
    skin_mm: NDArray[np.float64]
    handedness: Handedness
    name: str


def marked_sets(recordings: Path) -> dict[str, list[MarkedFrame]]:
    """Every labelled recording in ``recordings/labels`` by name.

    Raises:
        InvalidInputError: if there are no labels, or one cannot be read.
    """
    paths = sorted((recordings / "labels").glob("*.json"))
    if not paths:
        raise InvalidInputError(f"there are no labels (*.json) in {recordings / 'labels'}")
    sets = {}
    for path in paths:
        try:
            records = json.loads(path.read_text())
            sets[path.stem] = [_marked(recordings, r, k) for k, r in enumerate(records)]
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise InvalidInputError(f"labels {path} cannot be read: {error!r}") from error
    return sets


def _marked(recordings: Path, record: dict[str, Any], index: int) -> MarkedFrame:
    marks = [(m[0], m[1], m[2], np.nan if m[3] is None else m[3]) for m in record["joints"]]
    table = np.array(marks, np.float64)
    if table.shape != (JOINT_COUNT, 4):
        raise ValueError(f"{record['file']} has marks of shape {table.shape}")
    path, lens = recordings / record["file"], record["camera"]
    corner = np.zeros(2)
    if lens is None:
        frame, corner = crop_frame(path, index)
    else:
        width, height = record["width"], record["height"]
        unit = float(lens["unit_mm"])
        fx, fy, cx, cy = (float(lens[name]) for name in ("fx", "fy", "cx", "cy"))
        camera = Camera(width, height, fx, fy, cx, cy, depth_unit_mm=unit)
        depth = depth_in_mm(read_depth_png(path, width, height), unit)
        frame = Frame(depth, index * 1000.0, index, camera)
    side = Handedness(record["handedness"])
    return MarkedFrame(
        frame, table[:, :2] + corner, table[:, 2] == CLEAR, table[:, 3], side, record["file"]
    )
