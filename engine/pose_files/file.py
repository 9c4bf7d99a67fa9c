"""Reads ``.pose`` files: the camera, and the records that are whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera
from engine.errors import InvalidInputError, SourceError
from engine.pose_files.records import (
    HAND,
    MAGIC,
    MAX_HEADER_BYTES,
    RECORD,
    PoseFrame,
    Records,
    checksums,
    decode_frame,
    decode_header,
)

SUFFIX: Final = ".pose"
MAX_STAMP_MS: Final = 1e15
MAX_BYTES: Final = 1 << 31
"""Of a file: forty hours of one hand."""


@dataclass(frozen=True, slots=True, eq=False)
class PoseFile:
    """What is whole in a file: its ``camera``, its ``records`` [N], where the records of each frame
    begin [frame_count] (and N at the end), and a ``notice`` about what is missing, else empty.
    """

    path: Path
    camera: Camera
    records: Records
    begins: NDArray[np.intp]
    notice: str

    @property
    def frame_count(self) -> int:
        """How many frames it has."""
        return len(self.begins) - 1

    @property
    def stamps_ms(self) -> NDArray[np.float64]:
        """When each frame was taken [frame_count], on the source's clock."""
        return np.asarray(self.records["timestamp_ms"][self.begins[:-1]], np.float64)

    def frame(self, index: int) -> PoseFrame:
        """Frame ``index`` of those that are whole, from 0 on."""
        return decode_frame(self.records[self.begins[index] : self.begins[index + 1]])


def is_pose_file(path: Path) -> bool:
    """Whether ``path`` is meant for one, by its name or its beginning."""
    if path.suffix.lower() == SUFFIX:
        return True
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def read_pose_file(path: Path) -> PoseFile:
    """Read ``path``; records that are cut off or damaged are left out and noted.

    Raises:
        SourceError: if it cannot be read, is none, of another version, or has no whole frame.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise SourceError(f"{path} cannot be read: it is too large for a .pose file")
        with path.open("rb") as file:
            camera, begin = decode_header(file.read(MAX_HEADER_BYTES))
            file.seek(begin)
            count, rest = divmod(size - begin, RECORD.itemsize)
            read = np.fromfile(file, RECORD, count)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}") from error
    except InvalidInputError as error:
        raise SourceError(f"{path} cannot be read: {error}") from error
    # Of no clock is a stamp that no number can be taken from without loss.
    whole = (checksums(read) == read["check"]) & (np.abs(read["timestamp_ms"]) < MAX_STAMP_MS)
    records = read if whole.all() else read[whole]
    if not len(records):
        raise SourceError(f"{path} has no frames")
    notice = _notice(path.name, len(read) - len(records), len(read), rest)
    return PoseFile(path, camera, records, frame_begins(records), notice)


def frame_begins(records: Records) -> NDArray[np.intp]:
    """Where the records [N] of each frame begin, and N at the end: a new frame begins where the
    number or the time is another one, or there is no second hand."""
    number, stamp = records["frame"], records["timestamp_ms"]
    hand = (records["flags"] & HAND) > 0
    same = (number[1:] == number[:-1]) & (stamp[1:] == stamp[:-1]) & hand[1:] & hand[:-1]
    return np.flatnonzero(np.concatenate([[True], ~same, [True]]))


def _notice(name: str, damaged: int, count: int, rest: int) -> str:
    parts = []
    if damaged:
        are = "is" if damaged == 1 else "are"
        parts.append(f"{damaged} of {count} records {are} damaged and left out")
    if rest:
        parts.append("its last record is cut off")
    return f"{name}: {', '.join(parts)}" if parts else ""
