"""``python -m training benchmark PART``: one part of the benchmark, or all of them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from training.arguments import add_compared_models, add_frames
from training.benchmark import crop_scores, real
from training.benchmark.calibration import measure_expected_errors
from training.benchmark.error_sources import measure_error_sources
from training.benchmark.fingerspelling import measure_fingerspelling
from training.benchmark.gestures import measure_gestures
from training.benchmark.hands import measure_hands, measure_scenes
from training.benchmark.motion import measure_motion
from training.benchmark.recovery import measure_recovery
from training.benchmark.report import SHARED, Part, Setting, candidates, write
from training.benchmark.sensor_takes import measure_unknown_sensor

PARTS: Final[dict[str, tuple[Part, str]]] = {
    "hands": (measure_hands, "synthetic hands of another origin, real poses, whole frames"),
    "fingerspelling": (
        measure_fingerspelling,
        "a real person's fingerspelling, of which only letters are known",
    ),
    "gestures": (measure_gestures, "gestures of synthetic hands and of fingerspelling"),
    "motion": (measure_motion, "jitter of still hands and lag of moving ones for each smoothing"),
    "scenes": (measure_scenes, "false alarms, two hands, faces, held things, sleeves, the edge"),
    "recovery": (measure_recovery, "how soon a hand that was lost is found again elsewhere"),
    "calibration": (measure_expected_errors, "whether hands are as far off as predicted"),
    "unknown-sensor": (
        measure_unknown_sensor,
        "another person's hand before a camera whose errors no network has seen",
    ),
    "error-sources": (measure_error_sources, "what the error on the usual frames is made of"),
}
STORE: Final = Path("runs/benchmark")


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command line of the benchmark."""
    parser = commands.add_parser(
        "benchmark",
        help="test the networks on hands they do not know",
        description=f"{run.__doc__}",
    )
    parts = parser.add_subparsers(required=True, metavar="PART")
    for name, (_, summary) in {**PARTS, "all": (None, "all of these parts")}.items():
        part = parts.add_parser(name, help=summary, description=f"{run.__doc__}")
        _add_arguments(part)
        part.set_defaults(work=run, part=name)
    for name, module, summary in (
        ("real", real, "real frames, false hands, hands of other origins, calibration"),
        ("crops", crop_scores, "an estimator's weights, on crops alone"),
    ):
        part = parts.add_parser(name, help=summary, description=module.run.__doc__)
        module.add_arguments(part)
        part.set_defaults(work=module.run)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_compared_models(parser)
    add_frames(parser, 200, "frames of the largest kind")
    parser.add_argument("--device", default="CPU", help="OpenVINO device")
    parser.add_argument(
        "--output", type=Path, default=Path("out/benchmark"), help="JSON and pictures"
    )
    parser.add_argument("--store", type=Path, default=STORE, help="frames made once")
    parser.add_argument(
        "--shared", type=Path, default=SHARED, help="folder with benchmarks/ and recordings/"
    )


def run(options: argparse.Namespace) -> None:
    """Measure networks on hands, sensors and scenes other than those they learned from.

    Prints Markdown tables, writes figures as JSON and contact sheets as PNG.

    Raises:
        InvalidInputError: if data that a part needs is missing.
        ModelError: if networks cannot be loaded.
    """
    setting = Setting(
        candidates(options.models, options.device),
        options.frames,
        options.seed,
        options.shared / "benchmarks",
        options.shared / "recordings",
        options.store,
        options.output,
    )
    for name in PARTS if options.part == "all" else [options.part]:
        report = PARTS[name][0](setting)
        write(report, options.output / f"{name}.json")
        sys.stdout.write(f"## {name}\n\n{report.markdown()}\n\n")
        sys.stdout.flush()
