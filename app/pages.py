"""The two pages of the window."""

from __future__ import annotations

from enum import Enum


class Page(Enum):
    """What the middle of the window shows; the value is its name on the command line."""

    TRACK = "track"
    STUDIO = "studio"
