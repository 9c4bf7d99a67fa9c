"""Hands of the latent space as data: depth, joints and latents in a folder, whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import ExportError, InvalidInputError
from engine.latent.layouts import LATENTS_FILE, LayoutKind, open_layout
from engine.latent.placing import DepthMaker, place
from engine.tracking.generate import PoseDecoder

MOST_HANDS: Final = 1_000_000

Progress = Callable[[int], None]
Cancelled = Callable[[], bool]


def export_hands(
    latents: Iterable[NDArray[np.floating]],
    count: int,
    path: Path,
    kind: LayoutKind,
    decoder: PoseDecoder,
    generator: DepthMaker,
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    replace: bool = False,
) -> bool:
    """Write the first ``count`` of ``latents`` [29] as folder ``path``; True when it is complete.

    The work is done in a folder beside it, ``.NAME.partial``, which takes the name ``path`` at the
    end, so what has that name is whole. ``progress`` is told the number of hands done;
    ``cancelled`` is asked before each, and if it says so, nothing is left and the answer is False.
    ``replace`` lets it take the place of an older export. Nobody else may use the networks then.

    Raises:
        InvalidInputError: if ``count`` is out of range, a latent is none, or MSRA gets too few.
        ExportError: if the folder cannot be written, or something else is there.
    """
    if not 1 <= count <= MOST_HANDS:
        raise InvalidInputError(f"1 to {MOST_HANDS} hands can be written, not {count}")
    path = path.absolute()
    if not path.name:
        raise ExportError(f"cannot write {path}: choose the name of a new folder")
    partial = path.with_name(f".{path.name}.partial")
    try:
        _check_free(path, replace=replace)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        try:
            layout = open_layout(kind, partial, count)
            with closing(layout):
                for number, latent in enumerate(_first(latents, count)):
                    if cancelled is not None and cancelled():
                        return False
                    layout.write(place(latent, layout.stage, decoder, generator))
                    if progress is not None:
                        progress(number + 1)
                layout.finish()
            _put_in_place(partial, path)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise ExportError(f"cannot write {path}: {error.strerror or error}") from error
    return True


def _first(latents: Iterable[NDArray[np.floating]], count: int) -> Iterator[NDArray[np.floating]]:
    """The first ``count`` of ``latents``; InvalidInputError where there are fewer."""
    given = 0
    for latent in islice(latents, count):
        given += 1
        yield latent
    if given < count:
        raise InvalidInputError(f"{count} hands were announced, {given} came")


def _check_free(path: Path, *, replace: bool) -> None:
    """Raise ExportError unless ``path`` may become a folder of hands."""
    if not path.name or (path.exists() and not path.is_dir()):
        raise ExportError(f"cannot write {path}: it is no folder's name")
    older = replace and (path / LATENTS_FILE).is_file()
    if path.is_dir() and not older and any(path.iterdir()):
        raise ExportError(f"{path} already holds files: choose an empty or a new folder")


def _put_in_place(partial: Path, path: Path) -> None:
    """Give ``partial`` the name ``path``; an older export there goes only then."""
    older = path.with_name(f".{path.name}.older")
    shutil.rmtree(older, ignore_errors=True)
    if path.is_dir():
        os.replace(path, older)
    os.replace(partial, path)
    shutil.rmtree(older, ignore_errors=True)
