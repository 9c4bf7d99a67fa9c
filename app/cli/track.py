"""Metric 3D hand tracking from a depth camera, on a plain CPU.

SOURCE is a recording (.bag, .db3, .mcap, .pose), a folder of 16-bit PNGs with a camera.json,
'synthetic', or 'camera' ('camera:SERIAL' for a certain one, 'camera:SERIAL,848x480@60,PRESET' for
a certain mode). Without SOURCE: the camera if one is attached, else the synthetic camera.

`main.py cameras` lists what is attached and its modes; `main.py check` compares the devices that
can run the networks. `main.py latent` opens the latent studio, or writes its hands as data;
`main.py convert IN OUT` turns a recording into a .db3 or a folder; `main.py export IN OUT` writes
what the window shows of it as .csv, .jsonl, .bvh, .pose, .mcap, .npz or .mp4; `main.py poses`
searches .pose files for a pose. `main.py check-camera SOURCE` says whether a camera will do;
`main.py profiles` lists networks that were adapted to a camera, for --models. `main.py compare`
puts MediaPipe beside it. Each has a --help.

Several recordings with --headless --export DIR are done at once, each to a file of its name in DIR.

Exit codes: 0 done (also for a recording that stops early, which is reported), 2 something given
cannot be used (one of several recordings: the others are done), 130 interrupted. An interrupted
export of one source keeps its rows in FILE.csv.partial; of several recordings those stay that are
done.
"""

from __future__ import annotations

import argparse
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.cli.arguments import add_tracking, source_options, tracking_overrides
from app.cli.batch import run_several
from app.cli.console import EXIT_OK, print_status
from app.display import has_display
from engine.errors import InvalidInputError
from engine.export.names import JointsFormat
from engine.pictures.view import PictureView
from engine.stream.messages import NEWEST, VERSIONS
from engine.tracking.config import Options
from engine.tracking.smoothing import Smoothing

if TYPE_CHECKING:
    from engine.stream.streamer import Streamer

DEMO_EXPORT: Final = Path("out/joints.csv")
DEMO_PICTURE: Final = Path("out/picture.png")
HEADLESS_ONLY: Final = (
    *("export", "export_format", "gesture_column", "jobs", "measures", "picture"),
    *("independent", "lsl", "rerun", "seconds", "view"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "sources", nargs="*", metavar="SOURCE", help="where depth comes from; several: --headless"
    )
    add_tracking(parser)
    parser.add_argument(
        "--seed", type=int, default=0, metavar="S", help="seed of the synthetic camera (0)"
    )
    streams = parser.add_argument_group("joints live, to this computer unless HOST says otherwise")
    streams.add_argument(
        "--stream-ws", metavar="[HOST:]PORT", help="serve WebSocket clients here (JSON)"
    )
    streams.add_argument("--stream-osc", metavar="[HOST:]PORT", help="send OSC datagrams there")
    streams.add_argument(
        "--stream-vmc",
        metavar="[HOST:]PORT",
        help="move an avatar's hands there (VMC)",
    )
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
        help="write the hands here (.csv, .jsonl, .bvh, .pose, .mcap, .npz; - is standard output); "
        "of several recordings: a folder",
    )
    headless.add_argument(
        "--export-format",
        choices=[each.value for each in JointsFormat],
        help="what --export writes, whatever its name (by its ending, else csv)",
    )
    headless.add_argument(
        "--gesture-column", action="store_true", help="add the gesture to the joints' .csv"
    )
    headless.add_argument(
        "--measures", type=Path, metavar="FILE.csv", help="write angles, pinch, openness, ... here"
    )
    headless.add_argument(
        "--rerun",
        type=Path,
        metavar="FILE.rrd",
        help="log depth, points, skeletons and plots for Rerun; 'viewer' shows them at once",
    )
    headless.add_argument(
        "--lsl", metavar="NAME", help="send joints and gestures to the Lab Streaming Layer"
    )
    headless.add_argument("--picture", type=Path, metavar="FILE.png", help="write a picture here")
    headless.add_argument(
        "--view",
        choices=[each.value for each in PictureView],
        help="what the picture shows (depth)",
    )
    headless.add_argument(
        "--independent", action="store_true", help="take each frame alone: no tracking, smoothing"
    )
    headless.add_argument(
        "--jobs",
        type=int,
        metavar="N",
        help="recordings at once (as many as cores); makes --export a folder for a single one, too",
    )
    headless.add_argument(
        "--seconds",
        type=float,
        metavar="S",
        help="stop after this much (cameras: 10, endless if streamed)",
    )


def run(given: argparse.Namespace) -> int:
    """Open the window, or process a source without one.

    Raises:
        CrossingHandsError: one clear line.
    """
    if given.independent and given.smoothing not in (None, Smoothing.OFF.value):
        raise InvalidInputError("--independent is without smoothing: leave one of the two out")
    given.source = given.sources[0] if given.sources else None
    options = source_options(given, seed=given.seed)
    if not given.headless:
        _refuse_headless_options(given)
    if len(given.sources) > 1 or given.jobs is not None:
        return run_several(options, given)
    with closing(_open_streams(given)) as streamer:
        if given.headless:
            return _run_headless(options, given, streamer)
        if has_display():
            from app.application import run_gui

            asked = given.device is not None
            return run_gui(
                options,
                streamer=streamer,
                overrides=tracking_overrides(given),
                device_given=asked,
                gestures_file=given.gestures,
            )
        print_status("No display is available, so this runs without a window.")
        given.export, given.picture = DEMO_EXPORT, DEMO_PICTURE
        if options.source is None:
            options = replace(options, source="synthetic")
        return _run_headless(options, given, streamer)


def _open_streams(given: argparse.Namespace) -> Streamer:
    """Streams that are asked for, before anything slow, as their addresses may be taken."""
    from engine.stream.address import Address
    from engine.stream.output import StreamKind
    from engine.stream.streamer import Streamer

    asked = {
        StreamKind.WEBSOCKET: given.stream_ws,
        StreamKind.OSC: given.stream_osc,
        StreamKind.VMC: given.stream_vmc,
    }
    addresses = {kind: Address.parse(text) for kind, text in asked.items() if text is not None}
    streamer = Streamer(version=given.stream_version)
    try:
        for kind, address in addresses.items():
            print_status(f"streaming joints by {kind.value} at {streamer.switch_on(kind, address)}")
    except BaseException:
        streamer.close()
        raise
    return streamer


def _run_headless(options: Options, given: argparse.Namespace, streamer: Streamer) -> int:
    from engine.jobs.headless import HeadlessJob, run_headless

    job = HeadlessJob(
        given.export,
        given.picture,
        given.independent,
        given.seconds,
        given.measures,
        None if given.export_format is None else JointsFormat(given.export_format),
        given.gesture_column,
        given.rerun,
        given.lsl,
        PictureView.DEPTH if given.view is None else PictureView(given.view),
    )
    report = run_headless(options, job, streamer if streamer.snapshot().outputs else None)
    if report.notice:
        print_status(f"note: {report.notice}")
    share = report.frames_with_hand / report.frames
    print_status(
        f"{report.frames} frames, a hand in {report.frames_with_hand} of them ({share:.0%})"
    )
    for path in report.written:
        print_status(f"wrote {path.resolve()}")
    return EXIT_OK


def _refuse_headless_options(given: argparse.Namespace) -> None:
    for name in HEADLESS_ONLY:
        if getattr(given, name) not in (None, False):
            raise InvalidInputError(f"--{name.replace('_', '-')} needs --headless")
