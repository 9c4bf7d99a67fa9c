"""What a kind of input is to a fuzzing run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.reliability.mutations import damaged

Prepare = Callable[[Path], object]
Damage = Callable[[Path, Random], None]
Read = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of input.

    ``prepare`` writes a sound sample into a folder; ``damage`` spoils a copy of it; ``read`` takes
    it as the program does and raises a ``CrossingHandsError`` where it refuses. ``share`` of all
    inputs, in parts.
    """

    name: str
    share: int
    prepare: Prepare
    damage: Damage
    read: Read


def only_file(folder: Path) -> Path:
    """The one file or folder in ``folder`` that is not hidden."""
    (path,) = (path for path in folder.iterdir() if not path.name.startswith("."))
    return path


def damage_file(folder: Path, random: Random) -> None:
    """Damage that one file's bytes."""
    path = only_file(folder)
    path.write_bytes(damaged(path.read_bytes(), random))
