"""The part of a sensor's image that crops depend on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from engine.camera import Camera, FloatArray
from engine.simulation.depth_sensor import DepthSensor
from engine.simulation.scene import Window
from engine.tracking.crop import crop_bounds
from engine.tracking.crop_coordinates import CUBE_MM

MARGIN_PX: Final = 8
"""How far beyond a crop a sensor views: half its largest matching window, and ragged outlines."""


def sensor_window(
    sensor: DepthSensor,
    camera: Camera,
    centre_mm: FloatArray,
    roll_rad: float,
    cube_mm: float = CUBE_MM,
) -> Window:
    """The pixels of ``camera`` on which a crop around ``centre_mm`` [3] depends; maybe none.

    Those it reads, with a margin for the sensor's matching window and ragged outlines, and on one
    side for the things in the cube's depth that cast the sensor's shadow into it.
    """
    size = (camera.width, camera.height, camera.width, camera.height)
    # A cube that reaches behind the camera has no finite bounds.
    bounds = crop_bounds(camera, centre_mm, cube_mm=cube_mm, roll_rad=roll_rad)
    u0, v0, u1, v1 = np.clip(bounds, -1.0, size).tolist()
    z, half = float(centre_mm[2]), cube_mm / 2
    shift = camera.fx * sensor.baseline_mm * (1 / max(z - half, 0.25 * z) - 1 / (z + half))
    left = max(math.floor(u0) - MARGIN_PX - (round(shift) if sensor.shadow > 0 else 0), 0)
    right = min(
        math.ceil(u1) + MARGIN_PX + (round(shift) if sensor.shadow < 0 else 0), camera.width - 1
    )
    top = max(math.floor(v0) - MARGIN_PX, 0)
    bottom = min(math.ceil(v1) + MARGIN_PX, camera.height - 1)
    return left, top, right - left + 1, bottom - top + 1


def union(windows: Sequence[Window]) -> Window | None:
    """The least window that holds all of ``windows``; None if there are none."""
    if not windows:
        return None
    left, top = min(w[0] for w in windows), min(w[1] for w in windows)
    right, bottom = max(w[0] + w[2] for w in windows), max(w[1] + w[3] for w in windows)
    return left, top, right - left, bottom - top
