"""Packed bytes that are unpacked as far as they are needed, also where their end is missing."""

from __future__ import annotations

import bz2
from typing import Any, Final, Protocol

import lz4.frame

MAX_BYTES: Final = 1 << 28
"""No chunk or message of a recording is longer; a damaged one may promise anything."""
ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_PIECE_BYTES: Final = 1 << 14
_UNPACK_ERRORS: Final = (RuntimeError, OSError, EOFError, ValueError)


class _Unpacker(Protocol):
    def decompress(self, data: bytes) -> bytes: ...


class PackedBytes:
    """Content packed with "lz4" (frames), "bz2", "zstd" or "none" (also ""), unpacked lazily.

    One thread at a time may use it.

    Raises:
        ValueError: if it is packed in another way.
    """

    def __init__(self, packed: bytes, compression: str) -> None:
        self._content = bytearray()
        self._packed = memoryview(packed)
        self._unpacker: _Unpacker | None = None
        if compression in ("none", ""):
            self._content = bytearray(packed)
        elif compression == "lz4":
            self._unpacker = lz4.frame.LZ4FrameDecompressor()
        elif compression == "bz2":
            self._unpacker = bz2.BZ2Decompressor()
        elif compression == "zstd":
            self._content = bytearray(unpack_zstd(packed))
        else:
            raise ValueError(f"it is packed in an unknown way, {compression[:20]!r}")

    def upto(self, length: int) -> bytearray:
        """The content, at least ``length`` bytes of it where there are so many."""
        while self._unpacker and self._packed and len(self._content) < min(length, MAX_BYTES):
            piece, self._packed = bytes(self._packed[:_PIECE_BYTES]), self._packed[_PIECE_BYTES:]
            try:
                self._content += self._unpacker.decompress(piece)
            except _UNPACK_ERRORS:
                self._unpacker = None  # what was unpacked before is good
        return self._content

    def part(self, start: int, length: int) -> bytes:
        """``length`` bytes of the content.

        Raises:
            EOFError: if there are not so many.
        """
        part = bytes(self.upto(start + length)[start : start + length])
        if len(part) != length:
            raise EOFError
        return part


def unpack_zstd(packed: bytes, max_bytes: int = MAX_BYTES) -> bytes:
    """Unpack one zstd frame, up to its first ``max_bytes`` bytes; less where its end is missing.

    Raises:
        ValueError: if it is damaged.
    """
    # Needed for few recordings.
    import zstandard

    unpacker: Any = zstandard.ZstdDecompressor(max_window_size=MAX_BYTES)
    try:
        with unpacker.stream_reader(packed) as stream:
            return bytes(stream.read(max_bytes))
    except zstandard.ZstdError as error:
        raise ValueError(f"it cannot be unpacked: {error}") from error
