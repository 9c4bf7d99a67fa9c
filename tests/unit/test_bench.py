"""The bench counts and prints what it measured."""

from __future__ import annotations

import sys
from itertools import pairwise

import pytest

from engine.errors import SourceError
from engine.stream.output import StreamKind
from tests.bench.__main__ import measure_data
from tests.bench.seek import time_seeks
from tests.bench.speed import read_frames, table, time_calls, time_pipeline
from tests.bench.stream import measure
from tests.fakes import FakePipeline, FakeRecording, FakeSource, make_frame, make_hand, make_result


def test_a_short_replay_is_read_again() -> None:
    source = FakeSource(7)
    frames = read_frames(source, 10)
    assert [frame.index for frame in frames] == list(range(10))
    assert all(a.timestamp_ms < b.timestamp_ms for a, b in pairwise(frames))
    assert (source.rewinds, source.closed) == (1, 1)
    assert read_frames(FakeSource(0), 10) == []
    assert len(read_frames(FakeSource(4, live=True), 10)) == 4


def test_warm_up_frames_do_not_count() -> None:
    stages, crops = time_pipeline(FakePipeline(make_hand()), read_frames(FakeSource(50), 50))
    assert [(stage.name, stage.median_ms, stage.count) for stage in stages] == [
        ("detect", 1.0, 40),
        ("estimate", 2.0, 40),
    ]
    assert len(crops) == 50


def test_a_single_frame_is_enough() -> None:
    stages, _ = time_pipeline(FakePipeline(), read_frames(FakeSource(1), 1))
    assert stages[0].count == 1


def test_calls_are_timed_one_by_one() -> None:
    calls: list[int] = []
    stats = time_calls("network alone", lambda: calls.append(1), 5)
    assert (stats.name, stats.count) == ("network alone", 5)
    assert len(calls) == 15
    assert stats.p99_ms >= stats.median_ms >= 0
    assert table([stats]).splitlines()[2].startswith("| network alone | ")


def test_seeks_are_timed_from_an_empty_store() -> None:
    opened: list[FakeRecording] = []

    def open_again() -> FakeRecording:
        opened.append(FakeRecording(30))
        return opened[-1]

    stats = {row.name: row for row in time_seeks(open_again, FakePipeline(), 5)}
    assert (stats["seek, first time"].count, stats["seek, seen before"].count) == (5, 5)
    assert stats["step back"].count > 5
    assert [source.closed for source in opened] == [1] * 5
    with pytest.raises(SourceError, match="nothing to seek"):
        time_seeks(lambda: FakeSource(3, live=True), FakePipeline(), 1)


def test_streaming_is_timed_from_the_result_to_the_client() -> None:
    result = make_result(make_frame(0), make_hand())
    cost = measure(result, StreamKind.WEBSOCKET, clients=1, frames=10)
    times = {stage.name: stage for stage in cost.stages}
    assert cost.clients == 1
    assert times["in the run"].count == 10 * 1
    assert 1 <= times["to a client"].count <= 10
    assert 0.0 < times["to a client"].median_ms < 10_000
    nothing = measure(result, None, frames=3)
    assert [stage.name for stage in nothing.stages] == ["in the run"]


def test_without_torch_the_bench_of_data_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "tests.bench.data", None)
    assert measure_data(1) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "make env" in line
