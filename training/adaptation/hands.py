"""The hands of a recording, as the live detection and tracking find them, to be cut anew, and
places without one.

What is kept of a frame is the part around the hand, so that a crop of any view is cut from what
the camera measured, by the code that cuts it live.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera, FloatArray
from engine.skeleton import Handedness
from engine.tracking.crop import crop_bounds, cut_crop
from engine.tracking.crop_coordinates import CUBE_MM
from engine.types import Frame, HandCrop, TrackedHand

KEPT_SHARE: Final = 1.6
"""Side of the kept part of a frame, in cubes: turned and moved cubes lie within."""
MAX_PX: Final = 480
"""Pixels along a side of the kept part; nearer hands keep every second, third ... pixel."""
UNIT_MM: Final = 0.25
"""Of the depth that is kept: a 16-bit number reaches to 16 m."""


@dataclass(frozen=True, slots=True, eq=False)
class RecordedPlace:
    """The part of a frame around a place.

    ``depth`` [h, w] uint16 in units of ``UNIT_MM`` (0: no measurement) as ``camera`` sees it;
    ``centre_mm`` [3], camera frame.
    """

    depth: NDArray[np.uint16]
    camera: Camera
    centre_mm: FloatArray

    @property
    def mirrored(self) -> bool:
        """Whether crops of it are mirrored."""
        return False

    def cut(
        self,
        shift_mm: NDArray[np.floating] | None = None,
        *,
        roll_rad: float = 0.0,
        cube_mm: float = CUBE_MM,
    ) -> HandCrop:
        """The crop around the place, its cube moved by ``shift_mm`` [3], turned and resized."""
        centre = self.centre_mm if shift_mm is None else self.centre_mm + shift_mm
        return cut_crop(
            self.depth.astype(np.float32) * np.float32(UNIT_MM),
            self.camera,
            centre,
            mirrored=self.mirrored,
            cube_mm=cube_mm,
            roll_rad=roll_rad,
        )


@dataclass(frozen=True, slots=True, eq=False)
class RecordedHand(RecordedPlace):
    """One hand in one frame, ``centre_mm`` its middle: ``side`` it is taken for. ``frame`` is its
    number in ``recording``, ``timestamp_ms`` when it was taken, ``track`` the hand's number there.
    """

    side: Handedness
    recording: int
    frame: int
    timestamp_ms: float
    track: int

    @property
    def mirrored(self) -> bool:
        """Whether crops of it are mirrored."""
        return self.side is Handedness.LEFT


def recorded_hand(frame: Frame, hand: TrackedHand, recording: int) -> RecordedHand:
    """``hand`` with the part of ``frame`` around it."""
    centre = hand.pose.joints_mm.mean(axis=0)
    depth, camera = _part_around(frame, centre)
    return RecordedHand(
        depth,
        camera,
        centre,
        hand.pose.handedness,
        recording,
        frame.index,
        frame.timestamp_ms,
        hand.track_id,
    )


def recorded_place(frame: Frame, centre_mm: FloatArray) -> RecordedPlace:
    """The part of ``frame`` around ``centre_mm`` [3]."""
    return RecordedPlace(*_part_around(frame, centre_mm), centre_mm)


def _part_around(frame: Frame, centre_mm: FloatArray) -> tuple[NDArray[np.uint16], Camera]:
    """The part of ``frame`` that crops around ``centre_mm`` depend on, and its camera.

    Where it ends inside the image a ring of unmeasured pixels would be taken for the image's
    border, but no crop reaches so far.
    """
    camera = frame.camera
    size = (camera.width, camera.height, camera.width, camera.height)
    bounds = crop_bounds(camera, centre_mm, cube_mm=KEPT_SHARE * CUBE_MM)
    u0, v0, u1, v1 = np.clip(bounds, 0, size).astype(int).tolist()
    step = max(1, math.ceil(max(u1 - u0, v1 - v0) / MAX_PX))
    part = frame.depth_mm[v0 : v1 + 1 : step, u0 : u1 + 1 : step]
    stored = np.clip(np.rint(part / UNIT_MM), 0, 65535).astype(np.uint16)
    height, width = stored.shape
    return stored, replace(
        camera,
        width=width,
        height=height,
        fx=camera.fx / step,
        fy=camera.fy / step,
        cx=(camera.cx - u0) / step,
        cy=(camera.cy - v0) / step,
    )
