"""Several recordings at once, without a window."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.cli.console import EXIT_OK, EXIT_UNUSABLE, print_status
from engine.errors import InvalidInputError
from engine.export.names import JointsFormat
from engine.tracking.config import Options

if TYPE_CHECKING:
    from engine.jobs.batch import Outcome

FOR_ONE: Final = ("measures", "picture", "view", "rerun", "lsl")
FOR_ONE_LIVE: Final = ("stream_ws", "stream_osc", "stream_vmc")


def run_several(options: Options, given: argparse.Namespace) -> int:
    """Track all ``given.sources`` into a folder; says what came of each.

    Raises:
        CrossingHandsError: one clear line, if nothing can be begun.
    """
    _refuse(given)
    # Imported on use: other work need not wait for what tracks.
    from engine.jobs.batch import Part, processes_for, run_batch
    from engine.jobs.batch_names import batch_targets
    from engine.jobs.headless import HeadlessJob
    from engine.progress import progress_bar

    form = JointsFormat(given.export_format or JointsFormat.CSV)
    processes = processes_for(len(given.sources), given.jobs)
    job = HeadlessJob(
        independent=given.independent,
        seconds=given.seconds,
        export_format=form,
        gesture_column=given.gesture_column,
    )
    targets = batch_targets(given.sources, given.export, form)
    parts = [
        Part(replace(options, source=source), replace(job, export=target))
        for source, target in zip(given.sources, targets, strict=True)
    ]
    with progress_bar(f"{len(parts)} recordings", "frame") as progress:
        outcomes = run_batch(parts, processes, progress=progress)
    return _tell(given.sources, targets, outcomes)


def _refuse(given: argparse.Namespace) -> None:
    if not given.headless:
        raise InvalidInputError("several sources need --headless: the window shows one")
    if not given.sources:
        raise InvalidInputError("--jobs needs recordings")
    if given.export is None:
        raise InvalidInputError("several recordings need --export DIR, the folder to write to")
    for name in (*FOR_ONE, *FOR_ONE_LIVE):
        if getattr(given, name) is not None:
            raise InvalidInputError(
                f"--{name.replace('_', '-')} is for one source, not for several"
            )


def _tell(sources: Sequence[str], targets: Sequence[Path], outcomes: Sequence[Outcome]) -> int:
    for source, target, outcome in zip(sources, targets, outcomes, strict=True):
        report = outcome.report
        if report is None:
            named = outcome.failure.startswith(source)
            print_status(f"error: {'' if named else f'{source}: '}{outcome.failure}")
            continue
        if report.notice:
            print_status(f"note: {source}: {report.notice}")
        written = ", ".join(str(path) for path in report.written) or f"no hands for {target}"
        print_status(
            f"{source}: {report.frames} frames, a hand in {report.frames_with_hand}, {written}"
        )
    failed = sum(outcome.report is None for outcome in outcomes)
    if failed:
        print_status(f"error: {failed} of {len(outcomes)} recordings failed")
    return EXIT_UNUSABLE if failed else EXIT_OK
