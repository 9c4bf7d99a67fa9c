"""Starts Crossing Hands: opens the window, or does the same job without one (``--help``)."""

from __future__ import annotations

from app.cli.main import main
from app.exit_process import exit_process

__all__ = ["main"]

if __name__ == "__main__":
    exit_process(main())
