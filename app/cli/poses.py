"""Search recordings without images (.pose) for a pose: every stretch in which a hand is in it, the
nearest first. Place, turn, size and side of the hand do not count.

`main.py export IN OUT.pose` makes such recordings.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.console import EXIT_OK, print_output, print_status
from engine.errors import InvalidInputError

if TYPE_CHECKING:
    from engine.pose_files.search import PoseMatch, PoseQuery


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument(
        "folder", nargs="?", type=Path, metavar="FOLDER", help="of .pose files, or one of them"
    )
    parser.add_argument(
        "--like",
        metavar="POSE",
        help="a name ('fist', 'point', 'fist_tight', see --names), or FILE.pose:FRAME",
    )
    parser.add_argument(
        "--within",
        type=float,
        metavar="DEG",
        help="how far the fingers' bones may be off on average (30)",
    )
    parser.add_argument("--most", type=int, default=20, metavar="N", help="show so many (20)")
    parser.add_argument("--json", action="store_true", help="print the matches as JSON")
    parser.add_argument("--names", action="store_true", help="list the names of poses")


def run(given: argparse.Namespace) -> int:
    """Search and say what was found.

    Raises:
        CrossingHandsError: one clear line.
    """
    from engine.pose_files.search import WITHIN_DEG, pose_names, search_poses

    if given.names:
        print_output("\n".join(pose_names()))
        return EXIT_OK
    if given.folder is None or given.like is None:
        raise InvalidInputError("FOLDER and --like POSE are needed; --names lists the poses")
    if given.most < 1:
        raise InvalidInputError(f"--most must be positive, not {given.most}")
    within = WITHIN_DEG if given.within is None else given.within
    query = _query(given.like)
    matches, notices = search_poses(given.folder, query, within_deg=within)
    for notice in notices:
        print_status(f"note: {notice}")
    shown = matches[: given.most]
    if given.json:
        print_output(json.dumps([_fields(match) for match in shown], indent=1))
        return EXIT_OK
    for match in shown:
        print_output(match_line(match))
    more = f", the nearest {len(shown)} are shown" if len(shown) < len(matches) else ""
    print_status(f"{len(matches)} times like {query.name}{more}")
    return EXIT_OK


def match_line(match: PoseMatch) -> str:
    """A match for a terminal."""
    return (
        f"{match.path}  frames {match.first}-{match.last} "
        f"({match.begin_s:.1f}-{match.end_s:.1f} s), best {match.best}, "
        f"{match.handedness.value}, {match.distance_deg:.0f} degrees off"
    )


def _query(text: str) -> PoseQuery:
    from engine.pose_files.search import named_pose, pose_in_file

    path, colon, frame = text.rpartition(":")
    if colon and frame.isdecimal():
        return pose_in_file(Path(path), int(frame))
    return named_pose(text)


def _fields(match: PoseMatch) -> dict[str, object]:
    return asdict(match) | {"path": str(match.path), "handedness": match.handedness.value}
