"""A file that another library writes, under its final name only once it is complete."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.errors import CancelledError, ExportError
from engine.output import cannot_write, check_target, is_stream, link_target
from engine.types import FrameResult


class StagedWriter(ABC):
    """Writes to ``<path>.partial``, which takes the place of ``path`` when the ``with`` block ends
    well; one thread at a time. After an error an older ``path`` is as it was, and what was written
    stays in the partial file.

    Raises:
        ExportError: here and later, if the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        check_target(path)
        if is_stream(path):
            raise ExportError(f"cannot write {path}: this needs a file, not a stream")
        self.path = path
        self._target = link_target(path)
        self.partial_path = self._target.with_name(f"{self._target.name}.partial")
        self.frames = 0
        try:
            self.partial_path.unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(path, error) from error

    @property
    def written(self) -> tuple[Path, ...]:
        """The files there are once the block has ended."""
        return (self.path,)

    @abstractmethod
    def write(self, result: FrameResult) -> None:
        """Add what ``result`` says."""

    @abstractmethod
    def _finish(self) -> None:
        """Complete the partial file and let go of it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            with suppress(Exception):  # what went wrong first is told
                self._finish()
            self._keep(error)
            return
        try:
            self._finish()
            os.replace(self.partial_path, self._target)
        except OSError as failure:
            raise cannot_write(self.path, failure) from failure

    def _keep(self, error: BaseException) -> None:
        if isinstance(error, CancelledError) or not self.frames:
            with suppress(OSError):
                self.partial_path.unlink(missing_ok=True)
        else:
            error.add_note(f"the frames written so far are in {self.partial_path}")
