"""Hands as rotations, for body models and animation: one NumPy ``.npz`` of all frames.

Arrays, one row for each hand of each frame: ``frame`` [N], ``timestamp_ms`` [N], ``hand`` [N] (its
number while it is followed), ``handedness`` [N] ("right", "left"), ``confidence`` [N],
``axis_angle`` [N, 16, 3] in radians, ``rest_mm`` [N, 21, 3] and ``wrist_mm`` [N, 3] as in
``engine.measure.rotations``; and ``joint_names`` [16], the order of the rotations.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.adapters.staged_writer import StagedWriter
from engine.measure.rotations import ORDER, HandRotations, hand_rotations
from engine.skeleton import JOINT_NAMES
from engine.types import FrameResult, TrackedHand

Row = Callable[[FrameResult, TrackedHand, HandRotations], Any]
_COLUMNS: Final[dict[str, tuple[type, tuple[int, ...], Row]]] = {
    "frame": (np.int64, (), lambda result, *_: result.frame.index),
    "timestamp_ms": (np.float64, (), lambda result, *_: result.frame.timestamp_ms),
    "hand": (np.int64, (), lambda _, hand, __: hand.track_id),
    "handedness": (np.str_, (), lambda _, hand, __: hand.handedness.value),
    "confidence": (np.float32, (), lambda _, hand, __: hand.confidence),
    "axis_angle": (np.float32, (16, 3), lambda *given: given[2].axis_angle),
    "rest_mm": (np.float32, (21, 3), lambda *given: given[2].rest_mm),
    "wrist_mm": (np.float32, (3,), lambda *given: given[2].wrist_mm),
}


class RotationsWriter(StagedWriter):
    """Gathers the rotations of every hand and writes them when it is closed.

    Raises:
        ExportError: if the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._rows: dict[str, list[Any]] = {name: [] for name in _COLUMNS}

    def write(self, result: FrameResult) -> None:
        """Add the hands of a frame; one with joints that are no numbers is left out."""
        for hand in result.hands:
            if np.isfinite(hand.joints_mm).all():
                rotations = hand_rotations(hand.joints_mm, hand.handedness)
                for name, (_, _, value) in _COLUMNS.items():
                    self._rows[name].append(value(result, hand, rotations))
        self.frames += 1

    def _finish(self) -> None:
        names = np.array([JOINT_NAMES[joint] for joint in ORDER])
        arrays: dict[str, Any] = {
            name: np.array(self._rows[name], kind).reshape(-1, *shape)
            for name, (kind, shape, _) in _COLUMNS.items()
        }
        with self.partial_path.open("wb") as file:
            np.savez_compressed(file, joint_names=names, **arrays)
