"""A search for a pose, and what it found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from engine.pose_files.search import PoseMatch


@dataclass(frozen=True, slots=True)
class PoseSearchState:
    """``matches``, the nearest first, of the last search in ``folder`` (None: there was none);
    ``notice`` is what there is to say about it or why it failed; ``searching`` while one runs.
    """

    folder: Path | None = None
    matches: tuple[PoseMatch, ...] = ()
    notice: str = ""
    searching: bool = False
