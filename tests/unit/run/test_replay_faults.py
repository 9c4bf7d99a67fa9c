"""Damaged recordings, stopping in every state, and other tracking settings while a replay runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from engine.run.replay import FAST, Replay
from engine.run.replay_control import PlayRange
from engine.run.state import RunState
from engine.tracking.config import DEFAULT_TRACKING, TrackingSettings
from engine.types import Frame, FrameResult
from tests.fakes import FakePipeline, FakeRecording, make_hand
from tests.replay_helpers import follow, paused_at, playing, wait_state
from tests.runner_helpers import (
    PATIENCE_S,
    call_from_threads,
    check_stop_is_final,
    listen_to,
    wait_for,
)


def test_damaged_frames_are_passed_over_and_told_once() -> None:
    with playing(FakeRecording(30, unreadable=[0, 7, 8, 29])) as (replay, shown):
        assert shown.indices() == [k for k in range(30) if k not in (0, 7, 8, 29)]
        wait_state(replay, RunState.ENDED)
        assert replay.snapshot().notice == ("fake: frame 0 is damaged; such frames are left out")


def test_seeks_and_steps_pass_damaged_frames_in_their_direction() -> None:
    with paused_at(5, FakeRecording(30, unreadable=[0, 7, 8, 28, 29])) as (replay, indices):
        replay.seek(7)
        follow(replay, indices, until=9)
        replay.step(-1)
        follow(replay, indices, until=6)
        replay.step(1)
        follow(replay, indices, until=9)
        replay.seek(29)
        follow(replay, indices, until=27)
        replay.seek(0)
        follow(replay, indices, until=1)
        assert replay.snapshot().state is RunState.PAUSED


def test_a_recording_without_one_readable_frame_fails() -> None:
    for repeat in (True, False):
        with playing(FakeRecording(4, unreadable=range(4)), repeat=repeat) as (replay, _):
            if repeat:
                wait_state(replay, RunState.FAILED)
                assert "cannot be read any more" in replay.snapshot().error
            else:
                wait_state(replay, RunState.ENDED)


def test_a_file_that_vanishes_fails_in_words_and_is_closed() -> None:
    source = FakeRecording(500)
    with playing(source, speed=1.0) as (replay, _):
        wait_for(lambda: replay.snapshot().frames_out > 2)
        source.gone = True
        wait_state(replay, RunState.FAILED)
        assert replay.snapshot().error == "fake.bag is gone"
        wait_for(lambda: source.closed == 1)
        for call in (replay.resume, replay.pause, replay.restart, lambda: replay.seek(3)):
            call()
        assert replay.snapshot().state is RunState.FAILED
        assert replay.results.closed


def test_a_pipeline_that_breaks_is_told() -> None:
    with playing(FakeRecording(20), FakePipeline(fail_at=4)) as (replay, _):
        wait_state(replay, RunState.FAILED)
        assert replay.snapshot().error == (
            "playing the recording failed: RuntimeError: the fake pipeline broke"
        )


def test_stop_is_quick_and_final_in_every_state() -> None:
    for state in (RunState.IDLE, RunState.RUNNING, RunState.PAUSED, RunState.ENDED):
        source = FakeRecording(3)
        replay: Replay[int] = Replay(source, FakePipeline(), speed=FAST)
        if state is not RunState.IDLE:
            replay.set_repeat(state is not RunState.ENDED)
            replay.start()
        if state is RunState.PAUSED:
            replay.pause()
        wait_state(replay, state)
        check_stop_is_final(replay)
        replay.seek(1)
        assert replay.snapshot().state is RunState.STOPPED
        assert source.closed == 1


def test_stop_while_the_disk_hangs() -> None:
    gate = threading.Event()
    source = FakeRecording(3, gate=gate)
    replay: Replay[int] = Replay(source, FakePipeline())
    replay.start()
    began_s = time.monotonic()
    replay.stop()
    assert time.monotonic() - began_s < 1.5
    gate.set()
    wait_for(lambda: source.closed == 1)


def test_a_listener_that_takes_nothing_does_not_hold_a_replay_up() -> None:
    replay: Replay[int] = Replay(FakeRecording(100), FakePipeline(), speed=FAST)
    slow = listen_to(replay, capacity=1)
    replay.start()
    wait_state(replay, RunState.ENDED)
    replay.stop()
    assert (slow.take().frame.index, slow.queue.dropped, slow.queue.closed) == (99, 99, False)


def test_calls_from_many_threads_leave_a_clean_end() -> None:
    source = FakeRecording(60)
    replay: Replay[int] = Replay(source, FakePipeline(), speed=FAST)
    calls: tuple[Callable[[], object], ...] = (
        replay.start, replay.pause, replay.resume, replay.restart, replay.step_once,
        lambda: replay.seek(33), lambda: replay.step(-2), lambda: replay.set_speed(2.0),
        lambda: replay.set_repeat(True), lambda: replay.set_range(PlayRange(3, 9)), replay.snapshot,
    )  # fmt: skip
    call_from_threads(calls, rounds=120, stride=7)
    replay.stop()
    snapshot = replay.snapshot()
    assert (snapshot.state, snapshot.error, source.closed) == (RunState.STOPPED, "", 1)


class TunedPipeline(FakePipeline):
    """Shows as many hands as it is tuned to."""

    def step(
        self, frame: Frame, state: int, settings: TrackingSettings = DEFAULT_TRACKING
    ) -> tuple[FrameResult, int]:
        self.hands = tuple(make_hand(k) for k in range(settings.hands))
        return super().step(frame, state, settings)


def hands_of(replay: Replay[int], index: int) -> int:
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        result = replay.results.take(0.01)
        if result is not None and result.frame.index == index:
            return len(result.hands)
    raise AssertionError("nothing was shown")


def test_other_tracking_settings_show_the_present_frame_anew_and_forgets_the_others() -> None:
    replay: Replay[int] = Replay(FakeRecording(20), TunedPipeline(), speed=0.001)
    try:
        replay.start()
        replay.pause()
        replay.seek(4)
        assert hands_of(replay, 4) == 1
        replay.update_tracking(TrackingSettings(hands=2))
        assert hands_of(replay, 4) == 2
        assert replay.snapshot().state is RunState.PAUSED
        replay.step(-1)
        assert hands_of(replay, 3) == 2
    finally:
        replay.stop()


def test_settings_from_before_the_start_count_from_the_first_frame() -> None:
    replay: Replay[int] = Replay(FakeRecording(3), TunedPipeline(), speed=FAST)
    shown = listen_to(replay)
    try:
        replay.update_tracking(TrackingSettings(hands=2))
        replay.start()
        first = shown.take(PATIENCE_S)
        assert first is not None and len(first.hands) == 2
    finally:
        replay.stop()
