"""A result to be shown in the 3D view."""

from __future__ import annotations

import numpy as np

from engine.camera import Camera
from engine.types import Frame, FrameResult
from tests.fakes import make_hand, make_result

CAMERA = Camera(width=320, height=240, fx=300.0, fy=300.0, cx=159.5, cy=119.5)


def result_at(centre_mm: tuple[float, float, float] = (0.0, 0.0, 450.0)) -> FrameResult:
    depth = np.full((240, 320), 1500.0, dtype=np.float32)
    depth[60:180, 100:220] = centre_mm[2] + 20.0
    return make_result(Frame(depth, 0.0, 0, CAMERA), make_hand(centre_mm=centre_mm))
