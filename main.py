"""Command line of Crossing Hands: opens the window, or does the same job without one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.cli.cameras import build_cameras_parser, run_cameras
from app.cli.check import build_check_parser, run_check
from app.cli.latent import add_source, build_latent_parser
from app.cli.recordings import (
    build_convert_parser,
    build_export_parser,
    run_convert,
    run_export,
)
from app.display import has_display
from app.exit_process import exit_process
from engine.errors import CrossingHandsError, InvalidInputError, with_notes
from engine.export.names import JointsFormat
from engine.stream.messages import NEWEST, VERSIONS
from engine.tracking.config import FIRST_DEVICE, Options, TrackingOverrides, TrackingSettings
from engine.tracking.smooth import Smoothing

if TYPE_CHECKING:
    from engine.stream.streamer import Streamer

Work = Callable[[argparse.Namespace], int]

EXIT_OK: Final = 0
EXIT_UNUSABLE: Final = 2
EXIT_INTERRUPTED: Final = 130
DEMO_EXPORT: Final = Path("out/joints.csv")
DEMO_PICTURE: Final = Path("out/picture.png")
DEMO_FOLDER: Final = Path("out/latent")
DEMO_HANDS: Final = 30
LEVELS: Final = tuple(level.value for level in Smoothing)

EPILOGUE: Final = """\
SOURCE is a RealSense recording (.bag, .db3), a folder of 16-bit PNGs with a camera.json,
'synthetic', or 'camera' ('camera:SERIAL' for a certain one, 'camera:SERIAL,848x480@60,PRESET' for
a certain mode). Without SOURCE: the camera if one is attached, else the synthetic camera.

