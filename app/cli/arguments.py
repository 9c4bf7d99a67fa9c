"""Arguments that several commands take."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.console import print_status
from engine.run.replay_control import PlayRange
from engine.tracking.config import FIRST_DEVICE, Options, SideChoice

if TYPE_CHECKING:
    from engine.gestures.own import OwnGestures


def add_source(parser: argparse.ArgumentParser) -> None:
    """What the tracker and the studio have in common."""
    parser.add_argument("source", nargs="?", metavar="SOURCE", help="where depth comes from")
    parser.add_argument("--hands", type=int, metavar="N", help="most hands: 1 or 2 (1)")
    parser.add_argument(
        "--device", type=str.upper, metavar="D", help="OpenVINO device (CPU), also CPU:F32"
    )


def add_tracking(parser: argparse.ArgumentParser) -> None:
    """Which hands are followed, and by which networks."""
    parser.add_argument(
        "--side",
        choices=[each.value for each in SideChoice],
        help="which hand is shown, if you know it; the other side is not reported (either)",
    )
    parser.add_argument(
        "--models", type=Path, metavar="DIR", help="folder of networks instead of the shipped ones"
    )
    parser.add_argument(
        "--gestures",
        type=Path,
        metavar="FILE",
        help="own gestures to recognise beside the named ones (recorded in the window)",
    )


def chosen_gestures(given: argparse.Namespace) -> OwnGestures:
    """The own gestures that ``--gestures`` names; none without it.

    Raises:
        InvalidInputError: if the file cannot be used.
    """
    from engine.gestures.file import read_gestures
    from engine.gestures.own import NO_GESTURES

    return NO_GESTURES if given.gestures is None else read_gestures(given.gestures, given.models)


def chosen_models(given: argparse.Namespace) -> Path | None:
    """The folder that ``--models`` names, its networks verified; None for the shipped ones.

    Raises:
        ModelError: if a network in it is missing, damaged or made for another version.
    """
    if given.models is not None:
        from engine.tracking.pipeline import check_networks

        check_networks(given.models)
    models: Path | None = given.models
    return models


def source_options(given: argparse.Namespace) -> Options:
    """What ``add_source`` and ``--seed`` were given."""
    device = given.device or FIRST_DEVICE
    return Options(given.source, hands=given.hands or 1, device=device, seed=given.seed)


def add_files(parser: argparse.ArgumentParser, about_target: str) -> None:
    """What commands have in common that turn a recording into other files."""
    parser.add_argument("source", metavar="IN", help="a .bag, .db3 or .mcap recording, or a folder")
    parser.add_argument("target", metavar="OUT", type=Path, help=about_target)
    parser.add_argument(
        "--frames", type=int, nargs=2, metavar=("FIRST", "LAST"), help="only these, both included"
    )


def chosen_frames(given: argparse.Namespace) -> PlayRange | None:
    """The frames that ``--frames`` names; None for all."""
    return None if given.frames is None else PlayRange(*given.frames)


def print_report(
    frames: int, written: tuple[Path, ...], damaged: int, reason: str, notice: str
) -> None:
    """What was written, what was left out, and what there is to say about the source."""
    if notice:
        print_status(f"note: {notice}")
    if damaged:
        print_status(f"note: {damaged} damaged frames were left out ({reason})")
    for path in written:
        print_status(f"{frames} frames, wrote {path.resolve()}")
