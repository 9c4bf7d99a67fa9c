"""Command line of Crossing Hands: opens the window, or does the same job without one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from app.display import has_display
from engine.config import Options
from engine.errors import CrossingHandsError, InvalidInputError

EXIT_OK: Final = 0
EXIT_UNUSABLE: Final = 2
EXIT_INTERRUPTED: Final = 130
DEMO_EXPORT: Final = Path("out/joints.csv")
DEMO_PICTURE: Final = Path("out/picture.png")

EPILOGUE: Final = """\
SOURCE is a RealSense recording (.bag, .db3), a folder of 16-bit PNGs with a camera.json,
'synthetic', or 'camera' ('camera:SERIAL' for a certain one). Without SOURCE: the camera if one
is attached, else the synthetic camera.

Exit codes: 0 done (also for a recording that stops early, which is reported), 2 something given
cannot be used, 130 interrupted. An interrupted export keeps its rows in FILE.csv.partial.
"""


def build_parser() -> argparse.ArgumentParser:
    """Describe the options of the tracker."""
    parser = argparse.ArgumentParser(
        prog="main.py",
        description="Metric 3D hand tracking from a depth camera, on a plain CPU.",
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", nargs="?", metavar="SOURCE", help="where depth comes from")
    parser.add_argument("--hands", type=int, default=1, metavar="N", help="most hands: 1 or 2 (1)")
    parser.add_argument(
        "--device", type=str.upper, default="CPU", metavar="D", help="OpenVINO device (CPU)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="S", help="seed of the synthetic camera (0)"
    )
    headless = parser.add_argument_group("without a window")
    headless.add_argument(
        "--headless", action="store_true", help="process every frame once, in order, and exit"
    )
    headless.add_argument("--export", type=Path, metavar="FILE.csv", help="write the joints here")
    headless.add_argument("--picture", type=Path, metavar="FILE.png", help="write a picture here")
    headless.add_argument(
        "--independent", action="store_true", help="take each frame alone: no tracking, smoothing"
    )
    headless.add_argument(
        "--seconds", type=float, metavar="S", help="stop after this much (cameras: 10)"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code."""
    given = build_parser().parse_args(arguments)
    try:
        return _run(given)
    except CrossingHandsError as error:
        _complain(f"error: {error}", error)
        return EXIT_UNUSABLE
    except KeyboardInterrupt as interrupt:
        _complain("interrupted", interrupt)
        return EXIT_INTERRUPTED


def _run(given: argparse.Namespace) -> int:
    options = Options(source=given.source, hands=given.hands, device=given.device, seed=given.seed)
    if given.headless:
        return _run_headless(options, given)
    _refuse_headless_options(given)
    if not has_display():
        _say("No display is available, so this runs without a window.")
        given.export, given.picture = DEMO_EXPORT, DEMO_PICTURE
        if options.source is None:
            options = Options("synthetic", options.hands, options.device, options.seed)
        return _run_headless(options, given)
    from app.application import run_gui

    return run_gui(options)


def _run_headless(options: Options, given: argparse.Namespace) -> int:
    from engine.headless import HeadlessJob, run_headless

    job = HeadlessJob(given.export, given.picture, given.independent, given.seconds)
    report = run_headless(options, job)
    if report.notice:
        _say(f"note: {report.notice}")
    share = report.frames_with_hand / report.frames
    _say(f"{report.frames} frames, a hand in {report.frames_with_hand} of them ({share:.0%})")
    for path in report.written:
        _say(f"wrote {path.resolve()}")
    return EXIT_OK


def _refuse_headless_options(given: argparse.Namespace) -> None:
    for name in ("export", "picture", "independent", "seconds"):
        if getattr(given, name) not in (None, False):
            raise InvalidInputError(f"--{name} needs --headless")


def _complain(text: str, error: BaseException) -> None:
    _say("; ".join([text, *getattr(error, "__notes__", [])]))


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