`main.py cameras` lists what is attached and its modes; `main.py check` compares the devices that
can run the networks. `main.py latent` opens the latent studio, or writes its hands as data;
`main.py convert IN OUT` turns a recording into a .db3 or a folder; `main.py export IN OUT` writes
what the window shows of it as .csv, .jsonl or .bvh. Each has a --help.

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
    add_source(parser)
    parser.add_argument(
        "--smoothing", choices=LEVELS, help="how calm joints are made, and how late (normal)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="S", help="seed of the synthetic camera (0)"
    )
    streams = parser.add_argument_group("joints live, to this computer unless HOST says otherwise")
    streams.add_argument(
        "--stream-ws", metavar="[HOST:]PORT", help="serve WebSocket clients here (JSON)"
    )
    streams.add_argument("--stream-osc", metavar="[HOST:]PORT", help="send OSC datagrams there")
    streams.add_argument(
        "--stream-version",
        type=int,
        choices=VERSIONS,
        default=NEWEST,
        help="of the messages (%(default)s); 1 is for programs written for the older ones",
    )
    headless = parser.add_argument_group("without a window")
    headless.add_argument(
        "--headless", action="store_true", help="process every frame once, in order, and exit"
    )
    headless.add_argument(
        "--export",
        type=Path,
        metavar="FILE",
        help="write the joints here (.csv, .jsonl, .bvh; - is standard output)",
    )
    headless.add_argument(
        "--export-format",
        choices=[each.value for each in JointsFormat],
        help="what --export writes, whatever its name (by its ending, else csv)",
    )
    headless.add_argument(
        "--measures", type=Path, metavar="FILE.csv", help="write angles, pinch, openness, ... here"
    )
    headless.add_argument("--picture", type=Path, metavar="FILE.png", help="write a picture here")
    headless.add_argument(
        "--independent", action="store_true", help="take each frame alone: no tracking, smoothing"
    )
    headless.add_argument(
        "--seconds",
        type=float,
        metavar="S",
        help="stop after this much (cameras: 10, endless if streamed)",
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    work: Work = _run
    build = build_parser
    if words and words[0] in COMMANDS:
        work, build = COMMANDS[words.pop(0)]
    given = build().parse_args(_joined(words))
    try:
        return work(given)
    except CrossingHandsError as error:
        _complain(f"error: {error}", error)
        return EXIT_UNUSABLE
    except KeyboardInterrupt as interrupt:
        _complain("interrupted", interrupt)
        return EXIT_INTERRUPTED


def _run(given: argparse.Namespace) -> int:
    if given.independent and given.smoothing not in (None, Smoothing.OFF.value):
        raise InvalidInputError("--independent is without smoothing: leave one of the two out")
    overrides = TrackingOverrides(
        given.hands, None if given.smoothing is None else Smoothing(given.smoothing)
    )
    options = _options(given).with_tracking(overrides.applied_to(TrackingSettings()))
    if not given.headless:
        _refuse_headless_options(given)
    with closing(_open_streams(given)) as streamer:
        if given.headless:
            return _run_headless(options, given, streamer)
        if has_display():
            from app.application import run_gui

            asked = given.device is not None
            return run_gui(options, streamer=streamer, overrides=overrides, device_given=asked)
        _say("No display is available, so this runs without a window.")
        given.export, given.picture = DEMO_EXPORT, DEMO_PICTURE
        if options.source is None:
            options = replace(options, source="synthetic")
        return _run_headless(options, given, streamer)


def _options(given: argparse.Namespace) -> Options:
    device = given.device or FIRST_DEVICE
    return Options(given.source, hands=given.hands or 1, device=device, seed=given.seed)


def _open_streams(given: argparse.Namespace) -> Streamer:
    """Streams that are asked for, before anything slow, as their addresses may be taken."""
    from engine.stream.address import Address
    from engine.stream.output import StreamKind
    from engine.stream.streamer import Streamer

    asked = {StreamKind.WEBSOCKET: given.stream_ws, StreamKind.OSC: given.stream_osc}
    addresses = {kind: Address.parse(text) for kind, text in asked.items() if text is not None}
    streamer = Streamer(version=given.stream_version)
    try:
        for kind, address in addresses.items():
            _say(f"streaming joints by {kind.value} at {streamer.switch_on(kind, address)}")
    except BaseException:
        streamer.close()
        raise
    return streamer


def _joined(words: list[str]) -> list[str]:
    """``words`` with ``--decode`` tied to its vector, whose minus would else begin an option."""
    if "--decode" not in words[:-1]:
        return words
    place = words.index("--decode")
    return [*words[:place], f"--decode={words[place + 1]}", *words[place + 2 :]]


def _run_latent(given: argparse.Namespace) -> int:
    options = _options(given)
    if (given.sample, given.walk, given.decode) != (None, None, None):
        return _write_hands(options, given)
    for name in ("frames", "spherical", "export", "layout"):
        if getattr(given, name) not in (None, False):
            raise InvalidInputError(f"--{name} needs --sample, --walk or --decode")
    if has_display():
        from app.application import run_gui

        asked = given.device is not None
        return run_gui(
            options, page="studio", overrides=TrackingOverrides(given.hands), device_given=asked
        )
    _say("No display is available, so this writes some hands without a window.")
    given.sample, given.export = DEMO_HANDS, DEMO_FOLDER
    return _write_hands(options, given, replace=True)


def _write_hands(options: Options, given: argparse.Namespace, *, replace: bool = False) -> int:
    from engine.latent.job import WALK_FRAMES, LatentJob, run_job
    from engine.latent.layouts import LayoutKind
    from engine.latent.walk import WalkKind

    if given.export is None:
        raise InvalidInputError("--sample, --walk and --decode need --export DIR")
    if options.source is not None and not replace:
        raise InvalidInputError("hands are made without a SOURCE")
    if given.walk is None and (given.frames is not None or given.spherical):
        raise InvalidInputError("--frames and --spherical need --walk")
    job = LatentJob(
        given.export,
        sample=given.sample,
        seed=given.seed,
        walk=None if given.walk is None else (given.walk[0], given.walk[1]),
        frames=WALK_FRAMES if given.frames is None else given.frames,
        kind=WalkKind.SPHERICAL if given.spherical else WalkKind.LINEAR,
        decode=given.decode,
        layout=LayoutKind(given.layout or "folder"),
        replace=replace,
    )
    count = run_job(job, device=options.device)
    _say(f"{count} {'hand' if count == 1 else 'hands'}, wrote {given.export.resolve()}")
    return EXIT_OK


def _convert(given: argparse.Namespace) -> int:
    run_convert(given, _say)
    return EXIT_OK


def _cameras(_: argparse.Namespace) -> int:
    run_cameras(_tell)
    return EXIT_OK


def _check(given: argparse.Namespace) -> int:
    run_check(given.device, _tell, _say)
    return EXIT_OK


def _export(given: argparse.Namespace) -> int:
    run_export(given, _say)
    return EXIT_OK


def _run_headless(options: Options, given: argparse.Namespace, streamer: Streamer) -> int:
    from engine.jobs.headless import HeadlessJob, run_headless

    job = HeadlessJob(
        given.export,
        given.picture,
        given.independent,
        given.seconds,
        given.measures,
        None if given.export_format is None else JointsFormat(given.export_format),
    )
    report = run_headless(options, job, streamer if streamer.snapshot().outputs else None)
    if report.notice:
        _say(f"note: {report.notice}")
    share = report.frames_with_hand / report.frames
    _say(f"{report.frames} frames, a hand in {report.frames_with_hand} of them ({share:.0%})")
    for path in report.written:
        _say(f"wrote {path.resolve()}")
    return EXIT_OK


def _refuse_headless_options(given: argparse.Namespace) -> None:
    for name in ("export", "export_format", "measures", "picture", "independent", "seconds"):
        if getattr(given, name) not in (None, False):
            raise InvalidInputError(f"--{name.replace('_', '-')} needs --headless")


def _complain(text: str, error: BaseException) -> None:
    _say(with_notes(text, error))


def _tell(text: str) -> None:
    """What was asked for, as against what happens meanwhile."""
    sys.stdout.write(f"{text}\n")


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


COMMANDS: Final[dict[str, tuple[Work, Callable[[], argparse.ArgumentParser]]]] = {
    "latent": (_run_latent, build_latent_parser),
    "convert": (_convert, build_convert_parser),
    "export": (_export, build_export_parser),
    "cameras": (_cameras, build_cameras_parser),
    "check": (_check, build_check_parser),
}
"""What stands in SOURCE's place for other work than tracking."""

if __name__ == "__main__":
    exit_process(main())
