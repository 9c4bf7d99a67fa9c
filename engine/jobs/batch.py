"""Several recordings at once, each by a process of its own; a failure stays with its recording."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import SpawnContext
from typing import Final

from engine.errors import InvalidInputError, user_message
from engine.jobs.headless import HeadlessJob, HeadlessReport, run_headless
from engine.progress import Progress, go_on, report
from engine.tracking.config import FIRST_DEVICE, Options

POLL_S: Final = 0.1
MOST_PROCESSES: Final = 61
"""More, Windows cannot wait for."""
DIED: Final = "its process ended by itself: it crashed, or the memory did not suffice"
_UNKNOWN: Final = -1


@dataclass(frozen=True, slots=True)
class Part:
    """One recording of several, the source of ``options``, and what is done with it."""

    options: Options
    job: HeadlessJob


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a recording: its ``report``, or the ``failure`` in one line and no report."""

    report: HeadlessReport | None
    failure: str = ""


Work = Callable[[Options, HeadlessJob, Progress], HeadlessReport]
"""Does one recording; a function of a module, as processes find it by its name."""


def track_recording(options: Options, job: HeadlessJob, progress: Progress) -> HeadlessReport:
    """What is done with a recording: the same as if it were the only one."""
    return run_headless(options, job, progress=progress)


class _SharedProgress:
    """How far each recording is, in memory that all processes share. Only the process that has a
    recording writes its two numbers; only the parent sets the last, which ends all."""

    def __init__(self, context: SpawnContext, recordings: int) -> None:
        self._numbers = context.RawArray("q", 2 * recordings + 1)
        for place in range(recordings):
            self._numbers[2 * place + 1] = _UNKNOWN

    def put(self, place: int, done: int, total: int) -> bool:
        """Called by the process that has the recording; False if the work ends here."""
        self._numbers[2 * place] = done
        self._numbers[2 * place + 1] = total or _UNKNOWN
        return not self._numbers[-1]

    def finish(self, place: int) -> None:
        """No more frames will come of this recording."""
        self._numbers[2 * place + 1] = self._numbers[2 * place]

    def end(self) -> None:
        """Let all processes end what they do."""
        self._numbers[-1] = 1

    def sums(self) -> tuple[int, int]:
        """Frames done, and to be done: 0 as long as one recording's are not known."""
        done, totals = self._numbers[:-1:2], self._numbers[1::2]
        return sum(done), 0 if _UNKNOWN in totals else sum(totals)


_shared_progress: list[_SharedProgress] = []
"""In a process of the pool: the one there is."""


def processes_for(recordings: int, jobs: int | None = None) -> int:
    """How many processes: ``jobs``, by default as many as there are cores for this program, and
    never more than recordings.

    Raises:
        InvalidInputError: if ``jobs`` is not positive.
    """
    if jobs is not None and jobs < 1:
        raise InvalidInputError(f"jobs must be 1 or more, not {jobs}")
    return min(jobs or _cores(), recordings, MOST_PROCESSES)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_batch(
    parts: Sequence[Part],
    processes: int,
    *,
    progress: Progress = go_on,
    work: Work = track_recording,
) -> tuple[Outcome, ...]:
    """Do all ``parts``, ``processes`` at a time; what came of them in their order.

    Files are the same as of one recording after the other. If this is interrupted, or ended by
    ``progress``, what is under way ends within a frame, without a trace; recordings that were done
    stay.

    Raises:
        CancelledError: if ``progress`` ends it.
        ModelError: if the networks cannot be used.
    """
    _settle(parts)
    shared = _SharedProgress(multiprocessing.get_context("spawn"), len(parts))
    outcomes = _together(dict(enumerate(parts)), processes, shared, progress, work)
    for place, part in enumerate(parts):
        # A process that dies takes along what the others had: alone, each shows who it was.
        if place not in outcomes:
            outcomes |= _together({place: part}, 1, shared, progress, work)
    return tuple(outcomes.get(place, Outcome(None, DIED)) for place in range(len(parts)))


def _settle(parts: Sequence[Part]) -> None:
    """Measure how networks run quickest before processes would, each disturbed by the others and
    with a result of its own."""
    from engine.tracking.inference_mode import fastest_mode

    for models in {part.options.models for part in parts if part.options.device == FIRST_DEVICE}:
        fastest_mode(models)


def _together(
    parts: dict[int, Part], processes: int, shared: _SharedProgress, progress: Progress, work: Work
) -> dict[int, Outcome]:
    """What came of the parts, by their places; those are missing that had no process to the end."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, context, _begin, (shared,))
    try:
        with _interrupts_later():
            futures = {place: pool.submit(_do, place, part, work) for place, part in parts.items()}
        waiting: set[Future[Outcome]] = set(futures.values())
        while waiting:
            waiting = wait(waiting, POLL_S).not_done
            report(progress, *shared.sums())
    except BaseException:
        shared.end()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    outcomes: dict[int, Outcome] = {}
    for place, future in futures.items():
        try:
            outcomes[place] = future.result()
        except BrokenProcessPool:
            continue
    return outcomes


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Ctrl+C reaches all processes of a terminal. Those begun here are deaf to it from their first
    moment, as the parent tells them; it hears what came meanwhile at the end."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(shared: _SharedProgress) -> None:
    """The first thing in a process of the pool."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _shared_progress.append(shared)
    threading.Thread(target=_end_with_parent, name="job-parent", daemon=True).start()


def _end_with_parent() -> None:
    """A process whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(place: int, part: Part, work: Work) -> Outcome:
    """In a process of the pool: one recording."""
    shared = _shared_progress[0]
    try:
        return Outcome(
            work(part.options, part.job, lambda done, total: shared.put(place, done, total))
        )
    except Exception as error:  # noqa: BLE001 - the top of the work; told with the recording's name
        return Outcome(None, user_message("tracking", error))
    finally:
        shared.finish(place)
