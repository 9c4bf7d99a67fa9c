"""Sources and pipelines that break or hang, and stopping in every state."""

from __future__ import annotations

import threading
import time

import pytest

from engine.errors import SourceError
from engine.run.runner import Runner
from engine.run.state import RunState
from tests.fakes import FakePipeline, FakeSource, PushSource
from tests.runner_helpers import (
    call_from_threads,
    check_stop_is_final,
    listen_to,
    running,
    wait_for,
    wait_state,
)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (SourceError("x.bag is damaged"), "x.bag is damaged"),
        (ValueError("odd"), "reading the source failed: ValueError: odd"),
    ],
)
def test_a_source_that_breaks_fails_after_the_frames_before_it(error: Exception, text: str) -> None:
    source, pipeline = FakeSource(20, fail_at=12, error=error), FakePipeline()
    runner = Runner(source, pipeline)
    consumer = listen_to(runner)
    runner.start()
    assert consumer.indices() == list(range(12))
    wait_state(runner, RunState.FAILED)
    assert runner.snapshot().error == text
    runner.stop()
    assert runner.snapshot().state is RunState.STOPPED
    assert runner.snapshot().error == text
    assert source.closed == 1


@pytest.mark.parametrize("source", [FakeSource(None), PushSource()], ids=["replay", "live"])
def test_a_pipeline_that_breaks_is_recorded_and_the_source_closed(source: FakeSource) -> None:
    with running(source, FakePipeline(fail_at=0)) as runner:
        if isinstance(source, PushSource):
            source.push()
        wait_state(runner, RunState.FAILED)
        expected = "processing a frame failed: RuntimeError: the fake pipeline broke"
        assert runner.snapshot().error == expected
        wait_for(lambda: source.closed == 1)
        assert runner.tap_frames(1).closed


def test_a_source_that_cannot_rewind_fails() -> None:
    class Stubborn(FakeSource):
        def rewind(self) -> None:
            raise SourceError("cannot rewind")

    with running(Stubborn(2), FakePipeline()) as runner:
        wait_state(runner, RunState.ENDED)
        runner.restart()
        wait_state(runner, RunState.FAILED)
        assert runner.snapshot().error == "cannot rewind"


# -- stop --------------------------------------------------------------------------------------


def _reach(state: RunState, runner: Runner[int]) -> None:
    if state is RunState.IDLE:
        return
    runner.start()
    if state is RunState.PAUSED:
        runner.pause()
    if state is RunState.STOPPED:
        runner.stop()
    wait_state(runner, state)


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("state", list(RunState))
def test_stop_from_every_state_is_quick_and_final(state: RunState, live: bool) -> None:
    count = 5 if state is RunState.ENDED else None
    source = FakeSource(count, live=live, fail_at=3 if state is RunState.FAILED else None)
    runner = Runner(source, FakePipeline())
    _reach(state, runner)
    check_stop_is_final(runner)
    assert source.closed == 1
    assert not any(thread.is_alive() for thread in runner._threads)


def test_stop_while_the_source_hangs() -> None:
    gate = threading.Event()
    source = FakeSource(None, live=True, gate=gate)
    runner = Runner(source, FakePipeline())
    runner.start()
    began_s = time.monotonic()
    runner.stop()
    assert time.monotonic() - began_s < 1.0
    assert runner.snapshot().state is RunState.STOPPED
    gate.set()
    wait_for(lambda: source.closed == 1)


def test_calls_from_many_threads_leave_a_clean_end() -> None:
    source = FakeSource(40)
    runner = Runner(source, FakePipeline())
    calls = (
        runner.start, runner.pause, runner.resume, runner.restart, runner.step_once, runner.snapshot
    )  # fmt: skip
    call_from_threads(calls, rounds=200, stride=1)
    runner.stop()
    snapshot = runner.snapshot()
    assert (snapshot.state, snapshot.error, source.closed) == (RunState.STOPPED, "", 1)
