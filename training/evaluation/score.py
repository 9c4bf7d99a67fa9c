"""Scores lists of predicted joints against a data set's truth, as the field's benchmark does.

A list has one line a frame, ``u v d`` (pixels, pixels, mm) for each joint; errors are distances
in 3D. ``python -m training score --dataset nyu --ground-truth F --predictions F [F...]``
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from engine.errors import InvalidInputError
from training.datasets.formats import BENCHMARKS, DatasetFormat, to_mm
from training.datasets.tables import read_joint_list
from training.evaluation.metrics import (
    Score,
    area_under_curve,
    fraction_under,
    frame_max,
    frame_mean,
    joint_errors,
    mean_error,
    per_joint_mean,
)

THRESHOLDS_MM: Final = (10.0, 20.0, 30.0, 40.0)


def score_lists(form: DatasetFormat, truth: Path, predictions: Sequence[Path]) -> list[Score]:
    """Compare lists of predictions with the list ``truth``, in the given order.

    Raises:
        InvalidInputError: naming the file, and the line where one is wrong.
    """
    joints = len(form.evaluated)
    truth_mm = to_mm(read_joint_list(truth, joints), form.camera)
    scores = []
    for path, name in zip(predictions, _names(predictions), strict=True):
        predicted = read_joint_list(path, joints)
        if len(predicted) < len(truth_mm):
            raise InvalidInputError(
                f"{path} ends after line {len(predicted)}, but {truth} has {len(truth_mm)} frames"
            )
        if len(predicted) > len(truth_mm):
            raise InvalidInputError(
                f"{path}, line {len(truth_mm) + 1} is one too many: "
                f"{truth} has {len(truth_mm)} frames"
            )
        scores.append(Score(name, joint_errors(to_mm(predicted, form.camera), truth_mm)))
    return scores


def _names(paths: Sequence[Path]) -> list[str]:
    """The files' names without suffix, whole paths where these are not unique."""
    stems = [path.stem for path in paths]
    return stems if len(set(stems)) == len(stems) else [str(path) for path in paths]


def score_table(scores: Sequence[Score], thresholds_mm: Sequence[float] = THRESHOLDS_MM) -> str:
    """Mean error, area under the curve of maximum errors, and fractions of frames."""
    heads = ["predictions", "mean mm", "max AUC"]
    for kind in ("mean", "max"):
        heads += [f"{kind}<{threshold:g}" for threshold in thresholds_mm]
    rows = []
    for score in scores:
        mean, largest = frame_mean(score.errors_mm), frame_max(score.errors_mm)
        numbers = [mean_error(score.errors_mm), area_under_curve(largest)]
        numbers += [*fraction_under(mean, thresholds_mm), *fraction_under(largest, thresholds_mm)]
        rows.append([score.name, *(f"{number:.3f}" for number in numbers)])
    return _aligned([heads, *rows])


def joint_table(form: DatasetFormat, scores: Sequence[Score]) -> str:
    """Mean error in mm of each joint, one column a list of predictions."""
    columns = [per_joint_mean(score.errors_mm) for score in scores]
    rows = [
        [name, *(f"{column[k]:.3f}" for column in columns)]
        for k, name in enumerate(form.evaluated_names)
    ]
    return _aligned([["mean mm", *(score.name for score in scores)], *rows])


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows
    ]
    return "\n".join(lines) + "\n"


def millimetres(text: str) -> float:
    """A length of the command line, finite and not negative."""
    value = float(text)
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(text)
    return value


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of ``python -m training score``."""
    parser.add_argument("--dataset", choices=tuple(BENCHMARKS), required=True)
    parser.add_argument("--ground-truth", type=Path, required=True, help="list of the true joints")
    parser.add_argument(
        "--predictions", type=Path, nargs="+", required=True, help="lists in the same order"
    )
    parser.add_argument(
        "--thresholds",
        type=millimetres,
        nargs="+",
        default=THRESHOLDS_MM,
        metavar="MM",
        help="for the fractions of frames whose mean or maximum joint error is below",
    )
    parser.add_argument("--per-joint", action="store_true", help="each joint's mean error too")
    parser.add_argument("--plot", type=Path, metavar="PNG", help="where to draw the curves")


def run(options: argparse.Namespace) -> None:
    """Score published or own predictions with the measures of the field's benchmark.

    Raises:
        InvalidInputError: if a list cannot be read or does not fit the truth.
        ExportError: if the plot cannot be written.
    """
    form = BENCHMARKS[options.dataset]
    scores = score_lists(form, options.ground_truth, options.predictions)
    sys.stdout.write(score_table(scores, options.thresholds))
    if options.per_joint:
        sys.stdout.write("\n" + joint_table(form, scores))
    if options.plot is not None:
        from training.evaluation.plots import save_score_plot

        save_score_plot(options.plot, form.name.upper(), form.evaluated_names, scores)
