"""Where the hands of several recordings go: one file each, in one folder."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from engine.errors import ExportError, InvalidInputError
from engine.export.names import JointsFormat, possible_outputs
from engine.output import cannot_write, is_stream
from engine.sources.camera_choice import is_camera_spec


def batch_targets(
    sources: Sequence[str], folder: Path, form: JointsFormat = JointsFormat.CSV
) -> tuple[Path, ...]:
    """A file in ``folder`` for each of ``sources``, in their order, named after it; the folder is
    made.

    ``take.bag`` becomes ``take.csv``; beside a ``take.db3`` both keep their endings, as
    ``take.bag.csv`` and ``take.db3.csv``.

    Raises:
        InvalidInputError: if a source is no recording, two are the same or have the same name, or a
            file would take the place of a source.
        ExportError: if ``folder`` is not, or cannot be, a folder.
    """
    for source in sources:
        if not source.strip() or source == "synthetic" or is_camera_spec(source):
            raise InvalidInputError(f"of several sources each is a recording, not {source!r}")
    places = [os.path.realpath(source) for source in sources]
    for source, place in zip(sources, places, strict=True):
        if places.count(place) > 1:
            raise InvalidInputError(f"{source} is given twice")
    targets = _named(sources, folder, form)
    for source, target in zip(sources, targets, strict=True):
        for path in possible_outputs(target):
            if os.path.realpath(path) in places:
                raise InvalidInputError(
                    f"the hands of {source} would replace the recording {path}: "
                    "choose another folder"
                )
    _make(folder)
    return targets


def _named(sources: Sequence[str], folder: Path, form: JointsFormat) -> tuple[Path, ...]:
    paths = [Path(source).absolute() for source in sources]
    stems = [path.name if path.is_dir() else path.stem for path in paths]
    often = Counter(stem.casefold() for stem in stems)
    names = [
        stem if often[stem.casefold()] == 1 else path.name
        for stem, path in zip(stems, paths, strict=True)
    ]
    targets = tuple(folder / f"{name}.{form.value}" for name in names)
    owners: dict[str, str] = {}
    for source, target in zip(sources, targets, strict=True):
        for path in possible_outputs(target):
            other = owners.setdefault(path.name.casefold(), source)
            if other != source:
                raise InvalidInputError(
                    f"{other} and {source} would both be written to {path}: "
                    "rename one, or give them in two calls"
                )
    return targets


def _make(folder: Path) -> None:
    named_as_file = folder.suffix.lower() in {f".{each.value}" for each in JointsFormat}
    try:
        if is_stream(folder) or (not folder.is_dir() and (folder.exists() or named_as_file)):
            raise ExportError(f"several recordings need a folder to write to, not {folder}")
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise ExportError(f"cannot write to {folder}: the folder may not be written to")
    except OSError as error:
        raise cannot_write(folder, error) from error
