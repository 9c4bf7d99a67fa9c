"""Normalised depth and differences in mm to screen colours."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.studio.virtual_camera import depth_mm
from app.views.depth_image import DepthColouriser, packed
from engine.camera import FloatArray
from engine.pictures.palette import NO_DATA_RGB
from engine.types import HandCrop

DIFFERENCE_MM: Final = 40.0
"""Differences from here on have the strongest colour."""
LEVELS: Final = 256
NEARER_RGB: Final = (96, 178, 240)
SAME_RGB: Final = (44, 47, 56)
FARTHER_RGB: Final = (240, 148, 64)
"""Blue and orange stay apart for colour-blind eyes."""

Pixels = NDArray[np.uint32]


def difference_ramp(position: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Colours [..., 3] for positions [...]: 0 = observed nearer than reconstructed, 1 = farther.

    The root lets small differences be seen without making large ones glare.
    """
    side = np.clip(np.asarray(position, np.float64), 0.0, 1.0) * 2.0 - 1.0
    strength = np.sqrt(np.abs(side))[..., None]
    end = np.where(side[..., None] < 0.0, NEARER_RGB, FARTHER_RGB)
    return np.rint(np.array(SAME_RGB) * (1.0 - strength) + end * strength).astype(np.uint8)


_TABLE: Final = packed(difference_ramp(np.linspace(0.0, 1.0, LEVELS)))
_NO_DATA: Final = packed(np.array(NO_DATA_RGB))


class CropColouriser:
    """Colours crops; every crop of one hand looks alike, wherever it stands. For one thread."""

    def __init__(self) -> None:
        self._depth = DepthColouriser()

    def depth(self, crop: HandCrop, image: FloatArray) -> Pixels:
        """Colours [128, 128] of normalised depth as the camera sees it, left hands unmirrored."""
        half = 0.5 * crop.cube_mm
        self._depth.fix_range(crop.distance_mm - 0.6 * half, crop.distance_mm + 0.7 * half)
        return _as_seen(crop, self._depth.colour(depth_mm(crop, image)))

    @staticmethod
    def difference(crop: HandCrop, difference: FloatArray) -> Pixels:
        """Colours [128, 128] of differences in mm; NaN where there is nothing to compare."""
        place = np.clip(np.nan_to_num(difference) / DIFFERENCE_MM, -1.0, 1.0)
        level = np.rint((place + 1.0) * 0.5 * (LEVELS - 1)).astype(np.intp)
        return _as_seen(crop, np.where(np.isnan(difference), _NO_DATA, _TABLE[level]))


def _as_seen(crop: HandCrop, pixels: Pixels) -> Pixels:
    return np.ascontiguousarray(pixels[:, ::-1] if crop.mirrored else pixels).copy()
