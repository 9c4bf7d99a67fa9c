"""Files that are written: whether they can be, before the work begins, and whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.errors import ExportError


def cannot_write(path: Path, error: OSError) -> ExportError:
    """The error in words."""
    return ExportError(f"cannot write {path}: {error.strerror or error}")


def check_target(path: Path) -> None:
    """Make the folder in which the file ``path`` shall be.

    Raises:
        ExportError: if there cannot be such a file.
    """
    try:
        if path.is_dir() or not path.name:
            raise ExportError(f"cannot write {path}: it is a folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(path.parent, os.W_OK):
            raise ExportError(f"cannot write {path}: its folder may not be written to")
        path.exists()  # a name that is too long says so here
    except OSError as error:
        raise cannot_write(path, error) from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name beside ``path``, with its suffix, to write to; it becomes ``path`` at the end.

    Raises:
        ExportError: if the file cannot be written; an older one is then as it was.
    """
    check_target(path)
    partial = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        yield partial
        with partial.open("r+b") as file:  # or a power cut could leave the name without content
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def same_file(one: Path, other: Path) -> bool:
    """Whether both paths lead to the same file or folder that exists."""
    try:
        return other.exists() and one.samefile(other)
    except OSError:
        return False
