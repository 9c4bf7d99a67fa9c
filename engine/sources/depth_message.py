"""Messages with depth images and cameras in ROS 1, ROS 2 and RealSense recordings, as values."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.sources.cursor import Cursor
from engine.sources.lens import Lens
from engine.sources.rvl import unpack_rvl

MAX_SIDE_PX: Final = 4096
COUNTS: Final = ("mono16", "16UC1", "Z16")
METRES: Final = ("32FC1",)
HEAD_BYTES: Final = 512
"""So much of an image message holds everything but its pixels."""
_PACKED_HEADER: Final = struct.Struct("<iff")
"""What the compressed-depth transport puts before a picture: format, two depth parameters."""
_PNG_MAGIC: Final = b"\x89PNG"
_PNG_SIZE_AT: Final = 16

Pixels = NDArray[np.uint16] | NDArray[np.float32]
"""Depth [H, W]: counts of the depth unit, or metres."""


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """An image message but for its pixels: stamp in ms, frame id, encoding; its size in pixels, 0
    where it is packed."""

    stamp_ms: float
    frame_id: str
    encoding: str
    width: int = 0
    height: int = 0


def image_info(head: bytes, *, packed: bool, cdr: bool) -> ImageInfo:
    """What the head of a ``sensor_msgs/Image``, or ``CompressedImage`` if ``packed``, says."""
    cursor = Cursor(head, cdr=cdr)
    stamp_ms, frame_id = cursor.header()
    if packed:
        return ImageInfo(stamp_ms, frame_id, cursor.text().partition(";")[0].strip())
    height, width = cursor.integer(), cursor.integer()
    return ImageInfo(stamp_ms, frame_id, cursor.text(), width, height)


def image_pixels(message: bytes, *, packed: bool, cdr: bool) -> Pixels:
    """The depth in a ``sensor_msgs/Image``, or ``CompressedImage`` if ``packed``."""
    cursor = Cursor(message, cdr=cdr)
    cursor.header()
    return _packed_pixels(cursor) if packed else _plain_pixels(cursor)


def camera_lens(message: bytes, *, cdr: bool, rectified: bool = False) -> Lens:
    """The lens in a ``sensor_msgs/CameraInfo``; that of images which are ``rectified`` has no
    distortion."""
    cursor = Cursor(message, cdr=cdr)
    cursor.header()
    height, width = cursor.integer(), cursor.integer()
    check_size(height, width)
    model, coeffs = cursor.text(), cursor.numbers("d", cursor.integer())
    fx, _, cx, _, fy, cy, *_ = cursor.numbers("d", 9)
    if not rectified:
        return Lens(width, height, fx, fy, cx, cy, model, coeffs)
    cursor.numbers("d", 9)
    p = cursor.numbers("d", 12)
    if p[0] > 0.0:
        fx, cx, fy, cy = p[0], p[2], p[5], p[6]
    return Lens(width, height, fx, fy, cx, cy)


def text_lens(values: dict[str, str]) -> Lens:
    """The lens of a ``.db3``'s camera text. The SDK keeps these numbers in 32 bits."""
    with np.errstate(over="ignore"):  # what is too large is refused with the camera
        fx, fy, cx, cy = (float(np.float32(values[name])) for name in ("fx", "fy", "ppx", "ppy"))
    coeffs = tuple(map(float, filter(None, values.get("coeffs", "").split(","))))
    width, height = int(values["width"]), int(values["height"])
    check_size(height, width)
    return Lens(width, height, fx, fy, cx, cy, values.get("model", ""), coeffs)


def _plain_pixels(cursor: Cursor) -> Pixels:
    height, width, encoding = cursor.integer(), cursor.integer(), cursor.text()
    order = ">" if cursor.integer("B") else "<"
    stride, content = cursor.integer(), cursor.content()
    if encoding not in (*COUNTS, *METRES):
        raise ValueError(f"depth is stored as {encoding[:40]!r}, not as 16-bit numbers or metres")
    kind = f"{order}u2" if encoding in COUNTS else f"{order}f4"
    row_bytes = np.dtype(kind).itemsize * width
    check_size(height, width)
    if stride < row_bytes or len(content) < stride * height:
        raise ValueError("the picture is cut off")
    rows = np.frombuffer(content, np.uint8, stride * height).reshape(height, stride)
    pixels = np.ascontiguousarray(rows[:, :row_bytes])
    if encoding in COUNTS:
        return pixels.view(kind).astype(np.uint16, copy=False)
    return pixels.view(kind).astype(np.float32, copy=False)


def _packed_pixels(cursor: Cursor) -> Pixels:
    """Depth as PNG or RVL after a short header, or as a plain 16-bit PNG."""
    form, content = cursor.text(), bytes(cursor.content())
    encoding = form.partition(";")[0].strip()
    if content.startswith(_PNG_MAGIC):
        return _png_pixels(content)
    _, scale, offset = _PACKED_HEADER.unpack_from(content)
    packed = content[_PACKED_HEADER.size :]
    if packed.startswith(_PNG_MAGIC):
        counts = _png_pixels(packed)
    elif "rvl" in form:
        width, height = struct.unpack_from("<ii", packed)
        check_size(height, width)
        counts = unpack_rvl(packed[8:], height, width)
    else:
        raise ValueError(f"depth is packed as {form[:40]!r}, neither as PNG nor as RVL")
    if encoding not in METRES:
        return counts
    # http://wiki.ros.org/compressed_depth_image_transport: inverse depth, 0 = nothing.
    with np.errstate(divide="ignore"):
        metres = np.float32(scale) / (counts.astype(np.float32) - np.float32(offset))
    return np.where(counts > 0, metres, np.float32(0.0)).astype(np.float32)


def _png_pixels(packed: bytes) -> NDArray[np.uint16]:
    # Before decoding: a header may promise a picture that would fill the memory.
    width, height = struct.unpack_from(">II", packed, _PNG_SIZE_AT)
    check_size(height, width)
    with Image.open(io.BytesIO(packed), formats=("PNG",)) as picture:
        pixels = np.asarray(picture)
    if pixels.dtype != np.uint16 or pixels.ndim != 2:
        raise ValueError("the picture is not 16-bit grey")
    return pixels


def check_size(height: int, width: int) -> None:
    """Raise ``ValueError`` for a picture of an impossible size."""
    if not (0 < height <= MAX_SIDE_PX and 0 < width <= MAX_SIDE_PX):
        raise ValueError(f"the picture's size, {width}x{height} pixels, is impossible")
