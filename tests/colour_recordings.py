"""Recordings of depth with colour beside it, by the SDK's own recorder."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from engine.camera import Camera, Intrinsics
from engine.colour import ColourCamera, ColourImage, ColourPixels
from engine.sources.base import SeekableSource
from engine.types import Frame
from tests.recordings import CAMERA, make_frames
from tests.sdk_recordings import sdk_frame, sdk_stream

COEFFS = (0.1, 0.02, 0.001, 0.002, 0.003)
TURN = Rotation.from_euler("xyz", [0.1, 0.2, 0.3]).as_matrix()
MOVE_MM = np.array([15.0, -2.0, 3.0])
COLOUR = Intrinsics(80, 60, 70.5, 71.5, 39.25, 29.75)
CAMERA_PERIOD_S = 1.0 / CAMERA.fps


Open = Callable[[Path], SeekableSource]
Frames = Callable[[Path], list[Frame]]
"""The fixtures that open recordings and read all their frames."""


def pixels(frame: Frame) -> ColourPixels:
    """What a frame's colour shows."""
    assert frame.colour is not None, frame.colour_problem
    return frame.colour.pixels()


def colours(k: int, camera: Intrinsics = COLOUR) -> ColourPixels:
    """Colours [H, W, 3] of frame ``k``: red tells the column, green the row, blue the frame."""
    pixels = np.empty((camera.height, camera.width, 3), np.uint8)
    pixels[..., 0], pixels[..., 1], pixels[..., 2] = np.arange(camera.width), 0, 7 * k
    pixels[..., 1] = np.arange(camera.height)[:, None]
    return pixels


def colour_camera() -> ColourCamera:
    """A distorted colour camera that stands turned beside the depth camera."""
    lens = (COLOUR.width, COLOUR.height, COLOUR.fx, COLOUR.fy, COLOUR.cx, COLOUR.cy)
    turn, move = TURN.astype(np.float32), MOVE_MM.astype(np.float32)
    return ColourCamera(
        *lens,
        model="Brown-Conrady",
        coeffs=COEFFS,
        R_colour_from_depth=turn,
        t_colour_from_depth_mm=move,
    )


def coloured_frames(count: int, camera: Camera = CAMERA) -> list[Frame]:
    """Frames with colour beside them."""
    known = colour_camera()
    return [
        Frame(
            frame.depth_mm,
            frame.timestamp_ms,
            frame.index,
            camera,
            ColourImage(known, partial(colours, frame.index)),
        )
        for frame in make_frames(count, camera)
    ]


def colour_stream(sdk: Any, model: Any = None) -> Any:
    """The SDK's description of the colour camera's stream."""
    stream = sdk.video_stream()
    stream.type, stream.uid, stream.index = sdk.stream.color, 9, 0
    stream.width, stream.height, stream.bpp, stream.fps = COLOUR.width, COLOUR.height, 3, 60
    lens = sdk.intrinsics()
    lens.width, lens.height = COLOUR.width, COLOUR.height
    lens.fx, lens.fy, lens.ppx, lens.ppy = COLOUR.fx, COLOUR.fy, COLOUR.cx, COLOUR.cy
    lens.model, lens.coeffs = model or sdk.distortion.brown_conrady, list(COEFFS)
    stream.fmt, stream.intrinsics = sdk.format.rgb8, lens
    return stream


def extrinsics(sdk: Any) -> Any:
    """From depth to colour."""
    found = sdk.extrinsics()
    found.rotation, found.translation = TURN.T.ravel().tolist(), (MOVE_MM / 1000.0).tolist()
    return found


def colour_frame(sdk: Any, k: int, profile: Any, stamp_ms: float) -> Any:
    """The SDK's frame with ``colours(k)``."""
    frame = sdk.software_video_frame()
    frame.pixels, frame.bpp, frame.stride = colours(k), 3, 3 * COLOUR.width
    frame.timestamp, frame.frame_number = stamp_ms, k + 1
    frame.domain = sdk.timestamp_domain.hardware_clock
    frame.profile = profile.as_video_stream_profile()
    return frame


def record_colour(
    sdk: Any, path: Path, count: int, *, model: Any = None, colour_until: int | None = None
) -> Path:
    """Let the SDK record ``count`` frames of depth, colour beside the first ``colour_until``."""
    device = sdk.software_device()
    device.register_info(sdk.camera_info.name, CAMERA.name)
    depth, colour = device.add_sensor("Stereo Module"), device.add_sensor("RGB Camera")
    depth_profile = depth.add_video_stream(sdk_stream(sdk, CAMERA), True)
    colour_profile = colour.add_video_stream(colour_stream(sdk, model), True)
    depth_profile.register_extrinsics_to(colour_profile, extrinsics(sdk))
    depth.add_read_only_option(sdk.option.depth_units, CAMERA.depth_unit_mm / 1000.0)
    recorder = sdk.recorder(str(path), device, True)
    sensors, echo = recorder.query_sensors(), sdk.frame_queue(8)
    for sensor in sensors:
        sensor.open(sensor.get_stream_profiles()[0])
        sensor.start(echo)
    for frame in make_frames(count):
        k = frame.index
        depth.on_video_frame(sdk_frame(sdk, frame, CAMERA, depth_profile, k + 1))
        if colour_until is None or k < colour_until:
            colour.on_video_frame(colour_frame(sdk, k, colour_profile, frame.timestamp_ms))
        time.sleep(CAMERA_PERIOD_S)
    time.sleep(0.3)  # the recorder has a queue of its own
    for sensor in sensors:
        sensor.stop()
        sensor.close()
    recorder.pause()
    return path
