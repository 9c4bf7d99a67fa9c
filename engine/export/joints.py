"""Joints out as text, in mm, camera frame (x right, y down, z forward): CSV and JSON lines."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, ClassVar, Final

import numpy as np

from engine.errors import CancelledError, ExportError
from engine.export.writer import FileWriter, ResultWriter
from engine.output import (
    cannot_write,
    check_target,
    is_stream,
    link_target,
    open_stream,
    put_in_place,
)
from engine.skeleton import JOINT_NAMES
from engine.types import FrameResult, TrackedHand

CSV_COLUMNS: Final[tuple[str, ...]] = (
    "frame",
    "timestamp_ms",
    "hand",
    "handedness",
    "confidence",
    *(f"{joint}_{axis}" for joint in JOINT_NAMES for axis in "xyz"),
)
"""``hand`` is the track's number, ``confidence`` the probability that the hand is there."""

GESTURE_COLUMN: Final = "gesture"


class LineWriter(FileWriter):
    """Writes row by row to a file, mostly lines; one thread at a time.

    Rows go to ``<path>.partial`` beside the target, which takes the target's place when the
    writer is closed. So the target is always whole: if the work is broken off, by an error inside
    the ``with`` block or by a kill, an older target stays as it was and every row written so far
    is kept in the partial file, unless the user cancelled the work. Standard output, devices and
    pipes get each row as it comes.

    Raises:
        ExportError: here and from writing and ``close``, if the file cannot be written.
    """

    head: ClassVar[str] = ""
    """The line before the first result, if any."""

    def __init__(self, path: Path) -> None:
        check_target(path)
        self.path = path
        self._streamed = is_stream(path)
        self._target = link_target(path)
        self.partial_path = self._target.with_name(self._target.name + ".partial")
        self.rows = 0
        try:
            self._file: BinaryIO = self._open()
        except OSError as error:
            raise cannot_write(path, error) from error
        try:
            if self.head:
                self._write_line(self.head)
        except ExportError:
            self.abandon()
            raise

    @property
    def written(self) -> tuple[Path, ...]:
        """The files there are once the writer is closed."""
        return () if self._streamed else (self.path,)

    def _open(self) -> BinaryIO:
        return open_stream(self.path) if self._streamed else self.partial_path.open("wb")

    def close(self) -> None:
        """Complete the file under its final name; closing twice is fine."""
        if self._file.closed:
            return
        try:
            self._file.close()
            if not self._streamed:
                put_in_place(self.partial_path, self._target)
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def abandon(self) -> None:
        """Stop here: leave the target alone and keep the rows so far, if any, in the partial."""
        try:
            self._file.close()
            if self.rows == 0 and not self._streamed:
                self.partial_path.unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def _break_off(self, error: BaseException) -> None:
        if isinstance(error, CancelledError):
            self.rows = 0
        # A full disk must not hide where the rows are.
        with suppress(ExportError):
            self.abandon()
        if self.rows and not self._streamed:
            error.add_note(f"the rows written so far are in {self.partial_path}")

    def _write_line(self, line: str) -> None:
        self._write_bytes(f"{line}\n".encode())

    def _write_bytes(self, content: bytes) -> None:
        try:
            self._file.write(content)
            self._file.flush()  # a killed program has lost no row
        except OSError as error:
            raise cannot_write(self.path, error) from error


class JointsCsvWriter(LineWriter, ResultWriter):
    """One row for each hand of each result; none where no hand was found."""

    head = ",".join(CSV_COLUMNS)

    def write(self, result: FrameResult) -> None:
        """Add the rows of ``result``."""
        for hand in result.hands:
            self._write_line(",".join(self._row(result, hand)))
            self.rows += 1

    def _row(self, result: FrameResult, hand: TrackedHand) -> tuple[str, ...]:
        pose = hand.pose
        return (
            str(result.frame.index),
            f"{result.frame.timestamp_ms:.3f}",
            str(hand.track_id),
            pose.handedness.value,
            f"{pose.score:.4f}",
            *(f"{value:z.3f}" for value in pose.joints_mm.ravel().tolist()),
        )


class GesturesCsvWriter(JointsCsvWriter):
    """The same with the gesture that the hand holds as the last column, empty for none."""

    head = f"{JointsCsvWriter.head},{GESTURE_COLUMN}"

    def _row(self, result: FrameResult, hand: TrackedHand) -> tuple[str, ...]:
        return (*super()._row(result, hand), hand.gesture or "")


class JointsJsonWriter(LineWriter, ResultWriter):
    """One JSON object for each result, also where no hand was found.

    ``frame``, ``timestamp_ms``, ``status`` and ``hands``; each hand has the fields of
    ``hand_fields``, ``joints_mm`` [21][3] in the order of ``skeleton.JOINT_NAMES`` and ``sigma_mm``
    [21], the expected errors.
    """

    def write(self, result: FrameResult) -> None:
        """Add the line of ``result``."""
        self._write_line(
            json.dumps(
                {
                    "frame": result.frame.index,
                    "timestamp_ms": round(result.frame.timestamp_ms, 3),
                    "status": result.status.value,
                    "hands": [_fields(hand) for hand in result.hands],
                },
                separators=(",", ":"),
            )
        )
        self.rows += 1


def hand_fields(hand: TrackedHand) -> dict[str, object]:
    """Which hand it is, how sure that is, and its gesture, in the words of files and streams."""
    return {
        "hand": hand.track_id,
        "handedness": hand.pose.handedness.value,
        "handedness_probability": round(hand.side_score, 4),
        "confidence": round(hand.pose.score, 4),
        "gesture": hand.gesture,
    }


def _fields(hand: TrackedHand) -> dict[str, object]:
    pose = hand.pose
    return {
        **hand_fields(hand),
        "joints_mm": np.round(pose.joints_mm.astype(np.float64), 3).tolist(),
        "sigma_mm": np.round(pose.sigma_mm.astype(np.float64), 3).tolist(),
    }
