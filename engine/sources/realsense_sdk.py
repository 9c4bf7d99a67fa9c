"""The optional RealSense SDK, imported only when a camera or recording is opened."""

from __future__ import annotations

import importlib
from typing import Any

from engine.camera import Camera
from engine.errors import InvalidInputError, SourceError
from engine.sources.lens import Lens, Rectifier


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


def camera_of(profile: Any, depth_unit_m: float, name: str) -> tuple[Camera, Rectifier]:
    """Return the camera of an SDK video stream profile, and what makes its images from the SDK's.

    Raises:
        SourceError: if the intrinsics or the unit are impossible.
    """
    video = profile.as_video_stream_profile()
    found = video.get_intrinsics()
    values = found.width, found.height, found.fx, found.fy, found.ppx, found.ppy
    rectifier = Rectifier(Lens(*values, model=str(found.model), coeffs=tuple(found.coeffs)))
    try:
        return rectifier.lens.camera(depth_unit_m, float(video.fps()), name), rectifier
    except InvalidInputError as error:
        raise SourceError(f"{name}: {error}") from error


def device_info(device: Any, field: Any, default: str = "") -> str:
    """Return one of a device's or sensor's infos, or ``default`` where it has none."""
    return str(device.get_info(field)) if device.supports(field) else default
