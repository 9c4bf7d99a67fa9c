"""Reliability tables: of what is predicted with probability p, which share is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from training.figures import save_figure

CONFIDENCE_EDGES: Final = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
SIDE_EDGES: Final = (0.5, 0.7, 0.9, 0.97, 0.99, 1.0)


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """What is predicted with a probability in [``low``, ``high``): how often, with which mean
    probability ``predicted``, and the share that is ``right``."""

    low: float
    high: float
    count: int
    predicted: float
    right: float


def reliability(
    predicted: ArrayLike, right: ArrayLike, edges: Sequence[float]
) -> tuple[ReliabilityBin, ...]:
    """Bins between ``edges`` of probabilities ``predicted`` [N], each ``right`` [N] or not; the
    last one holds its upper edge. NaN in bins without any."""
    p, true = np.asarray(predicted, np.float64), np.asarray(right, bool)
    bins = []
    for low, high in pairwise(edges):
        inside = (p >= low) & ((p < high) | (high == edges[-1]))
        mean = (float(p[inside].mean()), float(true[inside].mean())) if inside.any() else None
        bins.append(ReliabilityBin(low, high, int(inside.sum()), *(mean or (np.nan, np.nan))))
    return tuple(bins)


def share_right(predicted: ArrayLike, right: ArrayLike, least: float) -> float:
    """Share that is right of all that is predicted with at least ``least``; NaN if nothing is."""
    chosen = np.asarray(right, bool)[np.asarray(predicted, np.float64) >= least]
    return float(chosen.mean()) if len(chosen) else float("nan")


def save_reliability(
    path: Path, title: str, curves: Mapping[str, Sequence[ReliabilityBin]]
) -> None:
    """Draw shares right over probabilities predicted, a curve each; the diagonal is perfect.

    Raises:
        ExportError: if the file cannot be written.
    """
    figure = Figure(figsize=(6.0, 6.0), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    for name, bins in curves.items():
        known = [each for each in bins if each.count]
        axes.plot([b.predicted for b in known], [b.right for b in known], marker="o", label=name)
    axes.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="predicted", ylabel="right", title=title)
    axes.legend()
    axes.grid(alpha=0.4)
    save_figure(figure, path)
