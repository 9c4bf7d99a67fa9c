"""Playing, seeking, stepping and repeating recordings."""

from __future__ import annotations

import threading
import time

import pytest

from engine.errors import InvalidInputError
from engine.run.replay import FAST, Replay
from engine.run.replay_control import PlayRange
from engine.run.state import RunState
from tests.fakes import FakePipeline, FakeRecording
from tests.replay_helpers import follow, paused_at, playing, wait_state
from tests.runner_helpers import PATIENCE_S, Listener, listen_to, wait_for


def test_every_frame_is_shown_once_in_order_up_to_the_end() -> None:
    source, pipeline = FakeRecording(100), FakePipeline()
    with playing(source, pipeline) as (replay, shown):
        assert shown.indices() == list(range(100))
        wait_state(replay, RunState.ENDED)
        snapshot = replay.snapshot()
        assert (snapshot.frames_in, snapshot.frames_out, snapshot.notice) == (100, 100, "")
        assert pipeline.prepared_for is source.camera
    assert source.closed == 1


def test_an_ended_replay_plays_again() -> None:
    for again in (Replay.start, Replay.resume, Replay.restart):
        with playing(FakeRecording(5)) as (replay, shown):
            assert shown.indices() == list(range(5))
            wait_state(replay, RunState.ENDED)
            shown_again = listen_to(replay)
            again(replay)
            assert shown_again.indices() == list(range(5))


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
        indices = shown.indices()
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
        consumer = listen_to(replay)
        replay.resume()
        assert consumer.indices() == list(range(10))


def test_a_seek_to_the_end_ends_there_when_it_goes_on() -> None:
    with paused_at(9, FakeRecording(10)) as (replay, _):
        replay.set_speed(FAST)
        consumer = listen_to(replay)
        replay.go_on()
        wait_state(replay, RunState.ENDED)
        assert consumer.indices() == []
    with paused_at(3, FakeRecording(10)) as (replay, _):
        replay.set_speed(FAST)
        consumer = listen_to(replay)
        replay.go_on()
        assert consumer.indices() == list(range(4, 10))


def repeated(replay: Replay[int], shown: Listener, frames: PlayRange, count: int) -> list[int]:
    """The next ``count`` frames shown while ``frames`` are repeated."""
    replay.set_repeat(True)
    replay.set_range(frames)
    replay.set_speed(FAST)
    replay.resume()
    return [result.frame.index for _ in range(count) if (result := shown.take(PATIENCE_S))]


def test_a_range_is_repeated_out_of_the_store() -> None:
    source = FakeRecording(40)
    with paused_at(5, source) as (replay, _):
        shown = listen_to(replay)
        indices = repeated(replay, shown, PlayRange(5, 8), 23)
        assert indices == [6, 7, 8, *[5, 6, 7, 8] * 5]
        assert len(source.loaded) <= 12
        replay.set_repeat(False)
        wait_state(replay, RunState.ENDED)
        assert shown.indices()[-3:] == [37, 38, 39]


def test_everything_is_repeated_without_a_range() -> None:
    with playing(FakeRecording(4), repeat=True) as (_, shown):
        indices = [result.frame.index for _ in range(12) if (result := shown.take(PATIENCE_S))]
        assert indices == [0, 1, 2, 3] * 3


def test_a_range_beyond_the_end_is_cut() -> None:
    with paused_at(0, FakeRecording(4)) as (replay, _):
        indices = repeated(replay, listen_to(replay), PlayRange(2, 100), 9)
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
