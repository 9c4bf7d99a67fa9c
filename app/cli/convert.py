"""Copy a recording into another kind of file, without loss of depth.

Damaged frames are left out and counted. OUT appears when it is complete.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.arguments import add_files, chosen_frames, print_report
from app.cli.console import EXIT_OK


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add_files(parser, "a .db3, or else a new folder")


def run(given: argparse.Namespace) -> int:
    """Copy the recording and say what was written.

    Raises:
        CrossingHandsError: one clear line.
    """
    from engine.jobs.convert import convert
    from engine.progress import progress_bar

    with progress_bar(Path(given.source).name, "frame") as progress:
        report = convert(given.source, given.target, chosen=chosen_frames(given), progress=progress)
    print_report(report.frames, (given.target,), report.damaged, report.reason, report.notice)
    return EXIT_OK
