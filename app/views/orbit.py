"""The virtual camera of the 3D view: turns around a target, in millimetres.

View frame: x right, y down, z forward, like the depth camera's, so that no turn at all shows the
scene exactly as the depth camera sees it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import FloatArray

FIELD_OF_VIEW_RAD: Final = math.radians(40.0)
TURN_RAD_PER_PX: Final = math.radians(0.4)
ZOOM_PER_STEP: Final = 0.88
DISTANCE_MM: Final = (80.0, 3000.0)
PITCH_RAD: Final = (math.radians(-89.0), math.radians(89.0))
PAN_LIMIT_MM: Final = 1500.0


@dataclass(frozen=True, slots=True)
class Orbit:
    """Where the scene is looked at from.

    ``yaw``, ``pitch`` in radians (0, 0 = the depth camera's own direction; a positive pitch looks
    down from above); ``distance_mm`` from the target; ``pan_mm`` the target's shift along the
    picture's (x, y) axes.
    """

    yaw: float = math.radians(-28.0)
    pitch: float = math.radians(16.0)
    distance_mm: float = 430.0
    pan_mm: tuple[float, float] = (0.0, 0.0)

    def turned(self, dx_px: float, dy_px: float) -> Orbit:
        """The scene dragged by ``dx_px``, ``dy_px``: what is near follows the pointer."""
        yaw = math.remainder(self.yaw - dx_px * TURN_RAD_PER_PX, 2.0 * math.pi)
        pitch = min(max(self.pitch + dy_px * TURN_RAD_PER_PX, PITCH_RAD[0]), PITCH_RAD[1])
        return replace(self, yaw=yaw, pitch=pitch)

    def zoomed(self, steps: float) -> Orbit:
        """Nearer by ``steps`` notches of the wheel (negative: further away)."""
        distance = self.distance_mm * ZOOM_PER_STEP**steps
        return replace(self, distance_mm=min(max(distance, DISTANCE_MM[0]), DISTANCE_MM[1]))

    def panned(self, dx_px: float, dy_px: float, height_px: int) -> Orbit:
        """Shifted so that the target's plane follows the pointer in a picture that high."""
        mm_per_px = 2.0 * self.distance_mm * math.tan(FIELD_OF_VIEW_RAD / 2.0) / max(height_px, 1)
        x, y = self.pan_mm[0] + dx_px * mm_per_px, self.pan_mm[1] + dy_px * mm_per_px
        limit = PAN_LIMIT_MM
        return replace(self, pan_mm=(min(max(x, -limit), limit), min(max(y, -limit), limit)))

    def rotation(self) -> NDArray[np.float64]:
        """``R_view_from_camera`` [3, 3]."""
        cy, sy = math.cos(self.yaw), math.sin(self.yaw)
        cp, sp = math.cos(self.pitch), math.sin(self.pitch)
        turn = np.array([[cy, 0.0, sy], [0.0, 1.0, 0.0], [-sy, 0.0, cy]])
        tilt = np.array([[1.0, 0.0, 0.0], [0.0, cp, -sp], [0.0, sp, cp]])
        return tilt @ turn

    def extrinsic(self, target_mm: FloatArray) -> NDArray[np.float64]:
        """``T_view_from_camera`` [4, 4] (mm) with ``target_mm`` [3] in the picture's middle."""
        rotation = self.rotation()
        transform = np.eye(4)
        transform[:3, :3] = rotation
        transform[:3, 3] = (*self.pan_mm, self.distance_mm) - rotation @ np.asarray(
            target_mm, dtype=np.float64
        )
        return transform


def focal_px(height_px: int) -> float:
    """Focal length in pixels of the view's camera for a picture ``height_px`` high."""
    return 0.5 * height_px / math.tan(FIELD_OF_VIEW_RAD / 2.0)
