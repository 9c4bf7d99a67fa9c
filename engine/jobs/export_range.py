"""A part of a recording as files: its joints as the window shows them, or its depth images."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from engine.errors import FrameError, InvalidInputError, SourceError
from engine.export.bvh import BvhWriter
from engine.export.joints import GesturesCsvWriter, JointsCsvWriter, JointsJsonWriter
from engine.export.names import JointsFormat
from engine.export.writer import ResultWriter
from engine.jobs.convert import convert
from engine.jobs.networks import load_pipeline, open_any
from engine.output import is_stream
from engine.pose_files.writer import PoseWriter
from engine.progress import Progress, go_on, report
from engine.recording.record import DB3_SUFFIX
from engine.run.replay_control import PlayRange
from engine.run.replay_results import ReplayResults
from engine.run.runner import Step
from engine.run.statistics import RunStatistics
from engine.sources.base import SeekableSource
from engine.tracking.config import DEFAULT_TRACKING, Options, TrackingSettings

State = TypeVar("State")

JOINT_SUFFIXES: Final = tuple(f".{each.value}" for each in JointsFormat)


@dataclass(frozen=True, slots=True)
class ExportReport:
    """Frames written and files; frames left out as damaged and the reason of the first one; what
    there is to say about the source."""

    frames: int
    written: tuple[Path, ...]
    damaged: int = 0
    reason: str = ""
    notice: str = ""


def result_writer(
    path: Path, kind: JointsFormat | None = None, *, gestures: bool = False
) -> ResultWriter:
    """What writes joints to ``path`` as ``kind``, or as its ending says (else CSV); ``gestures``
    adds a column to CSV.

    Raises:
        ExportError: if the file cannot be written.
    """
    match kind or JointsFormat.of(path):
        case JointsFormat.BVH:
            return BvhWriter(path)
        case JointsFormat.POSE:
            return PoseWriter(path)
        case JointsFormat.ROS:
            # Imported on use: few have the library.
            from engine.adapters.ros_mcap import RosMcapWriter

            return RosMcapWriter(path)
        case JointsFormat.JSON_LINES:
            return JointsJsonWriter(path)
        case JointsFormat.CSV:
            return GesturesCsvWriter(path) if gestures else JointsCsvWriter(path)


def export_range(
    options: Options,
    target: Path,
    *,
    chosen: PlayRange | None = None,
    kind: JointsFormat | None = None,
    progress: Progress = go_on,
) -> ExportReport:
    """Write the frames ``chosen`` (None: all) of the recording ``options.source``.

    ``target`` ending in .csv, .jsonl, .bvh, .pose or .mcap gets hands, as do standard output, a
    device or a pipe, and all others where ``kind`` is given; a .db3 or a new folder gets the depth
    images, as 16-bit PNGs.

    Raises:
        SourceError, ExportError, ModelError: one clear line.
        InvalidInputError: if the source is no recording or has no such frames.
    """
    spec = options.source or ""
    joints = kind is not None or is_stream(target)
    if not joints and target.suffix.lower() in ("", DB3_SUFFIX):
        copied = convert(spec, target, chosen=chosen, progress=progress)
        return ExportReport(copied.frames, (target,), copied.damaged, copied.reason, copied.notice)
    if not joints and target.suffix.lower() not in JOINT_SUFFIXES:
        raise InvalidInputError(
            f"{target}: it must end in .csv, .jsonl, .bvh, .pose, .mcap or .db3, or be a folder's"
        )
    with closing(open_any(options)) as source:
        if not isinstance(source, SeekableSource):
            raise InvalidInputError(f"{spec} is no recording: give the file or folder of one")
        pipeline = load_pipeline(options, source)
        return export_joints(
            source,
            pipeline,
            target,
            tracking=options.tracking,
            chosen=chosen,
            kind=kind,
            progress=progress,
        )


def export_joints(
    source: SeekableSource,
    pipeline: Step[State],
    target: Path,
    *,
    tracking: TrackingSettings = DEFAULT_TRACKING,
    chosen: PlayRange | None = None,
    kind: JointsFormat | None = None,
    progress: Progress = go_on,
) -> ExportReport:
    """Write the joints in frames ``chosen`` of ``source``, the same as a ``Replay`` shows.

    Raises:
        SourceError, ExportError: one clear line; ``CancelledError`` if ``progress`` said so.
        InvalidInputError: if there are no such frames.
    """
    span = chosen or PlayRange(0, source.frame_count - 1)
    if span.last >= source.frame_count:
        raise InvalidInputError(
            f"{source.name} has no frame {span.last}, only 0 to {source.frame_count - 1}"
        )
    pipeline.prepare(source.camera)
    results = ReplayResults(source, pipeline, RunStatistics(time.monotonic), tracking)
    total, damaged, reason = span.last - span.first + 1, 0, ""
    with result_writer(target, kind) as writer:
        for done, index in enumerate(range(span.first, span.last + 1), start=1):
            try:
                result = results.at(index, lambda: False, playing=True)
            except FrameError as error:
                damaged, reason = damaged + 1, reason or str(error)
            else:
                if result is not None:
                    writer.write(result)
            report(progress, done, total)
        if damaged == total:
            raise SourceError(f"no frame of {source.name} can be read: {reason}")
    return ExportReport(total - damaged, writer.written, damaged, reason, source.notice or "")
