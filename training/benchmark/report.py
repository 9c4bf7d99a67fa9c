"""What all parts of the benchmark share: what to measure, on which networks, and the report."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.output import write_text
from engine.tracking.pipeline import Pipeline
from training.benchmark.frame_store import FrameStore
from training.benchmark.poses import real_poses

SHARED: Final = Path(__file__).resolve().parents[3] / "shared"
"""Where data sets and recordings lie that are not part of the program."""


def file_name(text: str) -> str:
    """``text`` as the name of a file in one folder: "a/b, c.png" is "a-b-c.png"."""
    return re.sub(r"[^\w.]+", "-", text).strip("-")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Networks to be scored: those in ``directory`` (None: the shipped ones), called ``name``."""

    name: str
    directory: Path | None
    device: str = "CPU"

    def pipeline(self) -> Pipeline:
        """A pipeline of these networks.

        Raises:
            ModelError: if one of them is missing, damaged or cannot run on the device.
        """
        return Pipeline.load(device=self.device, directory=self.directory)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a run is given: ``frames`` of the largest kind, ``data`` with the data sets' truths,
    ``recordings``, the folders ``store`` for frames made once and ``output`` for results."""

    candidates: tuple[Candidate, ...]
    frames: int
    seed: int
    data: Path
    recordings: Path
    store: Path
    output: Path

    def file(self, name: str) -> Path:
        """Where the file ``name`` goes; what is in it may be a candidate's name, so a path."""
        return self.output / file_name(name)

    def frame_store(self) -> FrameStore:
        """The benchmark's synthetic frames.

        Raises:
            InvalidInputError: if the real poses that they show cannot be had.
        """
        return FrameStore(real_poses(self.data, self.store), self.store, self.seed)


Row = tuple[str | float, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a ``title``; cells are text or numbers, shown with one decimal."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]

    def markdown(self) -> str:
        """The table as Markdown; "-" where there was nothing to measure."""
        lines = ["| " + " | ".join(self.heads) + " |", "|---" * len(self.heads) + "|"]
        lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in self.rows]
        return f"{self.title}\n\n" + "\n".join(lines)


def _cell(cell: str | float) -> str:
    if isinstance(cell, str):
        return cell
    if not math.isfinite(cell):
        return "-"
    return str(cell) if isinstance(cell, int) else f"{cell:.1f}"


@dataclass(frozen=True, slots=True)
class Report:
    """What a part found: tables to read, ``figures`` to compute with (plain JSON), notes."""

    tables: tuple[Table, ...]
    figures: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    def markdown(self) -> str:
        """Tables and notes, in this order."""
        return "\n\n".join([*(table.markdown() for table in self.tables), *self.notes])


Part = Callable[[Setting], Report]


def write(report: Report, path: Path) -> None:
    """Write the figures as JSON; numbers that are none become null."""
    write_text(path, json.dumps(_plain(report.figures), indent=2) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def candidates(directories: Sequence[Path], device: str) -> tuple[Candidate, ...]:
    """The networks in ``directories``, or the shipped ones where none is given.

    A folder is called by its own name, or by as much of its path as tells it from the others.
    """
    if not directories:
        return (Candidate("shipped", None, device),)
    names = [path.name for path in directories]
    if len(set(names)) < len(names):
        names = [str(path) for path in directories]
    return tuple(
        Candidate(name, path, device) for name, path in zip(names, directories, strict=True)
    )


def percent(share: float) -> float:
    """A share in [0, 1] as percent."""
    return 100.0 * share
