"""The main job without a window: every frame once, in order, joints and a picture out."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tqdm import tqdm

from engine.errors import InvalidInputError, SourceError, StreamError
from engine.export.names import JointsFormat
from engine.export.writer import ResultWriter
from engine.jobs.ahead import ahead
from engine.jobs.export_range import result_writer
from engine.jobs.frames import FRAME_TIMEOUT_S, State, frames_of, paced, results_of
from engine.jobs.networks import load_pipeline, open_any
from engine.measure.export import MeasuresCsvWriter
from engine.output import STANDARD_OUTPUT, is_standard_output, is_stream, same_file, shown_path
from engine.pictures.draw import check_picture, save_picture
from engine.pictures.view import PictureView
from engine.progress import Progress, go_on, progress_bar, report
from engine.run.runner import Step
from engine.sources.base import ColourSwitch, DepthSource, ReconnectingSource
from engine.sources.folder import is_part
from engine.stream.streamer import Streamer
from engine.tracking.config import DEFAULT_TRACKING, Options, TrackingSettings
from engine.tracking.smoothing import Smoothing
from engine.types import FrameResult

NO_TEXT_SUFFIXES: Final = (".db3", ".bag", ".png", ".jpg", ".json", ".rrd")
"""Endings that promise something else than what is exported."""
NO_TABLE_SUFFIXES: Final = (*NO_TEXT_SUFFIXES, ".jsonl", ".bvh", ".pose", ".mcap", ".npz")
RERUN_VIEWER: Final = Path("viewer")
"""In place of a log's name: Rerun's window shows it at once."""
MAX_SECONDS: Final = 1e7
ENDLESS_SECONDS: Final = 10.0
"""How much of a source that never ends is processed unless the user says otherwise."""


@dataclass(frozen=True, slots=True)
class HeadlessJob:
    """What to do with the frames.

    ``export``, ``picture`` and ``measures`` are files to write, None for neither, ``-`` for
    standard output; ``independent`` takes each frame alone, without tracking or smoothing;
    ``seconds`` (by the frames' timestamps) ends the job early, None processes a recording whole
    and 10 s of a camera; ``export_format`` is that of ``export``, None is what its ending says;
    ``gesture_column`` adds the gesture to it, if it is CSV; ``rerun`` is a log for Rerun to write,
    or ``RERUN_VIEWER`` to show it at once; ``lsl`` names an outlet of the Lab Streaming Layer;
    ``view`` is what the picture shows.

    Raises:
        InvalidInputError: naming the field that is not usable.
    """

    export: Path | None = None
    picture: Path | None = None
    independent: bool = False
    seconds: float | None = None
    measures: Path | None = None
    export_format: JointsFormat | None = None
    gesture_column: bool = False
    rerun: Path | None = None
    lsl: str | None = None
    view: PictureView = PictureView.DEPTH

    def __post_init__(self) -> None:
        if self.seconds is not None and not 0 < self.seconds <= MAX_SECONDS:
            raise InvalidInputError(
                f"seconds must be positive and at most {MAX_SECONDS:g}, not {self.seconds}"
            )
        if self.export is not None and self.export.suffix.lower() in NO_TEXT_SUFFIXES:
            raise InvalidInputError(
                f"{self.export} would be a text: end it in .csv, .jsonl, .bvh, .pose, .mcap or .npz"
            )
        if self.rerun not in (None, RERUN_VIEWER) and self.rerun.suffix.lower() != ".rrd":
            raise InvalidInputError(f"{self.rerun} would be a log for Rerun: end it in .rrd")
        if self.measures is not None and self.measures.suffix.lower() in NO_TABLE_SUFFIXES:
            raise InvalidInputError(f"{self.measures} would be a table: end it in .csv")
        places = [_place(path) for path in self.outputs]
        for path, place in zip(self.outputs, places, strict=True):
            shared = is_stream(path) and not is_standard_output(path)
            if places.count(place) > 1 and not shared:
                name = shown_path(Path(place))
                raise InvalidInputError(f"{name} is asked for twice: choose two names")

    @property
    def outputs(self) -> tuple[Path, ...]:
        """The files to write."""
        rerun = None if self.rerun == RERUN_VIEWER else self.rerun
        return tuple(path for path in (self.export, self.measures, self.picture, rerun) if path)


def _place(path: Path) -> str:
    return str(STANDARD_OUTPUT) if is_standard_output(path) else os.path.realpath(path)


@dataclass(frozen=True, slots=True)
class HeadlessReport:
    """What was done: frames processed, frames with a hand, files written, and the source's
    notice."""

    frames: int
    frames_with_hand: int
    written: tuple[Path, ...]
    notice: str


def run_headless(
    options: Options,
    job: HeadlessJob,
    streamer: Streamer | None = None,
    progress: Progress | None = None,
) -> HeadlessReport:
    """Open the source of ``options``, load the networks and do ``job``; ``progress`` is told how
    far it is, None shows a bar.

    With a ``streamer``, results are streamed, and a camera is neither ended by itself nor given up
    while it is unplugged.

    Raises:
        CrossingHandsError: one clear line about the source, a model or an output.
    """
    recording = Path(options.source or "")
    for path in job.outputs:
        if same_file(recording, path):
            raise InvalidInputError(f"{path} is the recording itself: choose another name")
        if same_file(recording, path.parent) and is_part(path):
            raise InvalidInputError(f"{path} would be taken for a part of the recording it lies in")
    with closing(open_any(options)) as source:
        if job.view.colour and isinstance(source, ColourSwitch):
            source.show_colour(True)
        if job.independent:
            options = replace(options, smoothing=Smoothing.OFF)
        pipeline = load_pipeline(options, source)
        sent = streamer is not None or job.lsl is not None
        seconds = ENDLESS_SECONDS if options.endless and not sent else None
        bar = progress_bar(source.name, "frame") if progress is None else nullcontext(progress)
        with bar as shown:
            return process(
                source,
                pipeline,
                job,
                options.tracking,
                limit_s=job.seconds or seconds,
                streamer=streamer,
                progress=shown,
            )


def process(
    source: DepthSource,
    pipeline: Step[State],
    job: HeadlessJob,
    tracking: TrackingSettings = DEFAULT_TRACKING,
    *,
    limit_s: float | None = None,
    streamer: Streamer | None = None,
    progress: Progress = go_on,
) -> HeadlessReport:
    """Put every frame of ``source``, up to ``limit_s`` seconds of it, through ``pipeline``.

    What is streamed comes at the pace at which it was recorded.

    Raises:
        SourceError: if the source breaks, or delivers no frame at all.
        ExportError: if an output cannot be written.
        StreamError: if streaming stops by itself and nothing is written either.
    """
    frames = frames_with_hand = 0
    to_show: FrameResult | None = None
    failure = ""
    with ExitStack() as stack:
        writers = [stack.enter_context(writer) for writer in _writers(job)]
        total = _expected_frames(source, limit_s)
        pipeline.prepare(source.camera)
        for result in stack.enter_context(
            _results(source, pipeline, job, tracking, limit_s, streamer)
        ):
            if streamer is not None:
                streamer.put(result)
                failure = _report_failure(streamer, job, failure)
            for writer in writers:
                writer.write(result)
            if result.hands or to_show is None or not to_show.hands:
                to_show = result
            frames += 1
            frames_with_hand += bool(result.hands)
            report(progress, frames, total)
        if to_show is None:
            raise SourceError(source.notice or f"{source.name} has no frames")
    if job.picture is not None:
        save_picture(to_show, job.picture, job.view)
    written = tuple(path for writer in writers for path in writer.written)
    if job.picture is not None and not is_stream(job.picture):
        written = (*written, job.picture)
    return HeadlessReport(frames, frames_with_hand, written, _notice(source))


@contextmanager
def _results(
    source: DepthSource,
    pipeline: Step[State],
    job: HeadlessJob,
    tracking: TrackingSettings,
    limit_s: float | None,
    streamer: Streamer | None,
) -> Iterator[Iterator[FrameResult]]:
    """What ``pipeline`` says of the frames. A recording is read, and its hands are tracked, while
    results before are written; a camera's frames are taken as they come."""
    timeout_s = FRAME_TIMEOUT_S if streamer is None else math.inf
    frames = frames_of(source, limit_s, timeout_s)
    if source.live:
        yield results_of(frames, pipeline, tracking, independent=job.independent)
        return
    with ahead(frames, "job-read") as read:
        due = read if streamer is None and job.lsl is None else paced(read)
        results = results_of(due, pipeline, tracking, independent=job.independent)
        with ahead(results, "job-track") as tracked:
            yield tracked


def _report_failure(streamer: Streamer, job: HeadlessJob, known: str) -> str:
    """Report at once what goes out no more, and once; returns what is known now.

    Raises:
        StreamError: if there is nothing left to be done.
    """
    snapshot = streamer.snapshot()
    if snapshot.stopped and not job.outputs:
        raise StreamError(snapshot.failure)
    if snapshot.failure != known:
        tqdm.write(snapshot.failure, file=sys.stderr)
    return snapshot.failure


def _writers(job: HeadlessJob) -> Iterator[ResultWriter]:
    if job.picture is not None:
        check_picture(job.picture)
    if job.export is not None:
        yield result_writer(job.export, job.export_format, gestures=job.gesture_column)
    if job.measures is not None:
        yield MeasuresCsvWriter(job.measures)
    if job.rerun is not None:
        # Imported on use: few have the library, and it takes a while to load.
        from engine.adapters.rerun_log import RerunLog

        yield RerunLog(job.rerun, shown=job.rerun == RERUN_VIEWER)
    if job.lsl is not None:
        from engine.adapters.lsl import LslOutlets

        yield LslOutlets(job.lsl)


def _notice(source: DepthSource) -> str:
    """What the source has to say at the end."""
    advice = source.connection.advice if isinstance(source, ReconnectingSource) else ()
    return "; ".join((*((source.notice,) if source.notice else ()), *advice))


def _expected_frames(source: DepthSource, limit_s: float | None) -> int:
    """How many frames will come; 0 where nobody knows."""
    total = source.frame_count or 0
    if limit_s is None:
        return total
    within = round(limit_s * source.camera.fps)
    return min(total, within) if total else within
