"""16-bit greyscale PNG files, the pictures of folder recordings."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import InvalidInputError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FILTER_UP = 2
_COLOUR_TYPES = {0: "grey", 2: "RGB", 3: "palette", 4: "grey with alpha", 6: "RGBA"}
DECODER_ERRORS = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error)
"""What Pillow raises on damaged files."""


@dataclass(frozen=True, slots=True)
class PngHeader:
    """Size in pixels, bits a channel and colour type of a PNG."""

    width: int
    height: int
    bits: int
    colour: str


def read_png_header(path: Path) -> PngHeader:
    """Read only the header of a PNG.

    Raises:
        InvalidInputError: if the file cannot be read or is not a PNG.
    """
    try:
        with path.open("rb") as file:
            head = file.read(26)
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror or error}") from error
    if not head:
        raise InvalidInputError(f"{path} is empty")
    if len(head) < 26 or not head.startswith(_SIGNATURE) or head[12:16] != b"IHDR":
        raise InvalidInputError(f"{path} is not a PNG")
    width, height, bits, colour = struct.unpack(">IIBB", head[16:26])
    return PngHeader(width, height, bits, _COLOUR_TYPES.get(colour, "unknown"))


def read_depth_png(path: Path, width: int, height: int) -> NDArray[np.uint16]:
    """Read a 16-bit greyscale PNG of the given size as an array [height, width].

    Raises:
        InvalidInputError: if it is missing, damaged, or of another type or size.
    """
    header = read_png_header(path)
    if (header.bits, header.colour) != (16, "grey"):
        raise InvalidInputError(
            f"{path} is a {header.bits}-bit {header.colour} PNG; "
            "depth must be 16-bit grey with one channel"
        )
    # Before decoding: a header may promise a picture that would fill the memory.
    if (header.width, header.height) != (width, height):
        raise InvalidInputError(
            f"{path} is {header.width}x{header.height} pixels, "
            f"its camera.json says {width}x{height}"
        )
    try:
        with Image.open(path, formats=("PNG",)) as image:
            depth = np.asarray(image)
    except DECODER_ERRORS as error:
        raise InvalidInputError(f"{path} is damaged: {_one_line(error)}") from error
    if depth.dtype != np.uint16 or depth.shape != (height, width):
        raise InvalidInputError(f"{path} is damaged: its header contradicts its content")
    return depth


def encode_depth_png(depth: NDArray[np.uint16]) -> bytes:
    """``depth`` [H, W] as a 16-bit greyscale PNG.

    Every row is stored as its difference from the row above. Pillow tries all five filters on
    every row, which takes three times as long for files of the same size.
    """
    height, width = depth.shape
    pixels = depth.astype(">u2").view(np.uint8).reshape(height, 2 * width)
    rows = np.empty((height, 1 + 2 * width), np.uint8)
    rows[:, 0] = _FILTER_UP
    rows[0, 1:] = pixels[0]
    np.subtract(pixels[1:], pixels[:-1], out=rows[1:, 1:])
    header = struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.data, level=1)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checked = kind + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
