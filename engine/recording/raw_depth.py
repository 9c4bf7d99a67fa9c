"""Frames back to what a sensor counts: whole units of 16 bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera
from engine.errors import ExportError
from engine.sources.depth_units import NOTHING_RAW
from engine.types import Frame


def raw_depth(frame: Frame, camera: Camera) -> NDArray[np.uint16]:
    """Depth in the camera's units [H, W]; 0 where a value does not fit 16 bits, whose largest
    means "nothing measured", as 0 does.

    Raises:
        ExportError: if the frame is of another size.
    """
    if frame.depth_mm.shape != (camera.height, camera.width):
        raise ExportError(
            f"frame {frame.index} is {frame.depth_mm.shape[1]}x{frame.depth_mm.shape[0]}, "
            f"the recording {camera.width}x{camera.height}"
        )
    units = frame.depth_mm / np.float32(camera.depth_unit_mm)
    np.rint(units, out=units)
    highest = NOTHING_RAW - 1
    if not (units.min() >= 0 and units.max() <= highest):  # false, too, where something is NaN
        units[~((units >= 0) & (units <= highest))] = 0
    return units.astype(np.uint16)
