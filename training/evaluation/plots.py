"""Plots of scores as PNG files, drawn without a display."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.evaluation.metrics import (
    CURVE_MM,
    Floats,
    Score,
    fraction_under,
    frame_max,
    frame_mean,
    mean_error,
    per_joint_mean,
)
from training.figures import save_figure

DASHES: Final = ("-", "--", ":", "-.")
_COLOURS: Final = colormaps["tab10"]


def save_score_plot(
    path: Path, title: str, joint_names: Sequence[str], scores: Sequence[Score]
) -> None:
    """Draw the fractions of frames under a maximum and a mean error, and each joint's error.

    Raises:
        ExportError: if the file cannot be written.
    """
    figure = Figure(figsize=(12.0, 9.0), layout="constrained")
    grid = figure.add_gridspec(2, 2)
    for column, (measure, label) in enumerate(
        ((frame_max, "maximum joint error"), (frame_mean, "mean joint error"))
    ):
        _draw_curves(figure.add_subplot(grid[0, column]), scores, measure, label)
    _draw_bars(figure.add_subplot(grid[1, :]), joint_names, scores)
    labels = [f"{score.name} ({mean_error(score.errors_mm):.3f} mm)" for score in scores]
    handles = figure.axes[0].get_lines()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize="small")
    figure.suptitle(title)
    save_figure(figure, path)


def _style(number: int) -> dict[str, Any]:
    """Colour and dashes that tell up to 40 lists apart."""
    return {"color": _COLOURS(number % 10), "linestyle": DASHES[number // 10 % len(DASHES)]}


def _draw_curves(
    axes: Axes, scores: Sequence[Score], measure: Callable[[Floats], Floats], label: str
) -> None:
    thresholds = np.linspace(0.0, CURVE_MM, 321)
    for number, score in enumerate(scores):
        fractions = fraction_under(measure(score.errors_mm), thresholds)
        axes.plot(thresholds, fractions, **_style(number))
    axes.set(xlim=(0.0, CURVE_MM), ylim=(0.0, 1.0))
    axes.set_xlabel(f"{label} of at most (mm)")
    axes.set_ylabel("fraction of frames")
    axes.grid(alpha=0.4)


def _draw_bars(axes: Axes, joint_names: Sequence[str], scores: Sequence[Score]) -> None:
    names = [*joint_names, "mean"]
    width = 0.8 / max(len(scores), 1)
    for number, score in enumerate(scores):
        heights = np.append(per_joint_mean(score.errors_mm), mean_error(score.errors_mm))
        places = np.arange(len(names)) + (number + 0.5) * width - 0.4
        axes.bar(places, heights, width, color=_COLOURS(number % 10))
    axes.set_xticks(np.arange(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.set_ylabel("mean error (mm)")
    axes.grid(axis="y", alpha=0.4)
    axes.set_axisbelow(True)
