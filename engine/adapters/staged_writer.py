"""A file that another library writes, under its final name only once it is complete."""

from __future__ import annotations

import os
from abc import abstractmethod
from contextlib import suppress
from pathlib import Path

from engine.errors import CancelledError, ExportError
from engine.export.writer import ResultWriter
from engine.output import cannot_write, check_target, is_stream, link_target


class StagedWriter(ResultWriter):
    """Writes to ``<path>.partial``, which takes the place of ``path`` when it is closed; one thread
    at a time. Work that is broken off leaves an older ``path`` as it was and, unless the user
    cancelled it, the frames so far in the partial file.

    Raises:
        ExportError: if the file cannot be written, or is a stream.
    """

    def __init__(self, path: Path) -> None:
        check_target(path)
        if is_stream(path):
            raise ExportError(f"cannot write {path}: this needs a file, not a stream")
        self.path = path
        self._target = link_target(path)
        self.partial_path = self._target.with_name(f"{self._target.name}.partial")
        self.frames = 0
        self._closed = False
        try:
            self.partial_path.unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(path, error) from error

    @property
    def written(self) -> tuple[Path, ...]:
        """The file there is once the writer is closed."""
        return (self.path,)

    def close(self) -> None:
        """Complete the file under its final name."""
        if self._closed:
            return
        self._closed = True
        try:
            self._finish()
            os.replace(self.partial_path, self._target)
        except OSError as error:
            raise cannot_write(self.path, error) from error

    @abstractmethod
    def _finish(self) -> None:
        """Complete the partial file and let go of it."""

    def _break_off(self, error: BaseException) -> None:
        self._closed = True
        with suppress(OSError, RuntimeError):  # what went wrong first is told
            self._finish()
        if isinstance(error, CancelledError) or not self.frames:
            with suppress(OSError):
                self.partial_path.unlink(missing_ok=True)
        else:
            error.add_note(f"the frames so far are in {self.partial_path}")
