"""Depth in mm to screen colours, fast, with a range that follows the scene calmly."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from engine.camera import FloatArray
from engine.pictures.palette import (
    DEPTH_LEVELS,
    FAR_MM,
    NEAR_MM,
    NO_DATA_RGB,
    depth_ramp,
    depth_range_mm,
)

EASE: Final = 0.12
"""Share of the way to the scene's range taken with each frame."""
REBUILD_RATIO: Final = 1.01
RAMP_LEVELS: Final = 1024

_LOG_MM: Final[FloatArray] = np.log(np.maximum(np.arange(DEPTH_LEVELS), 1)).astype(np.float32)


def packed(rgb: NDArray[np.integer]) -> NDArray[np.uint32]:
    """Colours [..., 3] (0-255) as 0xFFRRGGBB, the layout of QImage RGB32."""
    wide = np.asarray(rgb).astype(np.uint32)
    return (0xFF000000 | wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]).astype(np.uint32)


def wrapped(pixels: NDArray[np.uint32]) -> QImage:
    """A QImage over ``pixels`` [H, W] without a copy; the array must outlive it."""
    height, width = pixels.shape
    return QImage(pixels.data, width, height, width * 4, QImage.Format.Format_RGB32)


_RAMP: Final = packed(depth_ramp(np.linspace(0.0, 1.0, RAMP_LEVELS)))
_NO_DATA: Final = packed(np.array(NO_DATA_RGB))


class DepthColouriser:
    """Colours depth images into one buffer that is used again; for one thread."""

    def __init__(self) -> None:
        self.near_mm, self.far_mm = NEAR_MM, FAR_MM
        self._settled = self._fixed = False
        self._table_range = (0.0, 0.0)
        self._table = np.empty(DEPTH_LEVELS, dtype=np.uint32)
        self._clipped = np.empty((0, 0), dtype=np.float32)
        self._levels = np.empty((0, 0), dtype=np.uint16)
        self.pixels = np.empty((0, 0), dtype=np.uint32)

    def reset_range(self) -> None:
        """Let the next frame set the range at once, as after a change of source."""
        self._settled = self._fixed = False

    def fix_range(self, near_mm: float, far_mm: float) -> None:
        """Keep this range until ``reset_range``, so that a frame always looks the same."""
        self.near_mm, self.far_mm = near_mm, far_mm
        self._fixed = True

    def colour(self, depth_mm: FloatArray) -> NDArray[np.uint32]:
        """Screen colours [H, W] (RGB32) of ``depth_mm`` [H, W]; the buffer is used again."""
        self._follow_range(depth_mm)
        self._refresh_table()
        if self.pixels.shape != depth_mm.shape:
            self._clipped = np.empty(depth_mm.shape, dtype=np.float32)
            self._levels = np.empty(depth_mm.shape, dtype=np.uint16)
            self.pixels = np.empty(depth_mm.shape, dtype=np.uint32)
        np.clip(depth_mm, 0, DEPTH_LEVELS - 1, out=self._clipped)
        with np.errstate(invalid="ignore"):
            np.copyto(self._levels, self._clipped, casting="unsafe")
        np.take(self._table, self._levels, out=self.pixels, mode="clip")
        return self.pixels

    def _follow_range(self, depth_mm: FloatArray) -> None:
        found = None if self._fixed else depth_range_mm(depth_mm)
        if found is None:
            return
        near, far = found
        ease = EASE if self._settled else 1.0
        self.near_mm += ease * (near - self.near_mm)
        self.far_mm += ease * (far - self.far_mm)
        self._settled = True

    def _refresh_table(self) -> None:
        now, built = (self.near_mm, self.far_mm), self._table_range
        if built[0] and all(
            1 / REBUILD_RATIO < a / b < REBUILD_RATIO for a, b in zip(now, built, strict=True)
        ):
            return
        scale = (RAMP_LEVELS - 1) / np.log(self.far_mm / self.near_mm)
        place = (np.float32(np.log(self.far_mm)) - _LOG_MM) * np.float32(scale)
        np.take(_RAMP, place.astype(np.int32), out=self._table, mode="clip")
        self._table[0] = _NO_DATA
        self._table_range = now
