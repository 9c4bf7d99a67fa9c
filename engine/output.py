"""Files that are written: whether they can be, before the work begins, and whole or not at all.

Everything that the program writes under a name appears there at the end, by a rename. A symbolic
link stays a link: what it leads to is replaced. Standard output, devices and pipes are written to
as they are.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final

from engine.errors import ExportError

STANDARD_OUTPUT: Final = Path("-")
_STANDARD_OUTPUTS: Final = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
_DESCRIPTOR_FOLDERS: Final = ("/dev/fd", "/proc/self/fd")


def cannot_write(path: Path, error: OSError) -> ExportError:
    """The error in words."""
    return ExportError(f"cannot write {shown_path(path)}: {error.strerror or error}")


def shown_path(path: Path) -> str:
    """``path`` in messages."""
    return "standard output" if is_standard_output(path) else str(path)


def is_standard_output(path: Path) -> bool:
    """Whether ``path`` is ``-`` or another name of standard output."""
    return str(path) in _STANDARD_OUTPUTS


def is_stream(path: Path) -> bool:
    """Whether ``path`` takes what is written as it comes: standard output, a device or a pipe."""
    # A descriptor may lead to a file that a shell has opened and shares with other programs.
    if is_standard_output(path) or str(path.parent) in _DESCRIPTOR_FOLDERS:
        return True
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def link_target(path: Path) -> Path:
    """What ``path`` leads to through symbolic links, which need not exist; else ``path`` itself."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def check_target(path: Path) -> None:
    """Make the folder in which the file ``path`` shall be; nothing is to be made for a stream.

    Raises:
        ExportError: if there cannot be such a file, or the stream may not be written to.
    """
    try:
        if is_stream(path):
            if not (is_standard_output(path) or os.access(path, os.W_OK)):
                raise ExportError(f"cannot write {path}: it may not be written to")
            return
        target = link_target(path)
        if target.is_symlink():
            raise ExportError(f"cannot write {path}: its links lead in a circle")
        if target.is_dir() or not target.name:
            raise ExportError(f"cannot write {path}: it is a folder")
        target.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(target.parent, os.W_OK):
            raise ExportError(f"cannot write {path}: its folder may not be written to")
        target.exists()  # a name that is too long says so here
    except OSError as error:
        raise cannot_write(path, error) from error


def open_stream(path: Path) -> BinaryIO:
    """Open a stream (``is_stream``) for writing; closing it leaves standard output open.

    A pipe waits for its reader.

    Raises:
        OSError: if it cannot be opened.
    """
    if is_standard_output(path):
        sys.stdout.flush()
        return os.fdopen(os.dup(1), "wb")
    return path.open("wb")


def put_in_place(partial: Path, target: Path, *, sync: bool = True) -> None:
    """Let the finished file ``partial`` take the place of ``target``, at once or not at all; with
    ``sync`` it is on the disk before, or a power cut could leave an empty file.

    Raises:
        OSError: if that cannot be done.
    """
    if sync:
        with partial.open("r+b") as file:
            os.fsync(file.fileno())
    os.replace(partial, target)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name beside ``path``, with its suffix, to write to; it becomes ``path`` at the end.

    What is written for a stream is sent to it at the end.

    Raises:
        ExportError: if the file cannot be written; an older one is then as it was.
    """
    check_target(path)
    if is_stream(path):
        with _sent_to(path) as partial:
            yield partial
        return
    with _renamed(path, sync=True) as partial:
        yield partial


@contextmanager
def _renamed(path: Path, *, sync: bool) -> Iterator[Path]:
    target = link_target(path)
    partial = target.with_name(f".{target.stem}.part{target.suffix}")
    try:
        partial.unlink(missing_ok=True)
        yield partial
        put_in_place(partial, target, sync=sync)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


@contextmanager
def _sent_to(path: Path) -> Iterator[Path]:
    try:
        with TemporaryDirectory() as folder:
            partial = Path(folder) / (path.name or "output")
            yield partial
            with partial.open("rb") as made, open_stream(path) as stream:
                shutil.copyfileobj(made, stream)
    except OSError as error:
        raise cannot_write(path, error) from error


@contextmanager
def replacing_folder(path: Path, *, over: bool = False) -> Iterator[Path]:
    """A new folder beside ``path`` to fill; it becomes ``path`` at the end.

    ``over`` lets it take the place of a folder that is not empty.

    Raises:
        ExportError: if there cannot be such a folder, or it holds files; it is then as it was.
    """
    target = link_target(path)
    try:
        check_folder(path, over=over)
        partial = target.with_name(f".{target.name}.partial")
        _remove(partial)
        partial.mkdir(parents=True)
        try:
            yield partial
            _put_in_place(partial, target)
        finally:
            _remove(partial)
    except OSError as error:
        raise cannot_write(path, error) from error


def check_folder(path: Path, *, over: bool = False) -> None:
    """Whether ``path`` may become a folder of results.

    Raises:
        ExportError: if it is no folder's name, or holds files and ``over`` does not allow for them.
    """
    target = link_target(path)
    try:
        taken = target.exists() and not target.is_dir()
        if not target.name or taken or target.is_symlink() or is_standard_output(path):
            raise ExportError(f"cannot write {path}: it is no folder's name")
        if not over and target.is_dir() and any(target.iterdir()):
            raise ExportError(f"{path} is not empty, it already holds files: choose a new folder")
    except OSError as error:
        raise cannot_write(path, error) from error


def _put_in_place(partial: Path, target: Path) -> None:
    """Give ``partial`` the name ``target``; an older folder there goes only then."""
    older = target.with_name(f".{target.name}.older")
    _remove(older)
    if target.is_dir():
        os.replace(target, older)
    try:
        os.replace(partial, target)
    except OSError:
        if older.is_dir():
            os.replace(older, target)
        raise
    _remove(older)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` (UTF-8) as the file ``path``, whole or not at all.

    Raises:
        ExportError: if it cannot be written.
    """
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")


def write_bytes(path: Path, content: bytes) -> None:
    """Write ``content`` as the file ``path`` of a folder that exists, whole or not at all.

    It does not wait for the disk: after a power cut the newest files may be empty.

    Raises:
        ExportError: if it cannot be written.
    """
    with _renamed(path, sync=False) as partial:
        partial.write_bytes(content)


def same_file(one: Path, other: Path) -> bool:
    """Whether both paths lead to the same file or folder that exists."""
    try:
        return other.exists() and one.samefile(other)
    except OSError:
        return False
