"""A recording program killed at random moments: what plays afterwards, and what is lost."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Final

from engine.errors import SourceError
from engine.recording.recorder import Recorder
from engine.run.runner import Runner
from engine.sources import open_source
from tests.fakes import FakePipeline
from tests.reliability.clock_camera import ClockCamera

KINDS: Final = ("db3", "folder")
LONGEST_S: Final = 2.5
"""Recordings last up to this long, and the program up to half a second longer."""
MAX_LOST_S: Final = 1.0
STARTS_WITHIN_S: Final = 0.5
"""A recording that was killed later than this after its start has a frame."""


@dataclass(frozen=True, slots=True)
class Killed:
    """A recording of a killed program.

    ``lasted_s`` from its start until it was killed or ended; ``lost_s`` of that is missing at the
    end; ``problem`` says why it does not play, empty if it does.
    """

    kind: str
    lasted_s: float
    frames: int
    lost_s: float
    problem: str

    @property
    def kept(self) -> bool:
        """Whether what was promised holds: it plays, but for at most a second."""
        if not self.frames:
            return self.lasted_s <= STARTS_WITHIN_S
        return not self.problem and self.lost_s <= MAX_LOST_S


def kill_recordings(count: int, seed: int, *, at_once: int = 2) -> list[Killed]:
    """Let ``count`` programs record, half to ``.db3`` and half to folders, ``at_once`` at a time,
    and kill each at a moment of its own."""
    random = Random(seed)
    plans = []
    for number in range(count):
        seconds = random.uniform(0.3, LONGEST_S)
        plans.append((KINDS[number % 2], seconds, random.uniform(0.0, seconds + 0.5)))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with (
        tempfile.TemporaryDirectory(prefix="killed-") as folder,
        ThreadPoolExecutor(at_once) as workers,
    ):
        return list(
            workers.map(
                lambda plan: _kill_one(context, Path(folder), *plan[1], number=plan[0]),
                enumerate(plans),
            )
        )


def report(killed: Sequence[Killed]) -> str:
    """A table of what was lost, and what does not play."""
    lines = [
        f"{'to':8}{'killed':>8}{'play':>6}{'too early':>11}{'lost, median':>14}{'longest':>10}"
    ]
    for kind in KINDS:
        own = [one for one in killed if one.kind == kind]
        plays = sorted(one.lost_s for one in own if one.frames and not one.problem)
        early = sum(not one.frames and one.kept for one in own)
        if plays:
            lost = f"{plays[len(plays) // 2]:12.2f} s{plays[-1]:8.2f} s"
            lines.append(f"{kind:8}{len(own):8}{len(plays):6}{early:11}{lost}")
    lines.append(f"too early: killed within {STARTS_WITHIN_S} s, before any frame was on the disk")
    lines += [f"BROKEN: {one}" for one in killed if not one.kept]
    return "\n".join(lines)


def _kill_one(
    context: multiprocessing.context.ForkServerContext,
    folder: Path,
    kind: str,
    seconds: float,
    moment_s: float,
    *,
    number: int,
) -> Killed:
    path = folder / f"{number}{'.db3' if kind == 'db3' else ''}"
    told, tells = context.Pipe(duplex=False)
    child = context.Process(target=_record, args=(path, seconds, tells))
    child.start()
    tells.close()
    assert child.pid is not None
    with told, contextlib.closing(child):
        start_s: float = told.recv()
        time.sleep(max(0.0, start_s + moment_s - time.monotonic()))
        os.kill(child.pid, signal.SIGKILL)
        end_s = time.monotonic()
        child.join()
        with contextlib.suppress(EOFError):
            while told.poll():
                end_s = told.recv()
    return _played(path, kind, start_s, end_s)


def _record(path: Path, seconds: float, tells: Connection) -> None:
    """In the child: record for so long; tell when it begins and when it ends."""
    camera = ClockCamera()
    runner = Runner(camera, FakePipeline())
    recorder = Recorder(path, camera.camera, runner)
    runner.start()
    tells.send(time.monotonic())
    time.sleep(seconds)
    tells.send(time.monotonic())
    recorder.stop()
    runner.stop()
    time.sleep(LONGEST_S)


def _played(path: Path, kind: str, start_s: float, end_s: float) -> Killed:
    lasted_s = end_s - start_s
    frames, last_s, problem = 0, start_s, ""
    try:
        with closing(open_source(str(path))) as source:
            while (frame := source.read()) is not None:
                frames, last_s = frames + 1, frame.timestamp_ms / 1000.0
            if source.frame_count != frames:
                problem = source.notice or "it ends early"
    except SourceError as error:
        problem = str(error)
    return Killed(kind, lasted_s, frames, end_s - last_s, problem)
