"""Helpers of tests that run a `Runner`: start it, wait for a state, listen to results."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from engine.mailbox import BoundedQueue, Overflow
from engine.run.replay import Replay
from engine.run.runner import Runner
from engine.run.state import RunState
from engine.types import FrameResult
from tests.fakes import FakePipeline, FakeSource

PATIENCE_S = 10.0


def wait_for(condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Give the threads time to get there; fail loudly if they never do."""
    deadline_s = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline_s, "the threads did not get there"
        time.sleep(0.002)


def check_stop_is_final(run: Runner[int] | Replay[int]) -> None:
    """``run`` stops quickly, may be stopped twice, and does nothing afterwards."""
    began_s = time.monotonic()
    run.stop()
    run.stop()
    assert time.monotonic() - began_s < 1.0
    for call in (run.start, run.pause, run.resume, run.restart, run.step_once):
        call()
    assert run.snapshot().state is RunState.STOPPED
    assert run.results.closed


def wait_state(runner: Runner[int], state: RunState) -> None:
    wait_for(lambda: runner.snapshot().state is state)


@contextmanager
def running(source: FakeSource, pipeline: FakePipeline, **options: Any) -> Iterator[Runner[int]]:
    runner = Runner(source, pipeline, **options)
    try:
        runner.start()
        yield runner
    finally:
        runner.stop()


def call_from_threads(calls: Sequence[Callable[[], object]], rounds: int, stride: int) -> None:
    """Four threads at once make ``rounds`` calls each, every ``stride``-th of ``calls``."""

    def hammer(offset: int) -> None:
        for turn in range(rounds):
            calls[(turn * stride + offset) % len(calls)]()

    hammers = [threading.Thread(target=hammer, args=(k,)) for k in range(4)]
    for thread in hammers:
        thread.start()
    for thread in hammers:
        thread.join()


@dataclass(frozen=True)
class Listener:
    """What a run publishes from now on."""

    run: Runner[int] | Replay[int]
    queue: BoundedQueue[FrameResult]

    def take(self, timeout_s: float = PATIENCE_S) -> FrameResult | None:
        return self.queue.take(timeout_s)

    def indices(self, patience_s: float = PATIENCE_S) -> list[int]:
        """The frames of all results when the run has ended."""
        wait_for(lambda: not self.run.snapshot().state.active, patience_s)
        found = []
        while (result := self.queue.take()) is not None:
            found.append(result.frame.index)
        return found


def listen_to(run: Runner[int] | Replay[int], capacity: int = 100_000) -> Listener:
    queue: BoundedQueue[FrameResult] = BoundedQueue(capacity, Overflow.DROP_OLDEST)
    run.listen(queue)
    return Listener(run, queue)


# -- replay ------------------------------------------------------------------------------------
