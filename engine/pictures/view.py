"""Which pictures of a frame are shown: depth, colour, or both side by side."""

from __future__ import annotations

from enum import Enum


class PictureView(Enum):
    """The value is its name on the command line and in the settings."""

    DEPTH = "depth"
    COLOUR = "colour"
    BOTH = "both"

    @property
    def depth(self) -> bool:
        """Whether depth is among them."""
        return self is not PictureView.COLOUR

    @property
    def colour(self) -> bool:
        """Whether colour is among them."""
        return self is not PictureView.DEPTH
