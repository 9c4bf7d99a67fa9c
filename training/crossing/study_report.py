"""What the study found: tables, and the error drawn against the share of labels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.figure import Figure

from engine.errors import InvalidInputError
from engine.output import write_text
from training.figures import save_figure

TOLD_FRACTIONS: Final = (0.02, 1.0)
"""Of the labels, at which all that was measured is reported."""
LISTS: Final = {"claim": "paper_claim", "adaptation": "adaptation"}
"""What the lists of rows are called in the file that keeps them."""
FRACTIONS: Final = (0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
MEASURED: Final = "test/posterior_mm"
STATISTICS: Final = "test, statistics/posterior_mm"
COLUMNS: Final = {
    "posterior mm": (MEASURED,),
    "dense head mm": ("test/dense_mm",),
    "posterior mm, statistics of the unlabelled": (STATISTICS,),
    "posterior mm, like the labelled": ("test_labelled/posterior_mm",),
    "depth mm": ("test_labelled/depth_mm", "test/depth_mm"),
    "silhouette IoU": ("test_labelled/iou", "test/iou"),
    "minutes": ("minutes",),
}
"""What is reported of each way to train at one share of labels: the first figure that a run has.
Depth and silhouettes are compared on crops like the labelled ones: there is nothing but the hand,
and the generator draws no more."""
IOU: Final = "silhouette IoU"
DRAWN: Final = ("supervised", "supervised, fast", "crossing")
"""Variants reported at all shares of the labels; others are tried at one of them alone."""

Result = dict[str, Any]
"""A run's result, as its ``result.json`` has it."""


def table(results: Sequence[Result]) -> str:
    """Markdown: error of the posterior on the test people by share of labels; means over seeds
    ± their standard deviation."""
    lines = ["| labels | " + " | ".join(f"{100 * f:g}%" for f in FRACTIONS) + " |"]
    lines.append("|---" * (len(FRACTIONS) + 1) + "|")
    for key, runs in _rows(results, DRAWN).items():
        cells = [_cell(_errors(runs, fraction)) for fraction in FRACTIONS]
        lines.append(f"| {_named(*key)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def parts_table(results: Sequence[Result], fraction: float) -> str:
    """Markdown: all that was measured of each way to train at one ``fraction``; means over seeds
    ± their standard deviation, and how many there were."""
    lines = ["| trained with | seeds | " + " | ".join(COLUMNS) + " |"]
    lines.append("|---" * (len(COLUMNS) + 2) + "|")
    at = [run for run in results if run["fraction"] == fraction]
    for key, runs in _rows(at).items():
        values = [_first(runs, names) for names in COLUMNS.values()]
        digits = [2 if column == IOU else 1 for column in COLUMNS]
        cells = [_cell(v, d) for v, d in zip(values, digits, strict=True)]
        lines.append(f"| {_named(*key)} | {len(runs)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def row_of(result: Result) -> dict[str, Any]:
    """What is kept of a run."""
    equal = "" if result.get("budget", "steps") == "steps" else ", equal time"
    keys = ("labels", "unlabelled", "seed", "steps", "chosen_step", "minutes", "generator_minutes")
    return {
        "preset": result["preset"],
        "method": result["variant"] + equal,
        **{key: result[key] for key in keys},
        "validation_mm": result.get("validation/posterior_mm"),
        "test_mm": result[MEASURED],
        "test_mm_statistics_of_unlabelled": result.get(STATISTICS),
        "silhouette_iou": result.get("test/iou"),
    }


def write_rows(path: Path, question: str, results: Sequence[Result]) -> None:
    """Keep a row of each run in the JSON file ``path``, in place of those of the same question.

    Raises:
        InvalidInputError: if the file is there and no such file.
        ExportError: if it cannot be written.
    """
    kept: dict[str, Any] = {name: [] for name in LISTS.values()}
    if path.exists():
        try:
            kept |= {name: list(json.loads(path.read_text())[name]) for name in kept}
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise InvalidInputError(f"{path} does not keep the rows of a study: {error}") from error
    kept[LISTS[question]] = [row_of(result) for result in results]
    write_text(path, json.dumps(kept, indent=1) + "\n")


def save_curves(path: Path, results: Sequence[Result]) -> None:
    """Draw error against share of labels, a line for each way to train; a dot is a run.

    Raises:
        ExportError: if the file cannot be written.
    """
    figure = Figure(figsize=(8.0, 4.8), layout="constrained")
    axes = figure.subplots()
    for (preset, variant, unlabelled), runs in _rows(results, DRAWN).items():
        tried = [f for f in FRACTIONS if _errors(runs, f)]
        means = [np.mean(_errors(runs, f)) for f in tried]
        name = _named(preset, variant, unlabelled)
        (line,) = axes.plot(tried, means, "-" if unlabelled else "--", label=name)
        dots = [(run["fraction"], run[MEASURED]) for run in runs]
        axes.plot(*zip(*dots, strict=True), "o", color=line.get_color(), markersize=4)
    axes.set_xscale("log")
    axes.set_xticks(FRACTIONS, [f"{100 * f:g}%" for f in FRACTIONS], minor=False)
    axes.minorticks_off()
    axes.set(xlabel="share of labels", ylabel="mean joint error, mm")
    axes.grid(alpha=0.4)
    axes.legend(fontsize="small")
    save_figure(figure, path)


def _rows(
    results: Sequence[Result], variants: Sequence[str] | None = None
) -> dict[tuple[str, str, bool], list[Result]]:
    """Runs by preset, variant and whether they saw unlabelled crops, in a fixed order; those of
    ``variants`` (all if not given)."""
    rows: dict[tuple[str, str, bool], list[Result]] = {}
    for result in results:
        if variants is not None and result["variant"] not in variants:
            continue
        equal = "" if result.get("budget", "steps") == "steps" else ", equal time"
        key = (result["preset"], result["variant"] + equal, result["unlabelled"])
        rows.setdefault(key, []).append(result)
    return dict(sorted(rows.items()))


def _first(runs: Sequence[Result], names: Sequence[str]) -> list[float]:
    """Of each run the first figure of ``names`` that it has, if any."""
    known = [[run[name] for name in names if name in run] for run in runs]
    return [values[0] for values in known if values]


def _errors(runs: Sequence[Result], fraction: float) -> list[float]:
    return [run[MEASURED] for run in runs if run["fraction"] == fraction]


def _named(preset: str, variant: str, unlabelled: bool) -> str:
    return f"{preset}: {variant}, {'with' if unlabelled else 'without'} unlabelled"


def _cell(values: Sequence[float], digits: int = 1) -> str:
    if not values:
        return "-"
    spread = f" ± {np.std(values, ddof=1):.{digits}f}" if len(values) > 1 else ""
    return f"{np.mean(values):.{digits}f}{spread}"
