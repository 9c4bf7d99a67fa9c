"""Hands that networks report where none is: in synthetic scenes without one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from engine.tracking.config import TrackingSettings
from engine.tracking.estimate import Precision
from engine.tracking.pipeline import Pipeline
from engine.types import Frame
from training.evaluation.evaluate import synthetic_frames

SENSORS: Final = ("D435_VGA", "SR305", "KINECT_V1", "SENZ3D")
SEED: Final = 51
"""Other scenes than those of the benchmark."""


def empty_scenes(count: int) -> list[Frame]:
    """``count`` frames without a hand, an equal part from each of ``SENSORS``; at least one."""
    parts = [(name, len(part)) for name, part in zip(SENSORS, _shares(count), strict=True)]
    return [frame for name, part in parts for frame, _ in synthetic_frames(name, 0, part, SEED)]


def _shares(count: int) -> list[np.ndarray]:
    return list(np.array_split(np.arange(max(1, count)), len(SENSORS)))


def share_with_hand(
    directory: Path | None, scenes: Sequence[Frame], settings: TrackingSettings
) -> float:
    """Share of ``scenes`` in which the networks in ``directory`` report a hand, each alone.

    Raises:
        ModelError: if the networks cannot be loaded.
    """
    pipeline = Pipeline.load(directory=directory, precision=Precision.F16)
    state = pipeline.initial_state()
    reported = [bool(pipeline.step(frame, state, settings)[0].hands) for frame in scenes]
    return float(np.mean(reported))
