"""What the commands print, and the program's exit codes."""

from __future__ import annotations

import sys
from typing import Final

EXIT_OK: Final = 0
EXIT_UNUSABLE: Final = 2
EXIT_INTERRUPTED: Final = 130


def print_output(text: str) -> None:
    """A line of what was asked for, to standard output."""
    sys.stdout.write(f"{text}\n")


def print_status(text: str) -> None:
    """A line about what happens, to standard error."""
    sys.stderr.write(f"{text}\n")
