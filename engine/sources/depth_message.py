"""The messages of RealSense recordings: depth images, cameras and settings, as bytes to values.

``.bag`` files hold ROS 1 messages, ``.db3`` files ROS 2 messages (CDR) and texts.
"""

from __future__ import annotations

import io
import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.pictures.png import DECODER_ERRORS
from engine.sources.lens import Lens

MESSAGE_ERRORS: Final = (KeyError, IndexError, OverflowError, StopIteration, *DECODER_ERRORS)
"""What reading a damaged message raises."""
MAX_SIDE_PX: Final = 4096
_LITTLE_ENDIAN_CDR: Final = b"\x00\x01"
_PNG_HEADER_BYTES: Final = 12
"""What the compressed-depth transport puts before a picture."""
_PNG_SIZE_AT: Final = 16
_PIXEL_FORMATS: Final = ("mono16", "16UC1")


class Cursor:
    """Takes values one after another from a little-endian message.

    ``aligned`` is for CDR: numbers start at multiples of their size, texts end with a zero.
    """

    def __init__(self, message: bytes, *, aligned: bool) -> None:
        self._aligned = aligned
        if aligned and message[:2] != _LITTLE_ENDIAN_CDR:
            raise ValueError("not a little-endian CDR message")
        self._message = memoryview(message)[4:] if aligned else memoryview(message)
        self._at = 0

    def numbers(self, kind: str, count: int = 1) -> tuple[float, ...]:
        """``count`` numbers of a ``struct`` kind such as "I" or "d"."""
        size = struct.calcsize(f"<{kind}")
        if self._aligned:
            self._at += -self._at % size
        values = struct.unpack_from(f"<{count}{kind}", self._message, self._at)
        self._at += size * count
        return values

    def integer(self, kind: str = "I") -> int:
        """One whole number."""
        return int(self.numbers(kind)[0])

    def content(self) -> memoryview:
        """Bytes with their length before them."""
        length = self.integer()
        part = self._message[self._at : self._at + length]
        if len(part) != length:
            raise ValueError("a message is cut off")
        self._at += length
        return part

    def text(self) -> str:
        """A text with its length before it."""
        return bytes(self.content()).rstrip(b"\0").decode("utf-8", "replace")


def bag_stamp_ms(message: bytes) -> float:
    """The device's time of a ROS 1 image in ms; only the message's first bytes are needed."""
    _, seconds, nanoseconds = struct.unpack_from("<III", message)
    return seconds * 1e3 + nanoseconds / 1e6


def bag_image(message: bytes) -> NDArray[np.uint16]:
    """The pixels [H, W] of a ROS 1 ``sensor_msgs/Image``."""
    cursor = Cursor(message, aligned=False)
    cursor.numbers("I", 3)
    return _image(cursor)


def cdr_image(message: bytes) -> NDArray[np.uint16]:
    """The pixels [H, W] of a ROS 2 ``sensor_msgs/Image``."""
    cursor = Cursor(message, aligned=True)
    cursor.numbers("I", 2)
    return _image(cursor)


def cdr_compressed_image(message: bytes) -> NDArray[np.uint16]:
    """The pixels [H, W] of a ROS 2 ``sensor_msgs/CompressedImage`` that holds depth as PNG."""
    cursor = Cursor(message, aligned=True)
    cursor.numbers("I", 2)
    cursor.text()
    form = cursor.text()
    if "png" not in form:
        raise ValueError(f"depth is packed as {form[:40]!r}, not as PNG")
    packed = cursor.content()[_PNG_HEADER_BYTES:]
    # Before decoding: a header may promise a picture that would fill the memory.
    width, height = struct.unpack_from(">II", packed, _PNG_SIZE_AT)
    _check_size(height, width)
    with Image.open(io.BytesIO(packed), formats=("PNG",)) as picture:
        pixels = np.asarray(picture)
    if pixels.dtype != np.uint16 or pixels.ndim != 2:
        raise ValueError("the picture is not 16-bit grey")
    return pixels


def bag_lens(message: bytes) -> Lens:
    """The lens of a ROS 1 ``sensor_msgs/CameraInfo``."""
    cursor = Cursor(message, aligned=False)
    cursor.numbers("I", 3)
    cursor.text()
    height, width = cursor.integer(), cursor.integer()
    model, coeffs = cursor.text(), cursor.numbers("d", cursor.integer())
    fx, _, cx, _, fy, cy = cursor.numbers("d", 6)
    return Lens(width, height, fx, fy, cx, cy, model, coeffs)


def text_lens(values: dict[str, str]) -> Lens:
    """The lens of a ``.db3``'s camera text. The SDK keeps these numbers in 32 bits."""
    with np.errstate(over="ignore"):  # what is too large is refused with the camera
        fx, fy, cx, cy = (float(np.float32(values[name])) for name in ("fx", "fy", "ppx", "ppy"))
    coeffs = tuple(map(float, filter(None, values.get("coeffs", "").split(","))))
    width, height = int(values["width"]), int(values["height"])
    return Lens(width, height, fx, fy, cx, cy, values.get("model", ""), coeffs)


def bag_pair(message: bytes) -> tuple[str, str]:
    """Name and value of a ROS 1 ``diagnostic_msgs/KeyValue``."""
    cursor = Cursor(message, aligned=False)
    return cursor.text(), cursor.text()


def cdr_pairs(message: bytes) -> dict[str, str]:
    """Names and values of a ``.db3``'s text ``name=value;name=value``."""
    parts = (part.partition("=") for part in Cursor(message, aligned=True).text().split(";"))
    return {name: value for name, _, value in parts if name}


def _image(cursor: Cursor) -> NDArray[np.uint16]:
    cursor.text()
    height, width, encoding = cursor.integer(), cursor.integer(), cursor.text()
    cursor.integer("B")
    stride, content = cursor.integer(), cursor.content()
    if encoding not in _PIXEL_FORMATS:
        raise ValueError(f"depth is stored as {encoding[:40]!r}, not as 16-bit numbers")
    _check_size(height, width)
    if stride < 2 * width or len(content) < stride * height:
        raise ValueError("the picture is cut off")
    rows = np.frombuffer(content, np.uint8, stride * height).reshape(height, stride)
    return np.ascontiguousarray(rows[:, : 2 * width]).view("<u2")


def _check_size(height: int, width: int) -> None:
    if not (0 < height <= MAX_SIDE_PX and 0 < width <= MAX_SIDE_PX):
        raise ValueError(f"the picture's size, {width}x{height} pixels, is impossible")
