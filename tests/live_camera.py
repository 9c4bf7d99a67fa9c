"""What live cameras made by tests have in common."""

from __future__ import annotations

from typing import Final

from engine.errors import SourceError


class LiveCamera:
    """The rest of a live ``DepthSource``; a subclass has ``name``, ``camera`` and ``read``."""

    live: Final = True
    frame_count: Final = None
    notice: Final = None
    name: str

    def __init__(self) -> None:
        self._closed = False

    @property
    def ended(self) -> bool:
        """True only after ``close``."""
        return self._closed

    def rewind(self) -> None:
        """A live source just goes on.

        Raises:
            SourceError: if the source was closed.
        """
        if self._closed:
            raise SourceError(f"{self.name} is closed")

    def close(self) -> None:
        """End the stream."""
        self._closed = True
