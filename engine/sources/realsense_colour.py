"""The colour stream of a RealSense camera, switched on while somebody looks at it."""

from __future__ import annotations

import time
from typing import Any, Final

import numpy as np

from engine.colour import ColourCamera, ColourImage
from engine.errors import InvalidInputError
from engine.sources.camera_choice import DepthMode
from engine.sources.colour_stream import Place, colour_camera
from engine.sources.lens import Lens
from engine.sources.realsense_sdk import one_line

_WAIT_S: Final = 0.5
"""Colour that is older is shown no more: it has stopped."""
_START_S: Final = 2.0
"""How long the first image may take."""
_WIDEST_PX: Final = 1280
"""Larger images than this, and than depth, are not asked for: they cost time and disk."""

NO_COLOUR: Final = "this camera has no colour"
STARTING: Final = "colour is being switched on"
STOPPED: Final = "the camera sends no colour any more; depth goes on"


def colour_profile(sdk: Any, device: Any, mode: DepthMode) -> tuple[Any, Any] | None:
    """The sensor and the profile of colour that suit a depth mode best; None without colour.

    Of its rate, or the nearest; of its size, or the next larger one.
    """
    found: list[tuple[tuple[int, ...], int, Any, Any]] = []
    for sensor in device.query_sensors():
        for profile in sensor.get_stream_profiles():
            if profile.stream_type() != sdk.stream.color or profile.format() != sdk.format.rgb8:
                continue
            video = profile.as_video_stream_profile()
            width, height, fps = video.width(), video.height(), video.fps()
            too_large = width > max(_WIDEST_PX, mode.width)
            wrong = (too_large, abs(fps - mode.fps), width < mode.width, abs(width - mode.width))
            found.append(((*wrong, abs(height - mode.height)), len(found), sensor, profile))
    return min(found)[2:] if found else None


class RealSenseColour:
    """Reads the colour images of an opened camera. One thread uses it, the one that reads depth.

    Where colour has a sensor of its own, depth is not touched when it is switched; a D405's colour
    comes from its depth sensor, see ``shared``.

    Args:
        sdk: the module ``pyrealsense2``.
        device: the opened device.
        mode: the depth mode.
        depth_profile: the SDK's profile of depth.
        depth_sensor: the sensor of depth.
    """

    def __init__(
        self, sdk: Any, device: Any, mode: DepthMode, depth_profile: Any, depth_sensor: Any
    ) -> None:
        self._sdk = sdk
        self._queue = sdk.frame_queue(1)
        self._started_s: float | None = None
        self._newest: ColourImage | None = None
        self._newest_s = 0.0
        self._sensor: Any = None
        self.profile: Any = None
        self.shared = False
        self.problem = NO_COLOUR
        try:
            found = colour_profile(sdk, device, mode)
            if found is None:
                return
            self._sensor, self.profile = found
            self.shared = _same_sensor(sdk, self._sensor, depth_sensor)
            self._camera = _camera(self.profile, depth_profile)
            self.problem = ""
        except (RuntimeError, InvalidInputError) as error:
            self.problem = f"the camera's colour cannot be used: {one_line(error)}"
            self.profile = None

    @property
    def on(self) -> bool:
        """Whether images are expected."""
        return self._started_s is not None

    def start(self) -> None:
        """Switch it on; what goes wrong is told by ``problem``. A shared sensor is begun by its
        owner, and its images are given to ``take``."""
        if self.profile is None or self.on:
            return
        self.problem = STARTING
        self._started_s = time.monotonic()
        if self.shared:
            return
        try:
            self._sensor.open(self.profile)
            self._sensor.start(self._queue)
        except RuntimeError as error:
            self._started_s = None
            self.profile = None
            self.problem = f"the camera's colour cannot be switched on: {one_line(error)}"

    def stop(self) -> None:
        """Switch it off."""
        was_on, self._started_s, self._newest = self.on, None, None
        if not was_on or self.shared:
            return
        for step in (self._sensor.stop, self._sensor.close):
            try:
                step()
            except RuntimeError:
                continue  # an unplugged camera cannot be stopped, and need not be

    def newest(self) -> ColourImage | None:
        """The newest image; None, and a ``problem``, if there is none."""
        if self._started_s is None:
            return None
        if not self.shared:
            arrived, frame = self._queue.try_wait_for_frame(0)
            if arrived:
                self.take(frame)
        now_s = time.monotonic()
        if self._newest is not None and now_s - self._newest_s <= _WAIT_S:
            return self._newest
        late = now_s - self._started_s > _START_S
        self._newest = None
        self.problem = STOPPED if late else STARTING
        return None

    def take(self, frame: Any) -> None:
        """Note an image that has come."""
        pixels = np.array(frame.get_data(), dtype=np.uint8)
        self._newest = ColourImage(self._camera, lambda: pixels)
        self._newest_s = time.monotonic()


def _same_sensor(sdk: Any, colour: Any, depth: Any) -> bool:
    name = sdk.camera_info.name
    return bool(colour.get_info(name) == depth.get_info(name))


def _camera(colour: Any, depth: Any) -> ColourCamera:
    found = colour.as_video_stream_profile().get_intrinsics()
    values = found.width, found.height, found.fx, found.fy, found.ppx, found.ppy
    lens = Lens(*values, model=str(found.model), coeffs=tuple(found.coeffs))
    try:
        between = depth.get_extrinsics_to(colour)
    except RuntimeError:  # not calibrated
        return colour_camera(lens, None)
    columns = np.array(between.rotation, np.float64).reshape(3, 3)
    return colour_camera(lens, Place(columns.T, 1000.0 * np.array(between.translation)))
