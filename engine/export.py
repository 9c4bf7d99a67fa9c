"""Joints out: one CSV row per hand found, in mm, camera frame (x right, y down, z forward)."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Final, TextIO

from engine.errors import ExportError
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


class JointsCsvWriter:
    """Writes results to a CSV file; one thread at a time.

    Rows go, line by line, to ``<path>.partial`` beside the target, which takes the target's place
    when the writer is closed. So the target is always whole: if the work is broken off, by an
    error inside the ``with`` block or by a kill, an older target stays as it was and every row
    written so far is kept in the partial file.

    Raises:
        ExportError: here and from ``write`` and ``close``, if the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        if path.is_dir():
            raise ExportError(f"cannot write {path}: it is a folder")
        self.path = path
        self.partial_path = path.with_name(path.name + ".partial")
        self.rows = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Line buffering: a killed program has lost no row.
            self._file: TextIO = self.partial_path.open("w", buffering=1, encoding="ascii")
        except OSError as error:
            raise ExportError(f"cannot write {path}: {error.strerror or error}") from error
        try:
            self._write_line(CSV_COLUMNS)
        except ExportError:
            self.abandon()
            raise

    def write(self, result: FrameResult) -> None:
        """Add one row for each hand of ``result``; none when no hand was found."""
        for hand in result.hands:
            self._write_line(_row(result, hand))
            self.rows += 1

    def close(self) -> None:
        """Complete the file under its final name; closing twice is fine."""
        if self._file.closed:
            return
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            os.replace(self.partial_path, self.path)
        except OSError as error:
            raise self._failure(error) from error

    def abandon(self) -> None:
        """Stop here: leave the target alone and keep the rows so far, if any, in the partial."""
        try:
            self._file.close()
            if self.rows == 0:
                self.partial_path.unlink(missing_ok=True)
        except OSError as error:
            raise self._failure(error) from error

    def __enter__(self) -> JointsCsvWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
            return
        self.abandon()
        if self.rows:
            error.add_note(f"the rows written so far are in {self.partial_path}")

    def _write_line(self, fields: tuple[str, ...]) -> None:
        try:
            self._file.write(",".join(fields) + "\n")
        except OSError as error:
            raise self._failure(error) from error

    def _failure(self, error: OSError) -> ExportError:
        reason = error.strerror or str(error)
        return ExportError(f"cannot write {self.path}: {reason}")


def _row(result: FrameResult, hand: TrackedHand) -> tuple[str, ...]:
    pose = hand.pose
    return (
        str(result.frame.index),
        f"{result.frame.timestamp_ms:.3f}",
        str(hand.track_id),
        pose.handedness.value,
        f"{pose.score:.4f}",
        *(f"{value:z.3f}" for value in pose.joints_mm.ravel().tolist()),
    )
