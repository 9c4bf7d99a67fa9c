"""Drawn scenes in colour, for the pictures of the synthetic camera: matt surfaces under one lamp.

It is for people, and for trackers that need colour to be tried where the truth is known. There is
no texture, no shadow and no sensor's noise.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera, FloatArray
from engine.colour import ColourPixels
from engine.simulation.render import LabelArray, Part

SKIN_RGB: Final = (222, 170, 140)
CLOTH_RGB: Final = (70, 85, 120)
WALL_RGB: Final = (205, 205, 200)
THING_RGB: Final = (150, 150, 145)
_AMBIENT: Final = 0.35
_LAMP: Final = np.array([-0.3, -0.6, -0.74], np.float32)
"""Towards the lamp: above, a little to the left, behind the camera; of length 1."""


def _albedo() -> NDArray[np.float32]:
    table = np.full((256, 3), THING_RGB, np.float32)
    table[Part.EMPTY] = 0.0
    table[Part.FOREARM : Part.OTHER_FOREARM + 1] = SKIN_RGB
    table[[Part.BODY, Part.ARM]] = CLOTH_RGB
    table[Part.HEAD] = SKIN_RGB
    table[[Part.WALL, Part.DESK]] = WALL_RGB
    return table


_ALBEDO: Final = _albedo()


def shaded(depth_mm: FloatArray, labels: LabelArray, camera: Camera) -> ColourPixels:
    """Colours [H, W, 3] of a perfect depth image [H, W] (mm) and what its pixels show."""
    u = (np.arange(camera.width, dtype=np.float32) - camera.cx) / camera.fx
    v = (np.arange(camera.height, dtype=np.float32) - camera.cy) / camera.fy
    along, down = _slope(depth_mm, 1), _slope(depth_mm, 0)
    # Of the surface z(u, v), whose points are z (u, v, 1).
    nx, ny = camera.fx * along, camera.fy * down
    nz = -(depth_mm + u[None] * nx + v[:, None] * ny)
    length = np.sqrt(nx * nx + ny * ny + nz * nz)
    light = (nx * _LAMP[0] + ny * _LAMP[1] + nz * _LAMP[2]) / np.maximum(length, 1e-6)
    strength = _AMBIENT + (1.0 - _AMBIENT) * np.clip(light, 0.0, 1.0)
    return (_ALBEDO[labels] * strength[..., None]).astype(np.uint8)


def _slope(depth_mm: FloatArray, axis: int) -> FloatArray:
    """Change of depth in mm from pixel to pixel, on that side of each which is of one surface."""
    step = np.diff(depth_mm, axis=axis)
    first = step.take([0], axis=axis)
    last = step.take([-1], axis=axis)
    before = np.concatenate([first, step], axis=axis)
    after = np.concatenate([step, last], axis=axis)
    slope: FloatArray = np.where(np.abs(before) < np.abs(after), before, after)
    return slope
