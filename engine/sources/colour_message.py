"""Messages with colour images in ROS 1, ROS 2 and RealSense recordings, as pixels."""

from __future__ import annotations

import io
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.colour import ColourPixels
from engine.sources.cursor import Cursor
from engine.sources.depth_message import check_size

_CHANNELS: Final = {
    "rgb8": (3, (0, 1, 2)), "bgr8": (3, (2, 1, 0)), "rgba8": (4, (0, 1, 2)),
    "bgra8": (4, (2, 1, 0)), "mono8": (1, (0, 0, 0)), "8uc1": (1, (0, 0, 0)),
    "8uc3": (3, (2, 1, 0)), "y8": (1, (0, 0, 0)),
}  # fmt: skip
"""Bytes a pixel, and which of them are red, green and blue."""
_HALVED: Final = {
    "yuyv": (0, 1, 3),
    "yuv422_yuy2": (0, 1, 3),
    "uyvy": (1, 0, 2),
    "yuv422": (1, 0, 2),
}
"""Two bytes a pixel: where in four bytes the first brightness, the blue and the red are."""
_FORMATS: Final = ("PNG", "JPEG")


def is_colour(encoding: str) -> bool:
    """Whether an image message with this encoding, "jpeg" or "rgb8; png ...", is in colour."""
    name = encoding.lower()
    if name in ("jpeg", "jpg", "png"):
        return True
    return name not in ("mono8", "8uc1", "y8") and (name in _CHANNELS or name in _HALVED)


def colour_pixels(message: bytes, *, packed: bool, cdr: bool) -> ColourPixels:
    """The colours [H, W, 3] in a ``sensor_msgs/Image``, or ``CompressedImage`` if ``packed``.

    Raises:
        One of ``MESSAGE_ERRORS`` if it is damaged or of an encoding that is not known.
    """
    cursor = Cursor(message, cdr=cdr)
    cursor.header()
    if packed:
        cursor.text()
        return picture_pixels(bytes(cursor.content()))
    height, width, encoding = cursor.integer(), cursor.integer(), cursor.text().lower()
    cursor.integer("B")
    stride, content = cursor.integer(), cursor.content()
    check_size(height, width)
    if encoding not in _CHANNELS and encoding not in _HALVED:
        raise ValueError(f"colour is stored as {encoding[:40]!r}, which is not known")
    size = _CHANNELS[encoding][0] if encoding in _CHANNELS else 2
    if stride < size * width or len(content) < stride * height:
        raise ValueError("the picture is cut off")
    rows = np.frombuffer(content, np.uint8, stride * height).reshape(height, stride)
    pixels = rows[:, : size * width].reshape(height, width, size)
    if encoding in _HALVED:
        return _from_halved(pixels, *_HALVED[encoding])
    channels = _CHANNELS[encoding][1]
    return pixels if channels == tuple(range(size)) else pixels[..., channels]


def picture_pixels(content: bytes) -> ColourPixels:
    """The colours [H, W, 3] of a PNG or JPEG."""
    with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
        # Before decoding: a header may promise a picture that would fill the memory.
        check_size(picture.height, picture.width)
        return np.asarray(picture.convert("RGB"))


def picture_size(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG or JPEG."""
    with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
        return picture.size


def _from_halved(pixels: NDArray[np.uint8], first: int, blue: int, red: int) -> ColourPixels:
    """Colours of [H, W, 2] in which two pixels share one blue and one red (ITU-R BT.601)."""
    height, width, _ = pixels.shape
    pairs = pixels[:, : width - width % 2].reshape(height, -1, 4).astype(np.float32)
    luma = np.repeat(pairs[..., first], 2, axis=1)
    luma[:, 1::2] = pairs[..., first + 2]
    u, v = (np.repeat(pairs[..., place] - 128.0, 2, axis=1) for place in (blue, red))
    luma = 1.164 * (luma - 16.0)
    channels = (luma + 1.596 * v, luma - 0.391 * u - 0.813 * v, luma + 2.018 * u)
    colours = np.clip(np.stack(channels, axis=-1), 0.0, 255.0)
    return np.pad(colours.astype(np.uint8), ((0, 0), (0, width % 2), (0, 0)), mode="edge")
