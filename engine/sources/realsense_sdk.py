"""The optional RealSense SDK, imported only when a camera or recording is opened."""

from __future__ import annotations

import importlib
from typing import Any

from engine.camera import Camera
from engine.errors import InvalidInputError, SourceError


def load_sdk(error: type[SourceError], purpose: str) -> Any:
    """Return the module ``pyrealsense2``.

    Raises:
        SourceError: of the class ``error``, if the package is missing or cannot be loaded.
    """
    try:
        return importlib.import_module("pyrealsense2")
    except ImportError as cause:
        raise error(
            f"{purpose} needs the package pyrealsense2 ({one_line(cause)}): install it with "
            "'pip install pyrealsense2' (there is none for macOS), or use a folder recording"
        ) from cause


def one_line(error: BaseException) -> str:
    """The error's text on one line; of an SDK error only the reason it ends with."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text.rpartition("Reason: ")[2]


def camera_of(profile: Any, depth_unit_m: float, name: str) -> Camera:
    """Return the camera of an SDK video stream profile.

    Raises:
        SourceError: if the intrinsics or the unit are impossible.
    """
    video = profile.as_video_stream_profile()
    lens = video.get_intrinsics()
    try:
        return Camera(
            width=lens.width,
            height=lens.height,
            fx=lens.fx,
            fy=lens.fy,
            cx=lens.ppx,
            cy=lens.ppy,
            # The SDK keeps the unit in float32; 0.000125 m shall become 0.125 mm exactly.
            depth_unit_mm=float(f"{depth_unit_m * 1000.0:.6g}"),
            fps=float(video.fps()) or 30.0,
            name=name,
        )
    except InvalidInputError as error:
        raise SourceError(f"{name}: {error}") from error


def device_info(device: Any, field: Any, default: str = "") -> str:
    """Return one of a device's or sensor's infos, or ``default`` where it has none."""
    return str(device.get_info(field)) if device.supports(field) else default
