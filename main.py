"""Starts Crossing Hands: opens the window, or does the same job without one (``--help``)."""

from __future__ import annotations

from typing import NoReturn

from app.cli.main import main
from app.exit_process import exit_process

__all__ = ["main", "run"]


def run() -> NoReturn:
    """What the installed command ``crossing-hands`` calls."""
    exit_process(main())


if __name__ == "__main__":
    run()
