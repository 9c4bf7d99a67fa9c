"""ROS 2 messages as bytes: little-endian CDR, numbers at multiples of their size."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

from engine.camera import Intrinsics

CDR: Final = b"\x00\x01\x00\x00"
DEPTH_PNG: Final = "16UC1; compressedDepth png"
COLOUR_JPEG: Final = "rgb8; jpeg compressed bgr8"
_PACKED_HEADER: Final = bytes(12)
"""What the compressed-depth transport puts before a picture."""
_NUMBERS: Final = 5


def text_message(text: str) -> bytes:
    """A ``std_msgs/String``."""
    return CDR + _text(text)


def depth_message(picture: bytes, ns: int) -> bytes:
    """A ``sensor_msgs/CompressedImage`` that holds depth as a PNG, taken at ``ns``."""
    return _image("Depth", DEPTH_PNG, _PACKED_HEADER + picture, ns)


def colour_message(picture: bytes, ns: int) -> bytes:
    """One that holds colour as a JPEG."""
    return _image("Color", COLOUR_JPEG, picture, ns)


def camera_message(
    camera: Intrinsics, ns: int, frame: str = "Depth", coeffs: Sequence[float] = ()
) -> bytes:
    """A ``sensor_msgs/CameraInfo``, as the SDK fills it for every image."""
    body = _aligned(_stamp(ns) + _text(frame), 4)
    body += struct.pack("<II", camera.height, camera.width) + _text("plumb_bob")
    body = _aligned(_aligned(body, 4) + struct.pack("<I", _NUMBERS), 8)
    body += struct.pack("<5d", *(*coeffs, *(0.0,) * _NUMBERS)[:_NUMBERS])
    fx, fy, cx, cy = camera.fx, camera.fy, camera.cx, camera.cy
    body += struct.pack("<9d", fx, 0, cx, 0, fy, cy, 0, 0, 1)
    body += struct.pack("<9d", 1, 0, 0, 0, 1, 0, 0, 0, 1)
    body += struct.pack("<12d", fx, 0, cx, 0, 0, fy, cy, 0, 0, 0, 1, 0)
    binning_and_region = struct.pack("<6I?", 0, 0, 0, 0, 0, 0, False)
    return CDR + body + binning_and_region


def _image(frame: str, form: str, content: bytes, ns: int) -> bytes:
    body = _aligned(_aligned(_stamp(ns) + _text(frame), 4) + _text(form), 4)
    return CDR + body + struct.pack("<I", len(content)) + content


def _stamp(ns: int) -> bytes:
    return struct.pack("<iI", *divmod(ns, 10**9))


def _text(text: str) -> bytes:
    content = text.encode(errors="replace") + b"\0"
    return struct.pack("<I", len(content)) + content


def _aligned(body: bytes, size: int) -> bytes:
    return body + bytes(-len(body) % size)
