"""Opens whatever can be shown: what ``engine.sources`` reads, and recordings without images, which
need networks to draw their depth.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine import sources
from engine.errors import SourceError
from engine.sources.base import DepthSource

if TYPE_CHECKING:
    from engine.pose_files.recording import RecordedHands

__all__ = ["open_source", "recorded_hands"]


def open_source(
    spec: str | None, *, seed: int = 0, device: str = "CPU", models: Path | None = None
) -> DepthSource:
    """Open what ``spec`` names: as ``engine.sources.open_source``, or a ``.pose`` file.

    ``device`` and ``models`` (None: the shipped networks) draw the depth of the latter.

    Raises:
        SourceError: if it cannot be opened; one line that names it and says what is wrong.
        InvalidInputError: if the camera's mode is not understood.
        ModelError: if the network that draws depth cannot be used.
    """
    from engine.pose_files.file import is_pose_file

    path = Path(spec or "")
    try:
        recorded = bool(spec) and path.is_file() and is_pose_file(path)
    except (OSError, ValueError) as error:
        raise SourceError(f"{spec!r} cannot be opened: {error}") from error
    if not recorded:
        return sources.open_source(spec, seed=seed)
    from engine.pose_files.recording import PoseRecording

    return PoseRecording(path, device=device, models=models)


def recorded_hands(source: DepthSource) -> RecordedHands | None:
    """What takes a pipeline's place for a source that has its hands already; None for others."""
    from engine.pose_files.recording import PoseRecording, RecordedHands

    return RecordedHands(source) if isinstance(source, PoseRecording) else None
