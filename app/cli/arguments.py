"""Arguments that several commands take."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from app.cli.console import print_status
from engine.run.replay_control import PlayRange
from engine.tracking.config import FIRST_DEVICE, Options, SideChoice, TrackingOverrides
from engine.tracking.smoothing import Smoothing


def add_source(parser: argparse.ArgumentParser) -> None:
    """Where depth comes from, for commands that have a default."""
    parser.add_argument("source", nargs="?", metavar="SOURCE", help="where depth comes from")


def add_tracking(parser: argparse.ArgumentParser) -> None:
    """Which hands are followed, how, and by which networks."""
    parser.add_argument("--hands", type=int, metavar="N", help="most hands: 1 or 2 (1)")
    parser.add_argument(
        "--side",
        choices=[each.value for each in SideChoice],
        help="which hand is shown, if you know it; the other side is not reported (either)",
    )
    parser.add_argument(
        "--smoothing",
        choices=[level.value for level in Smoothing],
        help="how strongly joints are smoothed, against delay (normal)",
    )
    parser.add_argument(
        "--models",
        type=Path,
        metavar="DIR",
        help="folder of networks, or name of a profile, instead of the shipped networks",
    )
    parser.add_argument(
        "--device", type=str.upper, metavar="D", help="OpenVINO device (CPU), also CPU:F32"
    )
    parser.add_argument(
        "--gestures",
        type=Path,
        metavar="FILE",
        help="own gestures to recognise beside the named ones (recorded in the window)",
    )


def tracking_overrides(given: argparse.Namespace) -> TrackingOverrides:
    """The settings that ``add_tracking`` was given."""
    return TrackingOverrides(
        given.hands,
        None if given.smoothing is None else Smoothing(given.smoothing),
        None if given.side is None else SideChoice(given.side),
    )


def source_options(given: argparse.Namespace, *, seed: int = 0) -> Options:
    """The source and what ``add_tracking`` was given; the folder of networks is verified.

    Raises:
        InvalidInputError: naming the option or the file of gestures that is not usable.
        ModelError: if a network in the folder is missing, damaged or made for another version.
    """
    device = given.device or FIRST_DEVICE
    models = _chosen_models(given)
    options = Options(given.source, device=device, seed=seed, models=models)
    options = options.with_tracking(tracking_overrides(given).applied_to(options.tracking))
    if given.gestures is not None:
        from engine.gestures.file import read_gestures

        options = replace(options, gestures=read_gestures(given.gestures, models))
    return options


def _chosen_models(given: argparse.Namespace) -> Path | None:
    """The folder or profile that ``--models`` names, its networks verified; None for the shipped
    ones. A folder goes before a profile of that name.

    Raises:
        ModelError: if a network in it is missing, damaged or made for another version.
    """
    models: Path | None = given.models
    if models is None:
        return None
    from engine.profile_store import find_profile
    from engine.tracking.pipeline import check_networks

    folder = find_profile(str(models)) if not models.exists() else None
    check_networks(folder or models)
    return folder or models


def add_files(parser: argparse.ArgumentParser, about_target: str) -> None:
    """What commands have in common that turn a recording into other files."""
    parser.add_argument(
        "source", metavar="IN", help="a .bag, .db3, .mcap or .pose recording, or a folder"
    )
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
