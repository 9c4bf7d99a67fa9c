"""List the profiles: networks adapted to one camera and one person.

A profile is used with `main.py SOURCE --models NAME`, or chosen in the window, which remembers it
for the camera. `python -m training adapt` makes one.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.console import EXIT_OK, print_output, print_status
from engine.bone_lengths import bones_in_words
from engine.errors import InvalidInputError
from engine.profile_store import (
    StoredProfile,
    add_profile,
    list_profiles,
    profiles_folder,
    remove_profile,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--add", type=Path, metavar="DIR", help="copy the profile in this folder")
    parser.add_argument("--remove", metavar="NAME", help="delete a profile")


def run(given: argparse.Namespace) -> int:
    """List the profiles, or add or remove one.

    Raises:
        CrossingHandsError: one clear line.
    """
    if given.add is not None and given.remove is not None:
        raise InvalidInputError("--add and --remove are two commands: leave one of the two out")
    if given.add is not None:
        print_status(f"added the profile {add_profile(given.add).key}")
    elif given.remove is not None:
        remove_profile(given.remove)
        print_status(f"removed the profile {given.remove}")
    else:
        stored = list_profiles()
        for each in stored:
            for line in profile_lines(each):
                print_output(line)
        if not stored:
            print_output(f"there are no profiles in {profiles_folder()}")
    return EXIT_OK


def profile_lines(stored: StoredProfile) -> list[str]:
    """A profile for a terminal."""
    profile = stored.profile
    if profile is None:
        return [stored.key, f"  NOT usable: {stored.problem}"]
    names = ", ".join(recording.name for recording in profile.recordings)
    camera = " ".join(filter(None, (profile.camera_name, profile.camera_serial))) or "unknown"
    lines = [stored.key, f"  camera {camera}, made {profile.created}"]
    lines.append(f"  of {names} ({profile.seconds / 60.0:.1f} min)")
    for name, gain in profile.gains.items():
        before, after = (f"{value:.4g} {gain.unit}".strip() for value in (gain.before, gain.after))
        lines.append(f"  {name}: {before} before, {after} after")
    lines += [f"  {words}" for words in filter(None, [bones_in_words(profile.bone_lengths_mm)])]
    return lines
