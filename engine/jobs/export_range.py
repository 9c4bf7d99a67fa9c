"""A part of a recording as files: its joints as the window shows them, pictures or depth images."""

from __future__ import annotations

import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from engine.adapters.rotations_npz import RotationsWriter
from engine.errors import FrameError, InvalidInputError, SourceError
from engine.export.bvh import BvhWriter
from engine.export.joints import GesturesCsvWriter, JointsCsvWriter, JointsJsonWriter
from engine.export.names import JointsFormat
from engine.export.pictures import VIDEO_SUFFIX, PicturesWriter, VideoWriter
from engine.export.writer import ResultWriter
from engine.jobs.convert import convert
from engine.jobs.networks import load_pipeline, open_any
from engine.output import is_stream
from engine.pictures.view import PictureView
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

LOOKED_AT: Final = 9
"""So many frames tell whether a recording has colour."""
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
        case JointsFormat.ROTATIONS:
            return RotationsWriter(path)
        case JointsFormat.JSON_LINES:
            return JointsJsonWriter(path)
        case JointsFormat.CSV:
            return GesturesCsvWriter(path) if gestures else JointsCsvWriter(path)


def _writer(path: Path, kind: JointsFormat | None, view: PictureView | None) -> ResultWriter:
    if view is None:
        return result_writer(path, kind)
    film = path.suffix.lower() == VIDEO_SUFFIX
    return VideoWriter(path, view) if film else PicturesWriter(path, view)


def export_range(
    options: Options,
    target: Path,
    *,
    chosen: PlayRange | None = None,
    kind: JointsFormat | None = None,
    view: PictureView | None = None,
    progress: Progress = go_on,
) -> ExportReport:
    """Write the frames ``chosen`` (None: all) of the recording ``options.source``.

    ``target`` ending in .csv, .jsonl, .bvh, .pose, .mcap or .npz gets hands, as do standard output,
    a device or a pipe, and all others where ``kind`` is given; a .db3 or a new folder gets the
    depth images, as 16-bit PNGs. An .mp4, and a new folder where ``view`` is given, gets pictures
    with the hands drawn; of a film without a ``view``, colour is a part where there is some.

    Raises:
        SourceError, ExportError, ModelError: one clear line.
        InvalidInputError: if the source is no recording or has no such frames.
    """
    spec = options.source or ""
    joints = kind is not None or is_stream(target)
    drawn = not joints and _is_drawn(target, view)
    if not joints and not drawn and target.suffix.lower() in ("", DB3_SUFFIX):
        copied = convert(spec, target, chosen=chosen, progress=progress)
        return ExportReport(copied.frames, (target,), copied.damaged, copied.reason, copied.notice)
    if not joints and not drawn and target.suffix.lower() not in JOINT_SUFFIXES:
        raise InvalidInputError(
            f"{target}: it must end in .csv, .jsonl, .bvh, .pose, .mcap, .npz, .mp4 or .db3, or be "
            "a folder's"
        )
    if view is not None and not drawn:
        raise InvalidInputError(f"a view is for an .mp4 or a folder of pictures, not for {target}")
    with closing(open_any(options)) as source:
        if not isinstance(source, SeekableSource):
            raise InvalidInputError(f"{spec} is no recording: give the file or folder of one")
        shown = _checked_view(source, view) if drawn else None
        pipeline = load_pipeline(options, source)
        return export_results(
            source,
            pipeline,
            target,
            tracking=options.tracking,
            chosen=chosen,
            kind=kind,
            view=shown,
            progress=progress,
        )


def _is_drawn(target: Path, view: PictureView | None) -> bool:
    suffix = target.suffix.lower()
    return suffix == VIDEO_SUFFIX or (view is not None and not suffix)


def _checked_view(source: SeekableSource, view: PictureView | None) -> PictureView:
    """What to draw of ``source``, by whether some of its frames have colour.

    Raises:
        InvalidInputError: if only colour is asked for and there is none.
    """
    if view is PictureView.DEPTH:
        return view
    problem = ""
    for index in np.linspace(0, source.frame_count - 1, LOOKED_AT, dtype=int):
        with suppress(FrameError):
            frame = source.frame_at(int(index))
            if frame.colour is not None:
                return view or PictureView.BOTH
            problem = frame.colour_problem
    if view is PictureView.COLOUR:
        raise InvalidInputError(problem or f"{source.name} has no colour")
    return view or PictureView.DEPTH


def export_results(
    source: SeekableSource,
    pipeline: Step[State],
    target: Path,
    *,
    tracking: TrackingSettings = DEFAULT_TRACKING,
    chosen: PlayRange | None = None,
    kind: JointsFormat | None = None,
    view: PictureView | None = None,
    progress: Progress = go_on,
) -> ExportReport:
    """Write the joints in frames ``chosen`` of ``source``, the same as a ``Replay`` shows, or with
    ``view`` pictures of them.

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
    with _writer(target, kind, view) as writer:
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
