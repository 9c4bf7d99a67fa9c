"""What writes results to files, whatever their format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.types import FrameResult


class FileWriter(ABC):
    """Writes ``path``; one thread at a time. A context: its end closes the writer, an error inside
    breaks it off.

    Raises:
        ExportError: here and from writing and ``close``, if the file cannot be written.
    """

    path: Path

    @property
    @abstractmethod
    def written(self) -> tuple[Path, ...]:
        """The files there are once the writer is closed."""

    @abstractmethod
    def close(self) -> None:
        """Complete what is written, under its final name; closing twice is fine."""

    @abstractmethod
    def _break_off(self, error: BaseException) -> None:
        """Stop at ``error``: keep what there is and note where, unless the user cancelled."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            self._break_off(error)


class ResultWriter(FileWriter):
    """Writes results."""

    @abstractmethod
    def write(self, result: FrameResult) -> None:
        """Add what is to be said about ``result``.

        Raises:
            ExportError: if the file cannot be written.
        """
