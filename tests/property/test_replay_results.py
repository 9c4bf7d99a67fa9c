"""What a frame shows depends on the recording alone, never on how one got to the frame."""

from __future__ import annotations

import time
from collections.abc import Collection
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import FrameError
from engine.run.replay import FAST, Replay
from engine.run.replay_control import PlayRange
from engine.run.replay_results import (
    BLOCK_FRAMES,
    WARM_UP_FRAMES,
    ReplayResults,
    anchor,
    block_start,
)
from engine.run.state import RunState
from engine.run.statistics import RunStatistics
from engine.tracking.config import TrackingSettings
from engine.types import Frame, FrameResult
from tests.fakes import FakeRecording, RememberingPipeline, followed, make_frame
from tests.runner_helpers import listen_to

FRAMES = 3 * BLOCK_FRAMES + 5
INDEX = st.integers(0, FRAMES - 1)


def defined(index: int, unreadable: Collection[int] = ()) -> int:
    """The result of a frame by its definition: everything readable from the anchor on."""
    state = 0
    for number in range(anchor(index), index + 1):
        if number not in unreadable:
            state = followed(state, number)
    return state


def told_by(result: FrameResult) -> int:
    return result.hands[0].track_id


def make_results(source: FakeRecording, capacity: int) -> ReplayResults[int]:
    figures = RunStatistics(time.monotonic)
    return ReplayResults(source, RememberingPipeline(), figures, capacity=capacity)


@settings(max_examples=60, deadline=None)
@given(
    asked=st.lists(st.tuples(INDEX, st.booleans()), min_size=1, max_size=60),
    unreadable=st.sets(INDEX, max_size=8),
    capacity=st.integers(1, 2 * BLOCK_FRAMES),
)
def test_any_order_gives_the_defined_results(
    asked: list[tuple[int, bool]], unreadable: set[int], capacity: int
) -> None:
    results = make_results(FakeRecording(FRAMES, unreadable=unreadable), capacity)
    for index, playing in asked:
        if index in unreadable:
            with pytest.raises(FrameError):
                results.at(index, playing=playing)
        else:
            result = results.at(index, playing=playing)
            assert result is not None
            assert result.frame.index == index
            assert told_by(result) == defined(index, unreadable)


@given(index=INDEX)
def test_the_way_to_a_frame_is_bounded(index: int) -> None:
    source = FakeRecording(FRAMES)
    pipeline = RememberingPipeline()
    ReplayResults(source, pipeline, RunStatistics(time.monotonic)).at(index, playing=False)
    assert len(source.loaded) <= BLOCK_FRAMES + WARM_UP_FRAMES
    assert len(pipeline.seen) <= BLOCK_FRAMES + WARM_UP_FRAMES
    assert 0 <= index - anchor(index) < BLOCK_FRAMES + WARM_UP_FRAMES
    assert block_start(index) % BLOCK_FRAMES == 0


def test_playing_reads_each_frame_once_and_steps_at_most_twice() -> None:
    source, pipeline = FakeRecording(FRAMES), RememberingPipeline()
    results = ReplayResults(source, pipeline, RunStatistics(time.monotonic))
    for index in range(FRAMES):
        before = len(pipeline.seen)
        results.at(index)
        assert len(pipeline.seen) - before <= 2
    assert source.loaded == list(range(FRAMES))
    assert results.at(FRAMES - 3) is results.at(FRAMES - 3)
    assert source.loaded == list(range(FRAMES))


@pytest.mark.parametrize(("frames_held", "kept"), [(20.5, 20), (0.0, BLOCK_FRAMES), (1e6, 64)])
def test_the_store_is_bounded_by_bytes_and_holds_a_block(frames_held: float, kept: int) -> None:
    frame_bytes = make_frame(0).depth_mm.nbytes
    results = ReplayResults(
        FakeRecording(100),
        RememberingPipeline(),
        RunStatistics(time.monotonic),
        max_bytes=round(frames_held * frame_bytes),
    )
    for again in range(2):
        for index in range(100):
            results.at(index)
        assert len(results._entries) == kept
        assert results._bytes == kept * frame_bytes
        if not again:
            results.update_tracking(TrackingSettings(2))
            assert (len(results._entries), results._bytes) == (0, 0)


