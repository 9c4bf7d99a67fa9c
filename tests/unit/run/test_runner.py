"""Frames through threads: order, pace, pause, loss and figures."""

from __future__ import annotations

import threading
import time
from functools import partial

from engine.run.runner import Runner
from engine.run.state import RunState
from engine.tracking.config import TrackingSettings
from engine.tracking.smoothing import Smoothing
from tests.fakes import FakePipeline, FakeSource, PushSource
from tests.runner_helpers import PATIENCE_S, listen_to, running, wait_for, wait_state


def test_replay_processes_every_frame_once_in_order() -> None:
    source, pipeline = FakeSource(500, notice="stopped early"), FakePipeline()
    runner = Runner(source, pipeline)
    consumer = listen_to(runner)
    runner.start()
    assert consumer.indices() == list(range(500))
    wait_state(runner, RunState.ENDED)
    snapshot = runner.snapshot()
    assert (snapshot.frames_in, snapshot.frames_out) == (500, 500)
    assert snapshot.dropped == 0
    assert snapshot.notice == "stopped early"
    assert [stage.name for stage in snapshot.stages] == ["detect", "estimate"]
    assert pipeline.states == list(range(500))
    assert pipeline.prepared_for is source.camera
    newest = runner.results.take()
    assert newest is not None
    assert newest.frame.index == 499
    runner.stop()
    assert source.closed == 1


def test_a_listener_that_takes_nothing_does_not_hold_the_run_up() -> None:
    source, pipeline = FakeSource(50), FakePipeline()
    runner = Runner(source, pipeline)
    slow, gone = listen_to(runner, capacity=1), listen_to(runner, capacity=1)
    gone.queue.close()
    runner.start()
    wait_state(runner, RunState.ENDED)
    runner.stop()
    assert pipeline.seen == list(range(50))
    assert (slow.take().frame.index, slow.queue.dropped, slow.queue.closed) == (49, 49, False)
    assert (gone.queue.take(), gone.queue.dropped) == (None, 0)


def test_pause_step_resume() -> None:
    gate = threading.Semaphore(1)
    pipeline = FakePipeline(gate=gate)
    with running(FakeSource(20), pipeline) as runner:
        wait_for(lambda: runner.snapshot().frames_out == 1)
        runner.pause()
        gate.release(100)
        wait_for(lambda: runner.snapshot().state is RunState.PAUSED)
        wait_for(lambda: len(pipeline.seen) >= 1)
        time.sleep(0.05)
        paused_at = len(pipeline.seen)
        assert paused_at <= 2, "at most the frame already under way comes after a pause"
        for steps in (1, 2):
            runner.step_once()
            wait_for(partial(lambda wanted: len(pipeline.seen) == wanted, paused_at + steps))
        time.sleep(0.03)
        assert len(pipeline.seen) == paused_at + 2
        runner.resume()
        wait_state(runner, RunState.ENDED)
    assert pipeline.seen == list(range(20))


def test_start_after_the_end_replays_with_a_fresh_state() -> None:
    source, pipeline = FakeSource(5), FakePipeline()
    with running(source, pipeline) as runner:
        wait_state(runner, RunState.ENDED)
        runner.start()
        wait_for(lambda: len(pipeline.seen) == 10)
        wait_state(runner, RunState.ENDED)
    assert pipeline.seen == [*range(5), *range(5)]
    assert pipeline.states == [*range(5), *range(5)]
    assert source.rewinds == 1


def test_restart_while_paused_shows_the_first_frame() -> None:
    pipeline = FakePipeline()
    with running(FakeSource(200), pipeline, pace=True) as runner:
        wait_for(lambda: len(pipeline.seen) >= 3)
        runner.pause()
        time.sleep(0.05)
        before = len(pipeline.seen)
        runner.restart()
        wait_for(lambda: len(pipeline.seen) == before + 1)
        assert pipeline.seen[-1] == 0
        assert pipeline.states[-1] == 0
        assert runner.snapshot().state is RunState.PAUSED


def test_loop_goes_round_with_a_fresh_state_each_time() -> None:
    source, pipeline = FakeSource(4), FakePipeline()
    with running(source, pipeline, loop=True) as runner:
        wait_for(lambda: len(pipeline.seen) >= 12)
        assert runner.snapshot().state is RunState.RUNNING
    assert pipeline.seen[:12] == [*range(4)] * 3
    assert pipeline.states[:12] == [*range(4)] * 3


def test_an_empty_replay_ends_even_when_looping() -> None:
    with running(FakeSource(0), FakePipeline(), loop=True) as runner:
        wait_state(runner, RunState.ENDED)


def test_paced_replay_takes_as_long_as_its_timestamps() -> None:
    began_s = time.monotonic()
    with running(FakeSource(7), FakePipeline(), pace=True) as runner:
        wait_state(runner, RunState.ENDED)
    assert time.monotonic() - began_s >= 0.19  # 6 steps of 33.3 ms; slower is fine, faster is not


# -- live --------------------------------------------------------------------------------------


def test_live_newest_frame_wins_and_drops_are_counted() -> None:
    gate = threading.Semaphore(0)
    source, pipeline = PushSource(), FakePipeline(gate=gate)
    with running(source, pipeline) as runner:
        source.push()
        assert pipeline.entered.acquire(timeout=PATIENCE_S)
        source.push(9)
        wait_for(lambda: runner.snapshot().frames_in == 10)
        wait_for(lambda: runner.snapshot().dropped == 8)
        gate.release(2)
        wait_for(lambda: runner.snapshot().frames_out == 2)
        assert pipeline.seen == [0, 9]
        snapshot = runner.snapshot()
    assert snapshot.frames_in == snapshot.frames_out + snapshot.dropped


def test_live_pause_forgets_what_was_seen_meanwhile() -> None:
    source, pipeline = PushSource(), FakePipeline()
    with running(source, pipeline) as runner:
        source.push()
        wait_for(lambda: len(pipeline.seen) == 1)
        runner.pause()
        runner.step_once()
        source.push(5)
        wait_for(lambda: runner.snapshot().frames_in == 6)
        runner.resume()
        source.push()
        wait_for(lambda: len(pipeline.seen) == 2)
        runner.restart()
        assert runner.snapshot().state is RunState.RUNNING
    assert pipeline.seen == [0, 6]


def test_a_live_source_that_ends_is_reported() -> None:
    source = FakeSource(3, live=True, notice="camera unplugged")
    with running(source, FakePipeline()) as runner:
        wait_state(runner, RunState.ENDED)
        assert runner.snapshot().notice == "camera unplugged"
        runner.start()
        assert runner.snapshot().state is RunState.ENDED


# -- things that break -------------------------------------------------------------------------


def test_figures_of_a_steady_run() -> None:
    with running(FakeSource(None), FakePipeline()) as runner:
        wait_for(lambda: runner.snapshot().frames_out > 50)
        wait_for(lambda: min(runner.snapshot().fps_in, runner.snapshot().fps_out) > 0)
        first, second = runner.snapshot(), runner.snapshot()
    assert first.latency_ms >= 0
    assert first.frames_out <= second.frames_out <= second.frames_in


def test_tracking_settings_reach_the_pipeline() -> None:
    source, pipeline = PushSource(), FakePipeline()
    with running(source, pipeline) as runner:
        runner.update_tracking(TrackingSettings(hands=2, smoothing=Smoothing.STRONG))
        source.push()
        wait_for(lambda: pipeline.seen == [0])
    assert pipeline.tracking == TrackingSettings(2, Smoothing.STRONG)
