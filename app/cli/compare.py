"""Let this program (on depth) and MediaPipe (on colour) look at the same frames: time, hands found,
sides, jitter, and errors where the truth is known.

MediaPipe lives in an environment of its own: python3.11 -m venv mp && mp/bin/pip install
mediapipe==0.10.21. The synthetic camera knows the truth.
"""

from __future__ import annotations

import argparse
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from app.cli.arguments import add_source, add_tracking, source_options
from app.cli.console import EXIT_OK, print_output, print_status
from engine.errors import InvalidInputError

if TYPE_CHECKING:
    from engine.jobs.compare import Comparison, Figures
    from engine.sources.base import DepthSource
    from engine.tracking.config import Options

FRAMES: Final = 300


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add_source(parser)
    add_tracking(parser)
    parser.add_argument(
        "--mediapipe-python",
        type=Path,
        required=True,
        metavar="PYTHON",
        help="the interpreter that has MediaPipe",
    )
    parser.add_argument(
        "--frames", type=int, default=FRAMES, metavar="N", help="how many (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the synthetic camera")
    parser.add_argument(
        "--hand", type=Path, metavar="HAND.npz", help="another hand for the synthetic camera"
    )
    parser.add_argument(
        "--labels", type=Path, metavar="FILE.json", help="true joints of a recording's frames"
    )
    parser.add_argument(
        "--lite", action="store_true", help="MediaPipe's lighter landmark model, not the full one"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(given: argparse.Namespace) -> int:
    """Compare and print a table.

    Raises:
        CrossingHandsError: one clear line.
    """
    from engine.jobs.compare import compare, truth_of
    from engine.jobs.mediapipe_hands import MediaPipe
    from engine.jobs.networks import load_pipeline
    from engine.progress import progress_bar

    if given.frames < 1:
        raise InvalidInputError(f"frames must be at least 1, not {given.frames}")
    options = source_options(given, seed=given.seed)
    if options.source is None:
        options = replace(options, source="synthetic")
    with closing(_opened(options, given.hand)) as source:
        truth = truth_of(source, given.labels)
        complexity = 0 if given.lite else 1
        with (
            MediaPipe(
                given.mediapipe_python, complexity=complexity, hands=options.tracking.hands
            ) as mediapipe,
            progress_bar(source.name, "frame") as progress,
        ):
            found = compare(
                source,
                load_pipeline(options, source),
                mediapipe,
                frames=given.frames,
                tracking=options.tracking,
                truth=truth,
                progress=progress,
            )
    if found.without_colour:
        print_status(f"note: {found.without_colour} frames without colour were left out")
    if given.json:
        rows = {name: figure_fields(each, found.truth) for name, each in found.figures.items()}
        print_output(json.dumps(rows, indent=1))
    else:
        for line in table(found):
            print_output(line)
    return EXIT_OK


def _opened(options: Options, hand: Path | None) -> DepthSource:
    from engine.jobs.networks import open_any
    from engine.simulation.model import HandModel
    from engine.sources.base import ColourSwitch
    from engine.sources.synthetic import SyntheticCamera

    if hand is not None and options.source != "synthetic":
        raise InvalidInputError("--hand is for the synthetic camera: SOURCE must be synthetic")
    if hand is None:
        source = open_any(options)
    else:
        source = SyntheticCamera(options.seed, model=HandModel.load(hand))
    if isinstance(source, ColourSwitch):
        source.show_colour(True)
    return source


def figure_fields(figures: Figures, truth: bool) -> dict[str, float]:
    """The figures of one tracker, in the order of the table; NaN where there is none."""
    times = np.array(figures.times_ms)
    fields = {
        "frames": float(figures.frames),
        "ms a frame, median": float(np.median(times)),
        "ms a frame, p99": float(np.percentile(times, 99)),
        "frames with a hand, %": 100.0 * figures.reported / figures.frames,
    }
    if not truth:
        return fields | {"movement from frame to frame, px": _mean(figures.changes_px)}
    return fields | {
        "found, %": 100.0 * figures.found / figures.frames,
        "side right, %": 100.0 * figures.right_sides / max(figures.found, 1),
        "error in the image, px": _mean(figures.errors_px),
        "jitter against the truth, px": _mean(figures.changes_px),
        "3D error of the shape, mm": _mean(figures.shape_mm),
        "3D error in the camera's frame, mm": _mean(figures.place_mm),
    }


def table(found: Comparison) -> list[str]:
    """The figures side by side, for a terminal."""
    columns = {name: figure_fields(each, found.truth) for name, each in found.figures.items()}
    lines = [f"{'':36}" + "".join(f"{name:>22}" for name in columns)]
    for row in next(iter(columns.values())):
        values = "".join(f"{_in_words(fields[row]):>22}" for fields in columns.values())
        lines.append(f"{row:36}{values}")
    return lines


def _mean(values: list[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


def _in_words(value: float) -> str:
    return f"{value:.1f}" if np.isfinite(value) else "–"
