"""Frames through the RealSense SDK: recordings of its own recorder, frames of a software device."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from engine.camera import Camera
from engine.recording.raw_depth import raw_depth
from engine.types import Frame

WRITE_TIMEOUT_MS = 2000
"""The SDK echoes a frame within milliseconds of having recorded it."""


def record_with_sdk(
    sdk: Any, path: Path, frames: Iterable[Frame], camera: Camera, *, compressed: bool = True
) -> int:
    """Feed a software device whose sensor is opened through the SDK's recorder."""
    device = sdk.software_device()
    device.register_info(sdk.camera_info.name, camera.name)
    source = device.add_sensor("Depth")
    profile = source.add_video_stream(sdk_stream(sdk, camera), True)
    unit_m = camera.depth_unit_mm / 1000.0
    source.add_read_only_option(sdk.option.depth_units, unit_m)
    recorder = sdk.recorder(str(path), device, compressed)
    sensor = recorder.query_sensors()[0]
    echo = sdk.frame_queue(1)
    sensor.open(sensor.get_stream_profiles()[0])
    sensor.start(echo)
    written = 0
    try:
        for frame in frames:
            source.on_video_frame(sdk_frame(sdk, frame, camera, profile, written + 1))
            arrived, _ = echo.try_wait_for_frame(WRITE_TIMEOUT_MS)
            if not arrived:
                raise AssertionError("the recorder has stalled")
            written += 1
    finally:
        sensor.stop()
        sensor.close()
        # Flushes the file; the recorder itself goes when this function returns.
        recorder.pause()
    return written


def sdk_stream(sdk: Any, camera: Camera) -> Any:
    lens = sdk.intrinsics()
    lens.width, lens.height = camera.width, camera.height
    lens.fx, lens.fy, lens.ppx, lens.ppy = camera.fx, camera.fy, camera.cx, camera.cy
    lens.model = sdk.distortion.none
    stream = sdk.video_stream()
    stream.type, stream.uid, stream.index = sdk.stream.depth, 1, 0
    stream.width, stream.height, stream.bpp = camera.width, camera.height, 2
    stream.fps = max(1, round(camera.fps))
    stream.fmt, stream.intrinsics = sdk.format.z16, lens
    return stream


def sdk_frame(sdk: Any, frame: Frame, camera: Camera, profile: Any, number: int) -> Any:
    result = sdk.software_video_frame()
    result.pixels = raw_depth(frame, camera)
    result.bpp, result.stride = 2, camera.width * 2
    result.timestamp, result.frame_number = frame.timestamp_ms, number
    result.domain = sdk.timestamp_domain.hardware_clock
    result.profile = profile.as_video_stream_profile()
    result.depth_units = camera.depth_unit_mm / 1000.0
    return result


def played_by_the_sdk(sdk: Any, path: Path) -> list[tuple[np.ndarray, float]]:
    """Raw depth and stamp of every frame as the SDK's own player gives them."""
    config, pipeline = sdk.config(), sdk.pipeline()
    config.enable_device_from_file(str(path), False)
    config.enable_stream(sdk.stream.depth)
    resolved = config.resolve(sdk.pipeline_wrapper(pipeline))
    playback = resolved.get_device().as_playback()
    playback.set_real_time(False)
    profile = pipeline.start(config)
    frames = []
    while True:
        arrived, found = pipeline.try_wait_for_frames(200)
        if arrived:
            depth = found.get_depth_frame()
            frames.append((np.array(depth.get_data()), depth.get_timestamp()))
        elif playback.current_status() == sdk.playback_status.stopped:
            break
    pipeline.stop()
    time.sleep(0.1)
    del profile, resolved
    return frames
