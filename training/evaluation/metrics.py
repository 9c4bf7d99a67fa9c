"""How wrong estimated joints are: the field's measures, with NaN for joints nobody marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.errors import InvalidInputError

Floats = NDArray[np.float64]

CURVE_MM: Final = 80.0
"""Curves of fractions go from 0 to here, as is usual in the field."""


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """Errors [N, J] in mm of one list of predictions."""

    name: str
    errors_mm: NDArray[np.float64]


def joint_errors(predicted_mm: NDArray[np.floating], truth_mm: NDArray[np.floating]) -> Floats:
    """Distances [N, J] in mm of joints [N, J, 3]; NaN where the truth is.

    Raises:
        InvalidInputError: if shapes differ, or a joint that the truth marks was not predicted:
            leaving it out would flatter the prediction.
    """
    predicted, truth = (np.asarray(a, np.float64) for a in (predicted_mm, truth_mm))
    if predicted.shape != truth.shape or truth.ndim != 3 or truth.shape[2] != 3:
        raise InvalidInputError(f"joints {predicted.shape} cannot be compared with {truth.shape}")
    errors = np.linalg.norm(predicted - truth, axis=-1)
    unmarked = np.isnan(truth).any(axis=-1)
    lost = ~np.isfinite(errors) & ~unmarked
    if lost.any():
        frame, joint = np.argwhere(lost)[0]
        raise InvalidInputError(f"joint {joint} of frame {frame} was predicted as no number")
    return np.where(unmarked, np.nan, errors)


def mean_error(errors: Floats) -> float:
    """Mean in mm over every marked joint of ``errors`` [N, J]; NaN if there is none."""
    marked = errors[np.isfinite(errors)]
    return float(marked.mean()) if marked.size else float("nan")


def per_joint_mean(errors: Floats) -> Floats:
    """Mean in mm of each joint [J] over the frames that mark it; NaN where none does."""
    return _mean(errors, axis=0)


def frame_mean(errors: Floats) -> Floats:
    """Mean joint error [N] of each frame in mm; NaN for a frame without marks."""
    return _mean(errors, axis=1)


def frame_max(errors: Floats) -> Floats:
    """Largest joint error [N] of each frame in mm; NaN for a frame without marks."""
    marked = np.isfinite(errors)
    largest = np.where(marked, errors, -np.inf).max(axis=1, initial=-np.inf)
    return np.where(marked.any(axis=1), largest, np.nan)


def fraction_under(values: Floats, thresholds_mm: ArrayLike) -> Floats:
    """Fraction [T] of ``values`` (any shape, NaN ignored) of at most each threshold."""
    thresholds = np.atleast_1d(np.asarray(thresholds_mm, np.float64))
    known = np.sort(values[np.isfinite(values)])
    if not known.size:
        return np.full(thresholds.shape, np.nan)
    return np.searchsorted(known, thresholds, side="right") / known.size


def area_under_curve(values: Floats, upto_mm: float = CURVE_MM) -> float:
    """Mean height in [0, 1] of the curve of ``fraction_under`` from 0 to ``upto_mm``.

    The exact integral of the step curve, whatever thresholds it is drawn with.
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return float("nan")
    return float(np.clip(1.0 - known / upto_mm, 0.0, 1.0).mean())


def _mean(errors: Floats, axis: int) -> Floats:
    marked = np.isfinite(errors)
    count = marked.sum(axis=axis)
    total = np.where(marked, errors, 0.0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
