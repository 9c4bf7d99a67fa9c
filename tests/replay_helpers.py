"""Helpers of tests that run a `Replay`: start it, pause it at a frame, listen to results."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engine.run.replay import FAST, Replay
from engine.run.state import RunState
from tests.fakes import FakePipeline, FakeRecording
from tests.runner_helpers import PATIENCE_S, Listener, listen_to, wait_for


def wait_state(replay: Replay[int], state: RunState) -> None:
    wait_for(lambda: replay.snapshot().state is state)


@contextmanager
def playing(
    source: FakeRecording, pipeline: FakePipeline | None = None, **options: Any
) -> Iterator[tuple[Replay[int], Listener]]:
    replay: Replay[int] = Replay(source, pipeline or FakePipeline(), **{"speed": FAST, **options})
    shown = listen_to(replay)
    try:
        replay.start()
        yield replay, shown
    finally:
        replay.stop()


@contextmanager
def paused_at(index: int, source: FakeRecording) -> Iterator[tuple[Replay[int], list[int]]]:
    """A paused replay that shows ``index``, and the frames shown from then on."""
    replay: Replay[int] = Replay(source, FakePipeline(), speed=0.001)
    indices: list[int] = []
    try:
        replay.start()
        replay.pause()
        for other in (1 if index != 1 else 2, index):  # frame 0 may come by itself
            replay.seek(other)
            follow(replay, indices, until=other)
        indices.clear()
        yield replay, indices
    finally:
        replay.stop()


def follow(replay: Replay[int], indices: list[int], *, until: int) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not indices or indices[-1] != until:
        assert time.monotonic() < deadline_s, f"{until} was not shown, only {indices}"
        result = replay.results.take(0.01)
        if result is not None:
            indices.append(result.frame.index)
