"""Running runners of made sources for tests: starting, waiting, what came."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from engine.mailbox import BoundedQueue
from engine.run.runner import Runner
from engine.run.state import RunState
from engine.types import FrameResult
from tests.fakes import FakePipeline, FakeSource

PATIENCE_S = 10.0


def wait_for(condition: Callable[[], bool]) -> None:
    """Give the threads time to get there; fail loudly if they never do."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, "the threads did not get there"
        time.sleep(0.002)


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


def indices(queue: BoundedQueue[FrameResult]) -> list[int]:
    found = []
    while (result := queue.take(timeout_s=PATIENCE_S)) is not None:
        found.append(result.frame.index)
    return found


# -- replay ------------------------------------------------------------------------------------