def test_a_way_that_is_given_up_can_be_taken_later() -> None:
    source = FakeRecording(FRAMES)
    results = make_results(source, BLOCK_FRAMES)
    patience = iter([False, False, True])
    assert results.at(BLOCK_FRAMES + 5, lambda: next(patience)) is None
    assert len(source.loaded) == 3
    result = results.at(BLOCK_FRAMES + 5)
    assert result is not None
    assert told_by(result) == defined(BLOCK_FRAMES + 5)


def test_bad_timestamps_are_put_right_the_same_way_each_time() -> None:
    class Stuck(FakeRecording):
        def frame_at(self, index: int) -> Frame:
            frame = super().frame_at(0 if index % 3 else index)
            object.__setattr__(frame, "index", index)
            return frame

    stamps = []
    for order in (range(FRAMES), reversed(range(FRAMES))):
        results = make_results(Stuck(FRAMES), 1)
        found = {k: result.frame.timestamp_ms for k in order if (result := results.at(k))}
        stamps.append([found[index] for index in range(FRAMES)])
    assert stamps[0] == stamps[1]
    inside = [(a, b) for k, (a, b) in enumerate(pairwise(stamps[0])) if (k + 1) % BLOCK_FRAMES]
    assert all(a < b for a, b in inside)


RANGE = st.builds(PlayRange, st.integers(0, 9), st.integers(9, 60))
REQUESTS = st.one_of(
    st.tuples(st.just("seek"), st.integers(-5, FRAMES + 5)),
    st.tuples(st.just("step"), st.sampled_from([-7, -1, 1, 1, 4])),
    st.tuples(st.just("set_speed"), st.sampled_from([0.5, 20.0, FAST])),
    st.tuples(st.just("set_repeat"), st.booleans()),
    st.tuples(st.just("set_range"), st.none() | RANGE),
    st.tuples(st.sampled_from(["pause", "resume", "restart", "start"])),
    st.tuples(st.just("wait"), st.sampled_from([0.0, 0.001, 0.01])),
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(
    requests=st.lists(REQUESTS, max_size=25),
    unreadable=st.sets(INDEX, max_size=4),
    last=INDEX,
)
def test_any_sequence_of_requests_shows_the_defined_results(
    requests: list[tuple[object, ...]], unreadable: set[int], last: int
) -> None:
    source = FakeRecording(FRAMES, unreadable=unreadable)
    replay: Replay[int] = Replay(source, RememberingPipeline(), speed=FAST)
    shown: list[FrameResult] = []
    consumer = listen_to(replay, 1_000_000)
    replay.start()
    for name, *arguments in requests:
        if name == "wait":
            time.sleep(arguments[0])  # type: ignore[arg-type]
        else:
            getattr(replay, str(name))(*arguments)
    replay.pause()
    replay.seek(last)
    mailbox = replay.results
    deadline = time.monotonic() + 10.0
    candidates = [*range(last, FRAMES), *reversed(range(last))]
    expected = next(k for k in candidates if k not in unreadable)
    while time.monotonic() < deadline:
        newest = mailbox.take(0.01)
        if newest is not None:
            shown.append(newest)
            if newest.frame.index == expected and replay.snapshot().state is not RunState.RUNNING:
                break
    else:
        raise AssertionError(f"frame {expected} was never shown")
    replay.stop()
    while (result := consumer.take(0.0)) is not None:
        shown.append(result)
    for result in shown:
        assert told_by(result) == defined(result.frame.index, unreadable)
    assert source.closed == 1
