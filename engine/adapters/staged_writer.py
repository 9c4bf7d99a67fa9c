"""A file that another library writes, under its final name only once it is complete."""

from __future__ import annotations

import shutil
from abc import abstractmethod
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

from engine.errors import CancelledError
from engine.export.writer import ResultWriter
from engine.output import (
    cannot_write,
    check_target,
    is_stream,
    link_target,
    open_stream,
    put_in_place,
)


class StagedWriter(ResultWriter):
    """Writes to ``<path>.partial``, which takes the place of ``path`` when it is closed; one thread
    at a time. Work that is broken off leaves an older ``path`` as it was and, unless the user
    cancelled it, the frames so far in the partial file. A stream gets everything at the end.

    Raises:
        ExportError: if the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        check_target(path)
        self.path = path
        self._streamed = is_stream(path)
        self._target = link_target(path)
        folder = Path(mkdtemp()) if self._streamed else self._target.parent
        self.partial_path = folder / f"{self._target.name}.partial"
        self.frames = 0
        self._closed = False
        try:
            self.partial_path.unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(path, error) from error

    @property
    def written(self) -> tuple[Path, ...]:
        """The file there is once the writer is closed."""
        return () if self._streamed else (self.path,)

    def close(self) -> None:
        """Complete the file under its final name."""
        if self._closed:
            return
        self._closed = True
        try:
            self._finish()
            if self._streamed:
                self._send_to_stream()
            else:
                put_in_place(self.partial_path, self._target)
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def _send_to_stream(self) -> None:
        with self.partial_path.open("rb") as made, open_stream(self.path) as stream:
            shutil.copyfileobj(made, stream)
        shutil.rmtree(self.partial_path.parent, ignore_errors=True)

    @abstractmethod
    def _finish(self) -> None:
        """Complete the partial file and let go of it."""

    def _break_off(self, error: BaseException) -> None:
        self._closed = True
        with suppress(OSError, RuntimeError):  # what went wrong first is raised
            self._finish()
        if self._streamed:
            shutil.rmtree(self.partial_path.parent, ignore_errors=True)
        elif isinstance(error, CancelledError) or not self.frames:
            with suppress(OSError):
                self.partial_path.unlink(missing_ok=True)
        else:
            error.add_note(f"the frames so far are in {self.partial_path}")
