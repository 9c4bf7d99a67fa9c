"""Playing, seeking, stepping and repeating recordings, also damaged ones."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from engine.config import Tuning
from engine.errors import InvalidInputError
from engine.mailbox import BoundedQueue
from engine.replay import FAST, Replay
from engine.replay_control import PlayRange
from engine.run_state import RunState
from engine.types import Frame, FrameResult
from tests.fakes import FakePipeline, FakeRecording, make_hand

PATIENCE_S = 10.0


def wait_for(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, "the thread did not get there"
        time.sleep(0.002)


def wait_state(replay: Replay[int], state: RunState) -> None:
    wait_for(lambda: replay.snapshot().state is state)


@contextmanager
def playing(
    source: FakeRecording, pipeline: FakePipeline | None = None, **options: float
) -> Iterator[tuple[Replay[int], BoundedQueue[FrameResult]]]:
    replay: Replay[int] = Replay(source, pipeline or FakePipeline(), **{"speed": FAST, **options})
    shown = replay.add_consumer(10_000)
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


def taken(queue: BoundedQueue[FrameResult]) -> list[int]:
    found = []
    while (result := queue.take(timeout_s=PATIENCE_S)) is not None:
        found.append(result.frame.index)
    return found


def test_every_frame_is_shown_once_in_order_up_to_the_end() -> None:
    source, pipeline = FakeRecording(100), FakePipeline()
    with playing(source, pipeline) as (replay, shown):
        assert taken(shown) == list(range(100))
        wait_state(replay, RunState.ENDED)
        snapshot = replay.snapshot()
        assert (snapshot.frames_in, snapshot.frames_out, snapshot.notice) == (100, 100, "")
        assert pipeline.prepared_for is source.camera
    assert source.closed == 1


def test_an_ended_replay_plays_again() -> None:
    for again in (Replay.start, Replay.resume, Replay.restart):
        with playing(FakeRecording(5)) as (replay, shown):
            assert taken(shown) == list(range(5))
            wait_state(replay, RunState.ENDED)
            shown_again = replay.add_consumer()
            again(replay)
            assert taken(shown_again) == list(range(5))


def test_a_seek_while_paused_shows_that_frame_and_stays_paused() -> None:
    with paused_at(3, FakeRecording(50)) as (replay, indices):
        for index in (40, 7, 0, 49):
            replay.seek(index)
            follow(replay, indices, until=index)
        assert indices == [40, 7, 0, 49]
        assert replay.snapshot().state is RunState.PAUSED
        assert replay.snapshot().latency_ms >= 0.0


def test_a_seek_while_playing_goes_on_from_there() -> None:
    gate = threading.Semaphore(0)
    with playing(FakeRecording(60), FakePipeline(gate=gate)) as (replay, shown):
        replay.seek(30)
        gate.release(1000)
        indices = taken(shown)
        assert indices[indices.index(30) :] == list(range(30, 60))


def test_a_seek_beyond_the_ends_goes_to_the_end_frames() -> None:
    with paused_at(3, FakeRecording(20)) as (replay, indices):
        replay.seek(10**9)
        follow(replay, indices, until=19)
        replay.seek(-4)
        follow(replay, indices, until=0)
        assert indices == [19, 0]


def test_stepping_both_ways() -> None:
    with paused_at(14, FakeRecording(20)) as (replay, indices):
        for frames, reached in (
            (1, 15),
            (-1, 14),
            (-1, 13),
            (-10, 3),
            (100, 19),
            (1, 19),
            (-1, 18),
        ):
            replay.step(frames)
            follow(replay, indices, until=reached)
        assert indices == [15, 14, 13, 3, 19, 18]


def test_steps_that_wait_add_up() -> None:
    gate = threading.Event()
    gate.set()
    source = FakeRecording(50, gate=gate)
    with paused_at(10, source) as (replay, indices):
        gate.clear()
        for _ in range(5):
            replay.step(1)
        gate.set()
        follow(replay, indices, until=15)
        assert len(indices) <= 2


def test_a_step_pauses_and_an_ended_replay_steps_back() -> None:
    with playing(FakeRecording(6)) as (replay, _):
        wait_state(replay, RunState.ENDED)
        indices: list[int] = []
        replay.step(-1)
        follow(replay, indices, until=4)
        assert replay.snapshot().state is RunState.PAUSED
        replay.resume()
        follow(replay, indices, until=5)
        wait_state(replay, RunState.ENDED)
    with playing(FakeRecording(500), speed=0.01) as (replay, _):
        replay.step(1)
        wait_state(replay, RunState.PAUSED)


def test_an_ended_replay_seeks_and_stays_there() -> None:
    with playing(FakeRecording(6)) as (replay, _):
        wait_state(replay, RunState.ENDED)
        replay.seek(2)
        follow(replay, [], until=2)
        assert replay.snapshot().state is RunState.PAUSED


def test_playing_from_the_last_frame_begins_anew() -> None:
    with paused_at(9, FakeRecording(10)) as (replay, _):
        replay.set_speed(FAST)
        consumer = replay.add_consumer()
        replay.resume()
        assert taken(consumer) == list(range(10))


def test_a_range_is_repeated_out_of_the_store() -> None:
    source = FakeRecording(40)
    with paused_at(5, source) as (replay, _):
        shown = replay.add_consumer(10_000)
        replay.set_repeat(True)
        replay.set_range(PlayRange(5, 8))
        replay.set_speed(FAST)
        replay.resume()
        indices = [result.frame.index for _ in range(23) if (result := shown.take(PATIENCE_S))]
        assert indices == [6, 7, 8, *[5, 6, 7, 8] * 5]
        assert len(source.loaded) <= 12
        replay.set_repeat(False)
        wait_state(replay, RunState.ENDED)
        assert taken(shown)[-3:] == [37, 38, 39]


def test_everything_is_repeated_without_a_range() -> None:
    with playing(FakeRecording(4), repeat=True) as (_, shown):
        indices = [result.frame.index for _ in range(12) if (result := shown.take(PATIENCE_S))]
        assert indices == [0, 1, 2, 3] * 3


def test_a_range_beyond_the_end_is_cut() -> None:
    with paused_at(0, FakeRecording(4)) as (replay, _):
        shown = replay.add_consumer(10_000)
        replay.set_repeat(True)
        replay.set_range(PlayRange(2, 100))
        replay.set_speed(FAST)
        replay.resume()
        indices = [result.frame.index for _ in range(9) if (result := shown.take(PATIENCE_S))]
        assert indices == [1, 2, 3, 2, 3, 2, 3, 2, 3]


@pytest.mark.parametrize(("first", "last"), [(-1, 3), (5, 4)])
def test_an_impossible_range_is_refused(first: int, last: int) -> None:
    with pytest.raises(InvalidInputError, match="no range"):
        PlayRange(first, last)


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_an_impossible_speed_is_refused(speed: float) -> None:
    with pytest.raises(InvalidInputError, match="speed must be positive"):
        Replay(FakeRecording(3), FakePipeline(), speed=speed)


def test_speed_stretches_time() -> None:
    began_s = time.monotonic()
    with playing(FakeRecording(5), speed=0.5) as (replay, _):
        wait_state(replay, RunState.ENDED)
    assert time.monotonic() - began_s >= 0.26  # 4 frames of 66.7 ms


def test_a_repeated_range_keeps_its_pace() -> None:
    with playing(FakeRecording(2), speed=1.0, repeat=True) as (replay, _):
        began_s = time.monotonic()
        wait_for(lambda: replay.snapshot().frames_out >= 10)
        assert time.monotonic() - began_s >= 0.2  # slower is fine, faster is not


def test_damaged_frames_are_passed_over_and_told_once() -> None:
    with playing(FakeRecording(30, unreadable=[0, 7, 8, 29])) as (replay, shown):
        assert taken(shown) == [k for k in range(30) if k not in (0, 7, 8, 29)]
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
        assert replay.add_consumer().closed


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
        began_s = time.monotonic()
        replay.stop()
        replay.stop()
        assert time.monotonic() - began_s < 1.0
        for call in (replay.start, replay.pause, replay.resume, replay.restart, replay.step_once):
            call()
        replay.seek(1)
        assert replay.snapshot().state is RunState.STOPPED
        assert source.closed == 1
        assert replay.results.closed


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


def test_a_replay_waits_for_a_slow_consumer_and_stops_all_the_same() -> None:
    replay: Replay[int] = Replay(FakeRecording(100), FakePipeline(), speed=FAST, repeat=True)
    slow = replay.add_consumer(capacity=1)
    replay.start()
    wait_for(lambda: replay.snapshot().frames_out >= 2)
    time.sleep(0.02)
    assert replay.snapshot().frames_out <= 2
    assert slow.take() is not None
    replay.stop()
    assert replay.snapshot().state is RunState.STOPPED


def test_calls_from_many_threads_leave_a_clean_end() -> None:
    source = FakeRecording(60)
    replay: Replay[int] = Replay(source, FakePipeline(), speed=FAST)
    calls: tuple[Callable[[], object], ...] = (
        replay.start, replay.pause, replay.resume, replay.restart, replay.step_once,
        lambda: replay.seek(33), lambda: replay.step(-2), lambda: replay.set_speed(2.0),
        lambda: replay.set_repeat(True), lambda: replay.set_range(PlayRange(3, 9)), replay.snapshot,
    )  # fmt: skip

    def hammer(offset: int) -> None:
        for turn in range(120):
            calls[(turn * 7 + offset) % len(calls)]()

    hammers = [threading.Thread(target=hammer, args=(k,)) for k in range(4)]
    for thread in hammers:
        thread.start()
    for thread in hammers:
        thread.join()
    replay.stop()
    snapshot = replay.snapshot()
    assert (snapshot.state, snapshot.error, source.closed) == (RunState.STOPPED, "", 1)


class TunedPipeline(FakePipeline):
    """Shows as many hands as it is tuned to."""

    def step(self, frame: Frame, state: int) -> tuple[FrameResult, int]:
        self.hands = tuple(make_hand(k) for k in range(self.tuning.hands))
        return super().step(frame, state)


def hands_of(replay: Replay[int], index: int) -> int:
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        result = replay.results.take(0.01)
        if result is not None and result.frame.index == index:
            return len(result.hands)
    raise AssertionError("nothing was shown")


def test_another_tuning_shows_the_present_frame_anew_and_forgets_the_others() -> None:
    replay: Replay[int] = Replay(FakeRecording(20), TunedPipeline(), speed=0.001)
    try:
        replay.start()
        replay.pause()
        replay.seek(4)
        assert hands_of(replay, 4) == 1
        replay.retune(Tuning(hands=2))
        assert hands_of(replay, 4) == 2
        assert replay.snapshot().state is RunState.PAUSED
        replay.step(-1)
        assert hands_of(replay, 3) == 2
    finally:
        replay.stop()


def test_a_tuning_from_before_the_start_counts_from_the_first_frame() -> None:
    replay: Replay[int] = Replay(FakeRecording(3), TunedPipeline(), speed=FAST)
    shown = replay.add_consumer(10)
    try:
        replay.retune(Tuning(hands=2))
        replay.start()
        first = shown.take(PATIENCE_S)
        assert first is not None and len(first.hands) == 2
    finally:
        replay.stop()
