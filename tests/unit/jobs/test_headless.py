"""The job without a window, with a source and a pipeline that do as they are told."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest
from PIL import Image

from engine.errors import (
    CancelledError,
    ExportError,
    InvalidInputError,
    SourceError,
    StreamError,
)
from engine.jobs.headless import HeadlessJob, HeadlessReport, process, run_headless
from engine.stream.address import Address
from engine.stream.output import OutputSnapshot, StreamKind
from engine.stream.streamer import Streamer
from engine.tracking.config import DEFAULT_TRACKING, Options, TrackingSettings
from engine.types import Frame, FrameResult
from tests.fakes import FakePipeline, FakeSource, make_hand
from tests.recordings import write_folder


def test_every_frame_once_in_order_with_its_rows_and_a_picture(tmp_path: Path) -> None:
    export, picture = tmp_path / "joints.csv", tmp_path / "picture.png"
    measures = tmp_path / "measures.csv"
    pipeline = FakePipeline(make_hand())
    job = HeadlessJob(export=export, picture=picture, measures=measures)
    report = process(FakeSource(40, notice="stopped early"), pipeline, job)
    assert report == HeadlessReport(40, 40, (export, measures, picture), "stopped early")
    assert pipeline.seen == list(range(40))
    assert pipeline.states == list(range(40))
    for path in (export, measures):
        with path.open(newline="") as file:
            assert [row["frame"] for row in csv.DictReader(file)] == [str(n) for n in range(40)]
    with Image.open(picture) as image:
        assert image.size == (640, 480)


def test_independent_frames_remember_nothing() -> None:
    pipeline = FakePipeline()
    report = process(FakeSource(5), pipeline, HeadlessJob(independent=True))
    assert pipeline.states == [0] * 5
    assert (report.frames, report.frames_with_hand, report.written) == (5, 0, ())


@pytest.mark.parametrize(("limit_s", "frames"), [(10.0, 300), (0.5, 15), (0.001, 1)])
def test_an_endless_source_is_limited_by_its_timestamps(limit_s: float, frames: int) -> None:
    pipeline = FakePipeline()
    assert process(FakeSource(None), pipeline, HeadlessJob(), limit_s=limit_s).frames == frames
    assert pipeline.seen == list(range(frames))


def test_a_source_without_frames_is_unusable(tmp_path: Path) -> None:
    job = HeadlessJob(export=tmp_path / "joints.csv")
    with pytest.raises(SourceError, match="fake has no frames"):
        process(FakeSource(0), FakePipeline(), job)
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_breaks_keeps_the_rows_before(tmp_path: Path) -> None:
    source = FakeSource(20, fail_at=7, error=SourceError("cable pulled"))
    job = HeadlessJob(export=tmp_path / "joints.csv")
    with pytest.raises(SourceError, match="cable pulled") as caught:
        process(source, FakePipeline(make_hand()), job)
    (partial,) = tmp_path.iterdir()
    assert str(partial) in caught.value.__notes__[0]
    assert len(partial.read_text().splitlines()) == 1 + 7


def test_the_picture_shows_a_frame_with_a_hand(tmp_path: Path) -> None:
    class HandOnce(FakePipeline):
        def step(
            self, frame: Frame, state: int, settings: TrackingSettings = DEFAULT_TRACKING
        ) -> tuple[FrameResult, int]:
            self.hands = (make_hand(),) if frame.index == 3 else ()
            return super().step(frame, state, settings)

    with_hand, without = tmp_path / "with.png", tmp_path / "without.png"
    assert process(FakeSource(9), HandOnce(), HeadlessJob(picture=with_hand)).frames_with_hand == 1
    process(FakeSource(9), FakePipeline(), HeadlessJob(picture=without))
    with Image.open(with_hand) as a, Image.open(without) as b:
        assert len(a.getcolors(1 << 20) or ()) > len(b.getcolors(1 << 20) or ())


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf"), 1e308])
def test_seconds_must_be_positive(seconds: float) -> None:
    with pytest.raises(InvalidInputError, match="seconds"):
        HeadlessJob(seconds=seconds)


@pytest.mark.parametrize("name", ["a.db3", "a.BAG", "a.png", "a.json"])
def test_joints_are_not_written_under_another_kind_of_name(name: str) -> None:
    with pytest.raises(InvalidInputError, match=f"{name} would be a text"):
        HeadlessJob(export=Path(name))


@pytest.mark.parametrize("name", ["a.db3", "a.png", "a.jsonl", "a.BVH"])
def test_measures_are_a_table_and_named_so(name: str) -> None:
    with pytest.raises(InvalidInputError, match=f"{name} would be a table: end it in .csv"):
        HeadlessJob(measures=Path(name))


def test_one_name_for_two_files_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"/a\.csv is asked for twice"):
        HeadlessJob(export=Path("a.csv"), measures=Path("b/../a.csv"), picture=Path("another.png"))


def test_the_recording_is_never_written_over(tmp_path: Path) -> None:
    recording = tmp_path / "take"
    recording.write_text("no recording, and it stays")
    job = HeadlessJob(export=tmp_path / "take")
    with pytest.raises(InvalidInputError, match="is the recording itself"):
        run_headless(Options(source=str(recording)), job)
    assert recording.read_text() == "no recording, and it stays"


@pytest.mark.parametrize("name", ["000005.png", "mine.PNG", "times.txt"])
def test_nothing_is_written_that_the_recording_would_be_read_with(
    name: str, tmp_path: Path
) -> None:
    take = write_folder(tmp_path / "take", 3)
    before = {path: path.read_bytes() for path in take.iterdir()}
    output = take / ".." / "take" / name
    job = HeadlessJob(export=output) if name.endswith("txt") else HeadlessJob(picture=output)
    with pytest.raises(InvalidInputError, match="a part of the recording"):
        run_headless(Options(source=str(take)), job)
    assert {path: path.read_bytes() for path in take.iterdir()} == before


def test_a_picture_that_cannot_be_is_told_before_the_first_frame(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for name, problem in (
        ("a.xyz", "end in .png"),
        ("a.blp", "end in .png"),
        ("file/a.png", "cannot write"),
    ):
        pipeline = FakePipeline(make_hand())
        with pytest.raises(ExportError, match=problem):
            process(FakeSource(3), pipeline, HeadlessJob(picture=tmp_path / name))
        assert pipeline.seen == []


def test_what_is_streamed_comes_at_its_pace_and_is_counted() -> None:
    heard = HeardOutput()
    streamer = Streamer(lambda _kind, _address: heard)
    streamer.switch_on(StreamKind.OSC, heard.address)
    began_s = time.monotonic()
    process(FakeSource(7), FakePipeline(make_hand()), HeadlessJob(), streamer=streamer)
    assert time.monotonic() - began_s > 0.19  # six gaps of a 30 fps camera
    streamer.close()
    assert heard.frames == list(range(7))


def test_a_stream_that_stops_is_told_at_once_and_the_work_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heard = HeardOutput(stops_after=2)
    streamer = Streamer(lambda _kind, _address: heard)
    streamer.switch_on(StreamKind.OSC, heard.address)
    job = HeadlessJob(export=tmp_path / "joints.csv")
    assert process(FakeSource(9), FakePipeline(), job, streamer=streamer).frames == 9
    streamer.close()
    assert capsys.readouterr().err.count("the network is gone") == 1


def test_a_stream_that_stops_ends_the_work_if_nothing_else_is_wanted() -> None:
    heard = HeardOutput(stops_after=2)
    streamer = Streamer(lambda _kind, _address: heard)
    streamer.switch_on(StreamKind.OSC, heard.address)
    pipeline = FakePipeline()
    with pytest.raises(StreamError, match="the network is gone"):
        process(FakeSource(None), pipeline, HeadlessJob(), streamer=streamer)
    assert len(pipeline.seen) >= 2
    streamer.close()


class HeardOutput:
    """A stream that notes what it is given, until it stops."""

    address = Address("127.0.0.1", 9)

    def __init__(self, stops_after: int = 10**9) -> None:
        self.frames: list[int] = []
        self.stops_after = stops_after

    def send(self, result: FrameResult, sequence: int) -> None:
        assert sequence == result.frame.index
        self.frames.append(sequence)

    def snapshot(self) -> OutputSnapshot:
        error = "the network is gone" if len(self.frames) >= self.stops_after else ""
        return OutputSnapshot(StreamKind.OSC, self.address, 1, len(self.frames), 0, error)

    def close(self) -> None:
        """Nothing to close."""


def test_progress_counts_frames_and_can_end_the_work(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> bool:
        seen.append((done, total))
        return done < 3

    job = HeadlessJob(export=tmp_path / "joints.csv")
    with pytest.raises(CancelledError):
        process(FakeSource(9), FakePipeline(make_hand()), job, progress=progress)
    assert seen == [(1, 9), (2, 9), (3, 9)]
    assert list(tmp_path.iterdir()) == []
