"""The latent studio: sample, steer and question the model of hands.

Without --sample, --walk or --decode the window opens; SOURCE as in `main.py -h`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from app.cli.arguments import add_source, add_tracking, source_options, tracking_overrides
from app.cli.console import EXIT_OK, print_status
from app.display import has_display
from engine.errors import InvalidInputError
from engine.tracking.config import Options

DEMO_FOLDER: Final = Path("out/latent")
DEMO_HANDS: Final = 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add_source(parser)
    add_tracking(parser)
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of random hands (0)")
    data = parser.add_argument_group("data, without a window")
    data.add_argument("--sample", type=int, metavar="N", help="write N random hands")
    data.add_argument(
        "--walk", type=int, nargs=2, metavar="SEED", help="walk from one seed's hand to another's"
    )
    data.add_argument("--frames", type=int, metavar="K", help="hands of the walk (60)")
    data.add_argument(
        "--spherical", action="store_true", help="walk along an arc, not the straight line"
    )
    data.add_argument("--decode", metavar='"z0,z1,..."', help="write the hand of a copied vector")
    data.add_argument("--export", type=Path, metavar="DIR", help="folder to write, new or empty")
    data.add_argument(
        "--layout",
        choices=("folder", "msra", "nyu"),
        help="a recording that this program replays (folder), or a data set's layout",
    )


def run(given: argparse.Namespace) -> int:
    """Open the studio, or write hands.

    Raises:
        CrossingHandsError: one clear line.
    """
    options = source_options(given, seed=given.seed)
    if (given.sample, given.walk, given.decode) != (None, None, None):
        return _write_hands(options, given)
    for name in ("frames", "spherical", "export", "layout"):
        if getattr(given, name) not in (None, False):
            raise InvalidInputError(f"--{name} needs --sample, --walk or --decode")
    if has_display():
        from app.application import run_gui

        return run_gui(
            options,
            page="studio",
            overrides=tracking_overrides(given),
            device_given=given.device is not None,
            gestures_file=given.gestures,
        )
    print_status("No display is available, so this writes some hands without a window.")
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
    if (given.side, given.smoothing) != (None, None) and not replace:
        raise InvalidInputError("hands are made without tracking: leave --side, --smoothing out")
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
    count = run_job(job, device=options.device, directory=options.models)
    print_status(f"{count} {'hand' if count == 1 else 'hands'}, wrote {given.export.resolve()}")
    return EXIT_OK
