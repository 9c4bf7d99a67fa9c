"""RVL, a lossless packing of depth images.

A. Wilson, "Fast Lossless Depth Image Compression", ISS 2017: runs of zeros and of other values
take turns; both lengths and the differences of neighbouring values are numbers of 3-bit groups,
each with a bit that says whether another group follows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def unpack_rvl(packed: bytes, height: int, width: int) -> NDArray[np.uint16]:
    """The depth image [height, width] in ``packed``.

    Raises:
        ValueError: if it does not hold so many pixels.
    """
    numbers = _numbers(packed)
    pixels = np.zeros(height * width, np.int64)
    places: list[NDArray[np.intp]] = []
    parts: list[NDArray[np.int64]] = []
    at = pixel = 0
    while pixel < len(pixels):
        if at + 2 > len(numbers):
            raise ValueError("the picture is cut off")
        zeros, count = int(numbers[at]), int(numbers[at + 1])
        start = pixel + zeros
        pixel = start + count
        part = numbers[at + 2 : at + 2 + count]
        at += 2 + count
        if pixel > len(pixels) or len(part) != count:
            raise ValueError("the picture is damaged")
        places.append(np.arange(start, pixel))
        parts.append(part)
    # Zigzag: 0, -1, 1, -2, 2 ... The differences go on over runs of zeros.
    codes = np.concatenate(parts) if parts else np.zeros(0, np.int64)
    pixels[np.concatenate(places)] = np.cumsum((codes >> 1) ^ -(codes & 1))
    return pixels.astype(np.uint16).reshape(height, width)


def _numbers(packed: bytes) -> NDArray[np.int64]:
    """All numbers: groups of three bits with a mark, eight to a 32-bit word, the highest first."""
    words = np.frombuffer(packed, "<u4", len(packed) // 4)
    groups = (
        (words[:, None] >> np.arange(28, -1, -4, dtype=np.uint32) & 15).ravel().astype(np.int64)
    )
    ends = np.flatnonzero(groups < 8)
    if not len(ends):
        return np.zeros(0, np.int64)
    groups = groups[: ends[-1] + 1]
    starts = np.concatenate([[0], ends[:-1] + 1])
    order = np.arange(len(groups)) - np.repeat(starts, ends + 1 - starts)
    return np.add.reduceat((groups & 7) << np.minimum(3 * order, 60), starts)
