"""What every recording that is being written counts."""

from __future__ import annotations


class WrittenTotals:
    """The frames and bytes that a writer has written so far; the writer adds to them."""

    def __init__(self) -> None:
        self._written = self._size_bytes = 0

    @property
    def written(self) -> int:
        """How many frames were written."""
        return self._written

    @property
    def size_bytes(self) -> int:
        """The sum of the pictures' or messages' sizes."""
        return self._size_bytes
