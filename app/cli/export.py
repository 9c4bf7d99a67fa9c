"""Write the hands in a recording, frame by frame as the window shows them.

Damaged frames are left out and counted. OUT appears when it is complete.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.arguments import add_files, add_tracking, chosen_frames, print_report, source_options
from app.cli.console import EXIT_OK
from engine.export.names import JointsFormat
from engine.pictures.view import PictureView


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    about = (
        "joints: .csv, .jsonl, .bvh, .pose, .mcap, .npz or -; depth: .db3, a folder; "
        "pictures with the hands drawn: .mp4, or a folder with --view"
    )
    add_files(parser, about)
    parser.add_argument(
        "--format",
        choices=[each.value for each in JointsFormat],
        help="write joints so, whatever the name of OUT (by its ending; csv to standard output)",
    )
    parser.add_argument(
        "--view",
        choices=[each.value for each in PictureView],
        help="draw the hands on these pictures (an .mp4: both where there is colour)",
    )
    add_tracking(parser)


def run(given: argparse.Namespace) -> int:
    """Write the joints and say what was written.

    Raises:
        CrossingHandsError: one clear line.
    """
    from engine.jobs.export_range import export_range
    from engine.progress import progress_bar

    options = source_options(given)
    with progress_bar(Path(given.source).name, "frame") as progress:
        kind = None if given.format is None else JointsFormat(given.format)
        view = None if given.view is None else PictureView(given.view)
        report = export_range(
            options,
            given.target,
            chosen=chosen_frames(given),
            kind=kind,
            view=view,
            progress=progress,
        )
    print_report(report.frames, report.written, report.damaged, report.reason, report.notice)
    return EXIT_OK
