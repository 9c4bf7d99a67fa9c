"""The command line: finds the command, runs it, and turns errors into one line each."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Final

from app.cli import (
    cameras,
    check,
    check_camera,
    compare,
    convert,
    export,
    latent,
    poses,
    profiles,
    track,
)
from app.cli.console import EXIT_INTERRUPTED, EXIT_UNUSABLE, print_status
from engine import cache_notice
from engine.errors import CrossingHandsError, with_notes

COMMANDS: Final[dict[str, ModuleType]] = {
    "latent": latent,
    "convert": convert,
    "export": export,
    "cameras": cameras,
    "check": check,
    "check-camera": check_camera,
    "compare": compare,
    "poses": poses,
    "profiles": profiles,
}
"""What stands in SOURCE's place for other work than tracking."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    name = words.pop(0) if words and words[0] in COMMANDS else ""
    command = COMMANDS.get(name, track)
    given = _parser_of(command, f"main.py {name}".rstrip()).parse_args(_with_joined_vector(words))
    if cache_notice:
        print_status(f"note: {cache_notice}")
    try:
        return int(command.run(given))
    except CrossingHandsError as error:
        print_status(with_notes(f"error: {error}", error))
        return EXIT_UNUSABLE
    except KeyboardInterrupt as interrupt:
        print_status(with_notes("interrupted", interrupt))
        return EXIT_INTERRUPTED


def _parser_of(command: ModuleType, prog: str) -> argparse.ArgumentParser:
    about, _, more = (command.__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(prog, description=about, epilog=more)
    command.add_arguments(parser)
    return parser


def _with_joined_vector(words: list[str]) -> list[str]:
    """``words`` with ``--decode`` tied to its vector, whose minus would else begin an option."""
    if "--decode" not in words[:-1]:
        return words
    place = words.index("--decode")
    return [*words[:place], f"--decode={words[place + 1]}", *words[place + 2 :]]
