"""What sensors and files count, in millimetres; what stands for "nothing measured" becomes 0."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import FloatArray

NOTHING_RAW: Final = 65535
"""The largest 16-bit number stands where nothing was measured, as 0 does."""

_FARTHEST_MM: Final = 1e9


def depth_in_mm(
    raw: NDArray[np.number[Any]], unit_mm: float, nothing: tuple[float, ...] = ()
) -> FloatArray:
    """Depth [H, W] in mm, 0 where nothing was measured, of ``raw`` [H, W] in units of ``unit_mm``.

    Nothing is what is not positive, not finite or not a number, 65535 where numbers have 16 bits,
    and ``nothing``, the camera's own values for it, in units.
    """
    if raw.dtype.kind == "f":
        # What is too large for a number of 32 bits in mm is none of any camera.
        raw = np.where(np.isfinite(raw) & (raw > 0) & (raw < _FARTHEST_MM / unit_mm), raw, 0)
    depth_mm = np.multiply(raw, unit_mm, dtype=np.float32)
    if raw.dtype == np.uint16:
        depth_mm[raw == NOTHING_RAW] = 0.0
    elif raw.dtype.kind == "i":
        np.maximum(depth_mm, 0.0, out=depth_mm)
    for value in nothing:
        depth_mm[raw == value] = 0.0
    return depth_mm
