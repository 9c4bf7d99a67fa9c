"""What was asked for in each frame of a recording, as a table beside it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Final

from engine.export.joints import LineWriter

PROMPTS_SUFFIX: Final = ".prompts.csv"


def prompts_path(recording: Path) -> Path:
    """The table of ``recording``, a file or a folder."""
    return recording.with_name(recording.name + PROMPTS_SUFFIX)


class PromptsWriter(LineWriter):
    """A row for each frame in which something was asked for: the frame's time stamp, the goal's
    key, and whether a hand in it looked so. Named poses are weak labels."""

    head: ClassVar[str] = "timestamp_ms,prompt,shown"

    def add(self, timestamp_ms: float, key: str, *, shown: bool) -> None:
        """A further row.

        Raises:
            ExportError: if the file cannot be written.
        """
        self._write_line(f"{timestamp_ms:.3f},{key},{int(shown)}")
        self.rows += 1
