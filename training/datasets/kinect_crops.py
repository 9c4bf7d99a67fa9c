"""Crops of hands that a Kinect v1 took, a folder for each letter of a finger alphabet, as frames.

Where in the Kinect's image a crop was cut is not known; a hand looks nearly the same anywhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera
from engine.errors import InvalidInputError
from engine.pictures.png import read_depth_png, read_png_header
from engine.sources.depth_units import depth_in_mm
from engine.types import Frame

KINECT_FOCAL_PX: Final = 575.0
REACH_MM: Final = 90.0
"""What lies no farther behind the nearest surface belongs to hand or arm."""
INSIDE_MM: Final = 15.0
_WIDTH, _HEIGHT = 640, 480


def letter_folders(folder: Path) -> list[Path]:
    """The folders of single letters in ``folder``, which may be none."""
    return sorted(path for path in folder.glob("?") if path.is_dir())


def crop_frame(path: Path, index: int) -> tuple[Frame, NDArray[np.float64]]:
    """A Kinect crop (mm) in the middle of an empty frame, and its corner [2] in px there.

    Raises:
        InvalidInputError: if the picture cannot be read or is too large.
    """
    header = read_png_header(path)
    width, height = header.width, header.height
    if width > _WIDTH or height > _HEIGHT:
        raise InvalidInputError(f"{path} is larger than the frame it was cut from")
    left, top = (_WIDTH - width) // 2, (_HEIGHT - height) // 2
    depth = np.zeros((_HEIGHT, _WIDTH), np.float32)
    crop_mm = depth_in_mm(read_depth_png(path, width, height), 1.0)
    depth[top : top + height, left : left + width] = crop_mm
    camera = Camera(_WIDTH, _HEIGHT, *(KINECT_FOCAL_PX,) * 2, (_WIDTH - 1) / 2, (_HEIGHT - 1) / 2)
    return Frame(depth, index * 1000.0, index, camera), np.array([left, top], np.float64)


def nearest_centre(frame: Frame) -> NDArray[np.float32]:
    """Middle [3] of the nearest things in the picture: crops are cut around hands."""
    depth = frame.depth_mm
    near = float(np.percentile(depth[depth > 0], 2))
    rows, columns = np.nonzero((depth > 0) & (depth < near + REACH_MM))
    uv = np.array([columns.mean(), rows.mean()])
    z = float(np.median(depth[rows, columns])) + INSIDE_MM
    return frame.camera.unproject(uv, np.array(z))
