"""Lenses as files and cameras describe them, and depth images as a pinhole camera would see them.

Depth is the z coordinate, which a lens leaves as it is: undoing its distortion moves pixels only.
Everything behind the sources knows pinhole cameras alone (``engine.camera.Camera``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera, FloatArray, Intrinsics
from engine.distortion import Distortion, DistortionModel, distortion_of

_WIDEN: Final = 0.25
"""A lens that sees more than a pinhole camera of its size and focal length gets at most this
share of the size more on each side."""
_ROWS: Final = 16
_MAX_PIXELS: Final = 1 << 23
_MIN_SEEN: Final = 0.1
"""A lens whose pinhole camera sees less than this share of the image is none."""
_EXAMPLE_MM: Final = 500.0
_EXAMPLE_PLACE: Final = 0.5
"""The error of an unknown lens is given for a hand so far away and so far from centre to corner."""

Depth = TypeVar("Depth", bound="np.number[Any]")


@dataclass(frozen=True, slots=True)
class Lens(Intrinsics):
    """The lens of a depth stream, as it is stored.

    ``model`` is the distortion's name in the SDK or in ROS, ``coeffs`` its numbers in their order
    there. Images that are already rectified (ROS topics ``image_rect``) have none; ``shift_px`` is
    how far at most a distortion that was undone had moved what is in the image.
    """

    model: str = ""
    coeffs: tuple[float, ...] = ()
    shift_px: float = 0.0

    def camera(self, unit_m: float, fps: float, name: str) -> Camera:
        """:meth:`pinhole` with a depth unit in metres; 30 frames a second where ``fps`` is 0.

        Raises:
            InvalidInputError: if the values are impossible.
        """
        # Units are kept in float32; 0.000125 m shall become 0.125 mm exactly.
        return self.pinhole(float(f"{unit_m * 1000.0:.6g}"), fps or 30.0, name)

    def pinhole(self, unit_mm: float, fps: float, name: str) -> Camera:
        """The pinhole camera of these values, without distortion.

        Raises:
            InvalidInputError: if the values are impossible.
        """
        intrinsics = (self.fx, self.fy, self.cx, self.cy)
        size = (self.width, self.height)
        return Camera(*size, *intrinsics, unit_mm, fps, name, lens_shift_px=self.shift_px)


class Rectifier:
    """Makes images of a lens into those of the pinhole camera ``lens``.

    Where there is no distortion they stay what they are, at no cost. Else each pixel of the
    pinhole camera takes the depth of the nearest pixel of the image, looked up in a table that is
    made once. Focal lengths stay; the size grows where the lens sees more than its pinhole camera.

    ``shape`` is that of the images that come in, (height, width); ``notice`` a sentence about what
    cannot be undone, else empty. Any thread may call.
    """

    def __init__(self, lens: Lens) -> None:
        self.shape = (lens.height, lens.width)
        self.lens = replace(lens, model="", coeffs=())
        self.notice = ""
        self._table: NDArray[np.intp] | None = None
        self._outside = np.zeros((0, 0), bool)
        try:
            distortion = distortion_of(lens.model, lens.coeffs)
            if distortion is not None:
                self._fill(lens, distortion)
        except ValueError as error:
            self.notice = _cannot_undo(lens, str(error))

    def __call__(self, image: NDArray[Depth]) -> NDArray[Depth]:
        """``image`` [*shape] as the pinhole camera sees it, 0 where the lens saw nothing."""
        if self._table is None:
            return image
        rectified = np.take(image.reshape(-1), self._table, mode="clip")
        np.copyto(rectified, 0, where=self._outside)
        return rectified

    def _fill(self, lens: Lens, distortion: Distortion) -> None:
        """Note where each pixel of a canvas around the image lies in it, as far as it does."""
        if not (0 < lens.width * lens.height <= _MAX_PIXELS and lens.fx > 0 and lens.fy > 0):
            raise ValueError("its image is too large or has no size")
        left, top = int(_WIDEN * lens.width), int(_WIDEN * lens.height)
        u, v = _places(lens, distortion, left, top)
        inside = (u > -0.5) & (v > -0.5) & (u < lens.width - 0.5) & (v < lens.height - 0.5)
        if np.count_nonzero(inside) < _MIN_SEEN * lens.width * lens.height:
            raise ValueError("its numbers are those of no lens")
        rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
        first_row, last_row = min(rows[0], top), max(rows[-1] + 1, top + lens.height)
        first_column, last_column = min(columns[0], left), max(columns[-1] + 1, left + lens.width)
        if inside[[0, -1]].any() or inside[:, [0, -1]].any():
            self.notice = "the widest rays that its lens saw are left out"
        kept = np.s_[first_row:last_row, first_column:last_column]
        u, v, inside = u[kept], v[kept], inside[kept]
        rows_of, columns_of = np.ogrid[kept]
        u, v = np.where(inside, u, 0.0), np.where(inside, v, 0.0)
        places = np.rint(v) * lens.width + np.rint(u)
        shifts = np.hypot(u - (columns_of - left), v - (rows_of - top))
        shift_px = float(shifts[inside].max())
        self._table = places.astype(np.intp)
        self._outside = ~inside
        height, width = inside.shape
        self.lens = Lens(
            *(width, height, lens.fx, lens.fy),
            cx=lens.cx + float(left - first_column),
            cy=lens.cy + float(top - first_row),
            shift_px=shift_px,
        )


def _places(
    lens: Lens, distortion: Distortion, left: int, top: int
) -> tuple[FloatArray, FloatArray]:
    """Columns and rows of the image where each pixel of a canvas lies that is ``left`` and ``top``
    pixels wider on each side; NaN for rays the lens cannot see."""
    x = (np.arange(-left, lens.width + left) - lens.cx) / lens.fx
    y = (np.arange(-top, lens.height + top) - lens.cy) / lens.fy
    u, v = (np.empty((len(y), len(x)), np.float32) for _ in range(2))
    for first in range(0, len(y), _ROWS):  # few at a time stay in the processor's cache
        rows = np.s_[first : first + _ROWS]
        seen_x, seen_y = distortion.apply(*np.meshgrid(x, y[rows]))
        u[rows], v[rows] = seen_x * lens.fx + lens.cx, seen_y * lens.fy + lens.cy
    return u, v


def _cannot_undo(lens: Lens, reason: str) -> str:
    """That a distortion is not undone, and what it costs if its numbers are Brown-Conrady's."""
    numbers = ", ".join(f"{value:g}" for value in lens.coeffs[:14])
    text = (
        f"its lens is distorted ({lens.model[:40] or 'unnamed'}: {numbers}), which is not undone "
        f"as {reason}"
    )
    with np.errstate(all="ignore"):
        x = _EXAMPLE_PLACE * 0.5 * np.divide(lens.width, lens.fx)
        y = _EXAMPLE_PLACE * 0.5 * np.divide(lens.height, lens.fy)
    guess = Distortion(DistortionModel.BROWN_CONRADY, (*lens.coeffs, *(0.0,) * 5)[:5])
    seen_x, seen_y = guess.apply(np.array([x]), np.array([y]))
    off_mm = _EXAMPLE_MM * float(np.hypot(seen_x - x, seen_y - y)[0])
    if not np.isfinite(off_mm):
        return f"{text}; how far joints away from the middle are off is not known"
    return (
        f"{text}; a hand {_EXAMPLE_MM:.0f} mm away, halfway to a corner, may be {off_mm:.0f} mm off"
    )
