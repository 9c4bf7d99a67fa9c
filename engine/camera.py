"""Pinhole camera model and the program's geometric conventions, stated once.

Camera frame: x right, y down, z forward, millimetres. Pixel (0, 0) is the CENTRE of the top-left
pixel, u to the right, v down (the RealSense convention). Depth is the z coordinate, not the length
of the ray; 0 means "no measurement". Transforms are named ``T_a_from_b`` and map b to a.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInputError

FloatArray = NDArray[np.float32]

MIN_PARAMETER: Final = 1e-4
MAX_PARAMETER: Final = 1e6
"""Between these lie sides and focal lengths in pixels, units in mm and rates of any camera."""


@dataclass(frozen=True, slots=True)
class Intrinsics:
    """Image size, focal lengths and principal point, all in pixels."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float


@dataclass(frozen=True, slots=True)
class Camera(Intrinsics):
    """An undistorted depth camera.

    ``depth_unit_mm`` is the size of one raw depth unit as stored by the sensor or file; ``fps`` the
    nominal rate in frames a second; ``nearest_mm`` the depth from which on the sensor measures, 0
    where that is not known; ``lens_shift_px`` how far at most the lens had moved what its images
    showed, before that was undone (``engine.sources.lens``), and ``serial`` its number, empty where
    that is not known; neither makes cameras differ.

    Raises:
        InvalidInputError: if a size, focal length, unit or rate is not positive, finite and of a
            possible size.
    """

    depth_unit_mm: float = 1.0
    fps: float = 30.0
    name: str = "camera"
    nearest_mm: float = 0.0
    lens_shift_px: float = field(default=0.0, compare=False)
    serial: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        for name in ("width", "height", "fx", "fy", "depth_unit_mm", "fps"):
            value = getattr(self, name)
            if not 0 < value < math.inf:  # false, too, for NaN
                raise InvalidInputError(f"camera {name} must be positive, not {value!r}")
            if not MIN_PARAMETER <= value <= MAX_PARAMETER:
                raise InvalidInputError(f"camera {name} cannot be {value!r}")
        for name in ("cx", "cy"):
            if not -math.inf < getattr(self, name) < math.inf:
                raise InvalidInputError(f"camera {name} must be finite")

    def project(self, points_mm: NDArray[np.floating]) -> FloatArray:
        """Project points [..., 3] (mm, camera frame, z > 0) to pixels [..., 2] (u, v)."""
        points = np.asarray(points_mm, dtype=np.float32)
        z = np.maximum(points[..., 2], 1e-6)
        u = points[..., 0] / z * self.fx + self.cx
        v = points[..., 1] / z * self.fy + self.cy
        return np.stack([u, v], axis=-1).astype(np.float32)

    def unproject(self, uv: NDArray[np.floating], depth_mm: NDArray[np.floating]) -> FloatArray:
        """Lift pixels [..., 2] with depths [...] (mm) to points [..., 3] (mm, camera frame)."""
        uv = np.asarray(uv, dtype=np.float32)
        z = np.asarray(depth_mm, dtype=np.float32)
        x = (uv[..., 0] - self.cx) / self.fx * z
        y = (uv[..., 1] - self.cy) / self.fy * z
        return np.stack([x, y, z], axis=-1).astype(np.float32)

    def resized(self, width: int, height: int) -> Camera:
        """The same camera with its image resampled to ``width`` x ``height`` pixels."""
        sx, sy = width / self.width, height / self.height
        return Camera(
            width=width,
            height=height,
            fx=self.fx * sx,
            fy=self.fy * sy,
            cx=(self.cx + 0.5) * sx - 0.5,
            cy=(self.cy + 0.5) * sy - 0.5,
            depth_unit_mm=self.depth_unit_mm,
            fps=self.fps,
            name=self.name,
            nearest_mm=self.nearest_mm,
            lens_shift_px=self.lens_shift_px * max(sx, sy),
        )


def crop_camera(perspective: float, size_px: int) -> Camera:
    """The virtual camera of a crop of ``size_px`` pixels a side: its image spans the cube at the
    distance of the cube's centre. ``perspective`` as in ``engine.types.HandCrop``."""
    focal, middle = 0.5 * size_px / perspective, 0.5 * (size_px - 1)
    return Camera(size_px, size_px, focal, focal, middle, middle, name="crop")
