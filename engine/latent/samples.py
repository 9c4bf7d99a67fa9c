"""Hands of the latent space as data: depth, joints and latents in a folder, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInputError
from engine.latent.layouts import LATENTS_FILE, LayoutKind, open_layout
from engine.latent.placing import DepthMaker, place
from engine.output import replacing_folder
from engine.progress import Progress, go_on, report
from engine.tracking.generate import PoseDecoder

MAX_HANDS: Final = 1_000_000


def export_hands(
    latents: Iterable[NDArray[np.floating]],
    count: int,
    path: Path,
    kind: LayoutKind,
    decoder: PoseDecoder,
    generator: DepthMaker,
    *,
    progress: Progress = go_on,
    replace: bool = False,
) -> None:
    """Write the first ``count`` of ``latents`` [29] as folder ``path``.

    The work is done in a folder beside it, ``.NAME.partial``, which takes the name ``path`` at the
    end, so what has that name is whole. ``replace`` lets it take the place of an older export.
    Nobody else may use the networks then.

    Raises:
        InvalidInputError: if ``count`` is out of range, a latent is none, or MSRA gets too few.
        ExportError: if the folder cannot be written, or something else is there;
            ``CancelledError`` if ``progress`` said so.
    """
    if not 1 <= count <= MAX_HANDS:
        raise InvalidInputError(f"1 to {MAX_HANDS} hands can be written, not {count}")
    path = path.absolute()
    older = replace and (path / LATENTS_FILE).is_file()
    with replacing_folder(path, over=older) as partial:
        layout = open_layout(kind, partial, count)
        with closing(layout):
            for done, latent in enumerate(_first(latents, count), start=1):
                layout.write(place(latent, layout.view, decoder, generator))
                report(progress, done, count)
            layout.finish()


def _first(latents: Iterable[NDArray[np.floating]], count: int) -> Iterator[NDArray[np.floating]]:
    """The first ``count`` of ``latents``; InvalidInputError where there are fewer."""
    given = 0
    for latent in islice(latents, count):
        given += 1
        yield latent
    if given < count:
        raise InvalidInputError(f"{count} hands were announced, {given} came")
