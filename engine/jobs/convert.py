"""Recordings from one kind of file to another: every readable frame with its stamp."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from engine.any_source import open_source
from engine.errors import FrameError, InvalidInputError, SourceError
from engine.output import same_file
from engine.progress import Progress, go_on, report
from engine.recording.record import write_recording
from engine.run.replay_control import PlayRange
from engine.sources.base import SeekableSource, Timestamps
from engine.types import Frame


@dataclass(frozen=True, slots=True)
class ConvertReport:
    """Frames written, frames left out because they are damaged, the reason of the first one; what
    there is to say about the source."""

    frames: int
    damaged: int
    reason: str
    notice: str = ""


def convert(
    source: str, target: Path, *, chosen: PlayRange | None = None, progress: Progress = go_on
) -> ConvertReport:
    """Write the recording ``source`` (a file or folder) to ``target`` (.db3 or new folder).

    ``chosen`` takes a part of it. Depth is copied without loss; damaged frames are left out and
    counted, bad stamps are put right.

    Raises:
        SourceError: if the source cannot be read, or no frame of it can.
        ExportError: if the target cannot be written; ``CancelledError`` if ``progress`` said so.
        InvalidInputError: if the source is no recording or has no such frames.
    """
    with closing(open_source(source)) as opened:
        if not isinstance(opened, SeekableSource):
            raise InvalidInputError(f"{source} is no recording: give a .bag, .db3, .mcap or folder")
        if same_file(Path(source), target):
            raise InvalidInputError(f"{target} is the recording itself: choose another name")
        copy = _Copy(opened, chosen, progress)
        written = write_recording(target, copy.frames(), opened.camera)
        return ConvertReport(written, copy.damaged, copy.reason, opened.notice or "")


class _Copy:
    """Takes the frames of a recording one after another, around the damaged ones."""

    def __init__(
        self, source: SeekableSource, chosen: PlayRange | None, progress: Progress
    ) -> None:
        self._source = source
        self._progress = progress
        self._range = chosen or PlayRange(0, source.frame_count - 1)
        if self._range.last >= source.frame_count:
            raise InvalidInputError(
                f"{source.name} has no frame {self._range.last}, only 0 to {source.frame_count - 1}"
            )
        self.damaged = 0
        self.reason = ""

    def frames(self) -> Iterator[Frame]:
        first, last = self._range.first, self._range.last
        stamps = Timestamps(self._source.camera.fps)
        for index in range(first, last + 1):
            try:
                frame = self._source.frame_at(index)
            except FrameError as error:
                self.damaged += 1
                self.reason = self.reason or str(error)
            else:
                yield stamps.repaired(frame)
            report(self._progress, index + 1 - first, last + 1 - first)
        if self.damaged == last + 1 - first:
            raise SourceError(f"no frame of {self._source.name} can be read: {self.reason}")
