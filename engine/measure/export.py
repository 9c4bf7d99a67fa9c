"""Measures out as CSV: one row a hand and frame, a column for every measure of the catalogue."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np

from engine.export.joints import CSV_COLUMNS, GESTURE_COLUMN, LineWriter
from engine.export.writer import ResultWriter
from engine.measure.catalogue import MEASURES
from engine.measure.quantity import HandSamples
from engine.types import FrameResult, HandPose

MEASURE_COLUMNS: Final = (
    *CSV_COLUMNS[:5],
    *(quantity.column for quantity in MEASURES if quantity.key != "confidence"),
    GESTURE_COLUMN,
)
"""Frame, time, hand, side and confidence as in the joints' file, then the measures and the gesture
that is held."""


def measured(pose: HandPose) -> dict[str, float]:
    """Every measure of one hand by its key."""
    samples = HandSamples(
        pose.handedness, pose.joints_mm[None], pose.sigma_mm[None], np.array([pose.score])
    )
    return {quantity.key: float(quantity.evaluate(samples)[0]) for quantity in MEASURES}


class MeasuresCsvWriter(LineWriter, ResultWriter):
    """Writes measures; units and definitions are those of ``engine.measure.catalogue``."""

    head: ClassVar[str] = ",".join(MEASURE_COLUMNS)

    def write(self, result: FrameResult) -> None:
        """Add a row for each hand of ``result``."""
        for hand in result.hands:
            values = measured(hand.pose)
            confidence = values.pop("confidence")
            fields = [
                str(result.frame.index),
                f"{result.frame.timestamp_ms:.3f}",
                str(hand.track_id),
                hand.pose.handedness.value,
                f"{confidence:.4f}",
                *(f"{value:.4f}" for value in values.values()),
                hand.gesture or "",
            ]
            self._write_line(",".join(fields))
            self.rows += 1
