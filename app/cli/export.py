"""``main.py export``: what the window shows of a recording, as files."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.arguments import (
    add_files,
    add_tracking,
    chosen_frames,
    chosen_gestures,
    chosen_models,
    print_report,
)
from app.cli.console import EXIT_OK
from engine.export.names import JointsFormat
from engine.tracking.config import Options, SideChoice
from engine.tracking.smooth import Smoothing


def build_parser() -> argparse.ArgumentParser:
    """Describe the options of the command."""
    parser = argparse.ArgumentParser(
        prog="main.py export",
        description="Write the hands in a recording, frame by frame as the window shows them.",
        epilog="Damaged frames are left out and counted. OUT appears when it is complete.",
    )
    about = ".csv, .jsonl, .bvh or - (standard output) for joints; .db3 or a new folder for depth"
    add_files(parser, about)
    parser.add_argument(
        "--format",
        choices=[each.value for each in JointsFormat],
        help="write joints so, whatever the name of OUT (by its ending; csv to standard output)",
    )
    parser.add_argument("--hands", type=int, default=1, metavar="N", help="most hands: 1 or 2 (1)")
    add_tracking(parser)
    parser.add_argument(
        "--smoothing",
        choices=[level.value for level in Smoothing],
        default=Smoothing.NORMAL.value,
        help="how strongly joints are smoothed, against delay (normal)",
    )
    parser.add_argument(
        "--device", type=str.upper, default="CPU", metavar="D", help="OpenVINO device (CPU)"
    )
    return parser


def run(given: argparse.Namespace) -> int:
    """Write the joints and say what was written.

    Raises:
        CrossingHandsError: one clear line.
    """
    from engine.jobs.export_range import export_range
    from engine.progress import progress_bar

    options = Options(
        given.source,
        given.hands,
        given.device,
        smoothing=Smoothing(given.smoothing),
        side=SideChoice(given.side or SideChoice.EITHER.value),
        models=chosen_models(given),
        gestures=chosen_gestures(given),
    )
    with progress_bar(Path(given.source).name, "frame") as progress:
        kind = None if given.format is None else JointsFormat(given.format)
        report = export_range(
            options, given.target, chosen=chosen_frames(given), kind=kind, progress=progress
        )
    print_report(report.frames, report.written, report.damaged, report.reason, report.notice)
    return EXIT_OK
