"""``main.py convert`` and ``main.py export``: recordings to other files, without a window."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from engine.export.names import JointsFormat
from engine.tracking.config import Options
from engine.tracking.smooth import Smoothing

if TYPE_CHECKING:
    from engine.run.replay_control import PlayRange

Say = Callable[[str], object]


def build_convert_parser() -> argparse.ArgumentParser:
    """Describe the options of ``main.py convert``."""
    parser = argparse.ArgumentParser(
        prog="main.py convert",
        description="Copy a recording into another kind of file, without loss of depth.",
        epilog="Damaged frames are left out and counted. OUT appears when it is complete.",
    )
    _add_files(parser, "a .db3, or else a new folder")
    return parser


def build_export_parser() -> argparse.ArgumentParser:
    """Describe the options of ``main.py export``."""
    parser = argparse.ArgumentParser(
        prog="main.py export",
        description="Write the hands in a recording, frame by frame as the window shows them.",
        epilog="Damaged frames are left out and counted. OUT appears when it is complete.",
    )
    about = ".csv, .jsonl, .bvh or - (standard output) for joints; .db3 or a new folder for depth"
    _add_files(parser, about)
    parser.add_argument(
        "--format",
        choices=[each.value for each in JointsFormat],
        help="write joints so, whatever the name of OUT (by its ending; csv to standard output)",
    )
    parser.add_argument("--hands", type=int, default=1, metavar="N", help="most hands: 1 or 2 (1)")
    parser.add_argument(
        "--smoothing",
        choices=[level.value for level in Smoothing],
        default=Smoothing.NORMAL.value,
        help="how calm joints are made, and how late (normal)",
    )
    parser.add_argument(
        "--device", type=str.upper, default="CPU", metavar="D", help="OpenVINO device (CPU)"
    )
    return parser


def run_convert(given: argparse.Namespace, say: Say) -> None:
    """Copy the recording and say what was written.

    Raises:
        CrossingHandsError: one clear line.
    """
    from engine.jobs.convert import convert
    from engine.progress import progress_bar

    with progress_bar(Path(given.source).name, "frame") as progress:
        report = convert(given.source, given.target, chosen=_chosen(given), progress=progress)
    _tell(report.frames, (given.target,), report.damaged, report.reason, say)


def run_export(given: argparse.Namespace, say: Say) -> None:
    """Write the joints and say what was written.

    Raises:
        CrossingHandsError: one clear line.
    """
    from engine.jobs.export_range import export_range
    from engine.progress import progress_bar

    options = Options(given.source, given.hands, given.device, smoothing=Smoothing(given.smoothing))
    with progress_bar(Path(given.source).name, "frame") as progress:
        kind = None if given.format is None else JointsFormat(given.format)
        report = export_range(
            options, given.target, chosen=_chosen(given), kind=kind, progress=progress
        )
    _tell(report.frames, report.written, report.damaged, report.reason, say)


def _add_files(parser: argparse.ArgumentParser, about_target: str) -> None:
    parser.add_argument("source", metavar="IN", help="a .bag or .db3 recording, or a folder")
    parser.add_argument("target", metavar="OUT", type=Path, help=about_target)
    parser.add_argument(
        "--frames", type=int, nargs=2, metavar=("FIRST", "LAST"), help="only these, both included"
    )


def _tell(frames: int, written: tuple[Path, ...], damaged: int, reason: str, say: Say) -> None:
    if damaged:
        say(f"note: {damaged} damaged frames were left out ({reason})")
    for path in written:
        say(f"{frames} frames, wrote {path.resolve()}")


def _chosen(given: argparse.Namespace) -> PlayRange | None:
    from engine.run.replay_control import PlayRange

    return None if given.frames is None else PlayRange(*given.frames)
