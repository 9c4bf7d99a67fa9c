"""Places of a recording where no hand is: they teach what is no hand before this camera."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from engine.camera import FloatArray
from engine.types import Frame, HandRegion
from training.adaptation.hands import RecordedPlace, recorded_place

NEAR_MM: Final = 150.0
FAR_MM: Final = 1500.0
"""Surfaces between these may be a hand's place."""
APART_MM: Final = 170.0
"""How far a place is from whatever may be a hand: a cube at it shows no more than fingertips."""
GRID: Final = 4
TRIES: Final = 4


def place_beside(
    frame: Frame, avoid_mm: Sequence[FloatArray], rng: np.random.Generator
) -> RecordedPlace | None:
    """A place on a random surface of ``frame``, far from all of ``avoid_mm`` (each [3], camera
    frame); None if none was found."""
    depth = frame.depth_mm[::GRID, ::GRID]
    rows, columns = np.nonzero((depth > NEAR_MM) & (depth < FAR_MM))
    if not len(rows):
        return None
    for pick in rng.integers(0, len(rows), TRIES):
        row, column = rows[pick], columns[pick]
        uv = np.array([column * GRID, row * GRID], np.float64)
        centre = frame.camera.unproject(uv, np.asarray(depth[row, column])).astype(np.float32)
        # A cube's middle lies inside the thing that it is cut around.
        centre[2] += np.float32(rng.uniform(-10.0, 40.0))
        if all(np.linalg.norm(centre - each) > APART_MM for each in avoid_mm):
            return recorded_place(frame, centre)
    return None


def centres_of(regions: Sequence[HandRegion]) -> list[FloatArray]:
    """Every centre [3] that ``regions`` name, but for what is too near to be cut."""
    centres = (centre for each in regions for centre in (each.centre_mm, *each.others_mm))
    return [centre for centre in centres if centre[2] > NEAR_MM]
