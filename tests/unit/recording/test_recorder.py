"""Recording a run: every frame of it, counted losses, full and slow disks, a killed program."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ExportError
from engine.mailbox import BoundedQueue, Overflow
from engine.recording import recorder as recorder_module
from engine.recording.record import FrameWriter, open_writer
from engine.recording.recorder import Recorder, RecordingState, queue_frames
from engine.run.runner import Runner
from engine.sources import open_source
from engine.types import Frame
from tests.fakes import SMALL_CAMERA, FakePipeline, FakeSource, PushSource, make_frame

PATIENCE_S = 10.0
NAMES = ["a.db3", "a"]


def wait_for(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, "the threads did not get there"
        time.sleep(0.002)


class FakeRun:
    """Gives what a test puts into its queue."""

    def __init__(self) -> None:
        self.queue: BoundedQueue[Frame] = BoundedQueue(1, Overflow.DROP_OLDEST)

    def tap_frames(self, capacity: int) -> BoundedQueue[Frame]:
        self.queue = BoundedQueue(capacity, Overflow.DROP_OLDEST)
        return self.queue


class GatedWriter:
    """A disk that takes a frame whenever the test lets it, and may break."""

    def __init__(self, inner: FrameWriter, gate: threading.Semaphore) -> None:
        self._inner = inner
        self._gate = gate
        self.error: Exception | None = None
        self.waits = threading.Event()

    @property
    def written(self) -> int:
        return self._inner.written

    @property
    def size_bytes(self) -> int:
        return self._inner.size_bytes

    def write(self, frame: Frame) -> None:
        self.waits.set()
        self._gate.acquire(timeout=PATIENCE_S)
        if self.error is not None:
            raise self.error
        self._inner.write(frame)

    def flush(self) -> None:
        self._inner.flush()

    def close(self) -> None:
        self._inner.close()


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    gate = threading.Semaphore(0)
    monkeypatch.setattr(
        recorder_module,
        "open_writer",
        lambda path, camera: GatedWriter(open_writer(path, camera), gate),
    )
    return gate


def stamps(path: Path) -> list[float]:
    source = open_source(str(path))
    found = []
    while (frame := source.read()) is not None:
        found.append(frame.timestamp_ms)
    source.close()
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_frame_of_a_run_is_recorded(name: str, tmp_path: Path) -> None:
    source = PushSource()
    runner = Runner(source, FakePipeline())
    recorder = Recorder(tmp_path / name, source.camera, runner)
    runner.start()
    source.push(12)
    wait_for(lambda: recorder.snapshot().frames == 12)
    runner.pause()
    source.push(3)
    wait_for(lambda: recorder.snapshot().frames == 15)
    told = recorder.stop()
    assert (told.state, told.error, told.dropped) == (RecordingState.FINISHED, "", 0)
    assert told.path == tmp_path / name
    assert told.size_bytes > 0
    source.push(5)
    wait_for(lambda: runner.snapshot().frames_in == 20)
    assert recorder.stop() == told
    runner.stop()
    np.testing.assert_allclose(stamps(tmp_path / name), np.arange(15) * 1e3 / 30, atol=1e-5)


@pytest.mark.parametrize("fail_at", [None, 30])
def test_a_source_that_ends_or_breaks_completes_the_recording(
    fail_at: int | None, tmp_path: Path
) -> None:
    source = FakeSource(40, fail_at=fail_at)
    runner = Runner(source, FakePipeline())
    recorder = Recorder(tmp_path / "a.db3", source.camera, runner)
    runner.start()
    wait_for(lambda: not recorder.snapshot().state.active)
    told = recorder.snapshot()
    runner.stop()
    # This source is faster than any disk, so some may be lost, but none without being counted.
    assert told.state is RecordingState.FINISHED
    assert told.frames + told.dropped == (fail_at or 40)
    assert told.frames > 0
    assert len(stamps(tmp_path / "a.db3")) == told.frames


def test_a_slow_disk_costs_counted_frames_and_never_the_run(
    slow_disk: threading.Semaphore, tmp_path: Path
) -> None:
    run = FakeRun()
    recorder = Recorder(tmp_path / "a.db3", SMALL_CAMERA, run)
    room = queue_frames(SMALL_CAMERA)
    run.queue.put(make_frame(0))
    assert isinstance(recorder._writer, GatedWriter)
    assert recorder._writer.waits.wait(PATIENCE_S)
    for k in range(room + 7):
        run.queue.put(make_frame(1 + k))
    assert recorder.snapshot().dropped == 7
    assert recorder.snapshot().state is RecordingState.RECORDING
    recorder.finish()
    assert recorder.snapshot().state is RecordingState.FINISHING
    slow_disk.release(room + 8)
    told = recorder.stop()
    assert (told.state, told.frames, told.dropped) == (RecordingState.FINISHED, room + 1, 7)
    assert len(found := stamps(tmp_path / "a.db3")) == room + 1
    assert found[-1] == pytest.approx(make_frame(room + 7).timestamp_ms)  # the newest are kept


def test_little_waits_in_memory() -> None:
    large = replace(SMALL_CAMERA, width=4096, height=3072)
    fast = replace(SMALL_CAMERA, fps=90.0)
    assert queue_frames(SMALL_CAMERA) == 15
    assert queue_frames(fast) == 45
    assert queue_frames(large) == 3
    assert queue_frames(replace(SMALL_CAMERA, fps=5.0)) == 3


def test_a_disk_that_hangs_is_left_behind(slow_disk: threading.Semaphore, tmp_path: Path) -> None:
    run = FakeRun()
    recorder = Recorder(tmp_path / "a.db3", SMALL_CAMERA, run)
    run.queue.put(make_frame(0))
    assert recorder.stop(timeout_s=0.1).state is RecordingState.FINISHING
    slow_disk.release()
    assert recorder.stop().state is RecordingState.FINISHED


@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk_ends_the_recording_in_words(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = FakeRun()
    recorder = Recorder(tmp_path / name, SMALL_CAMERA, run)
    for k in range(3):
        run.queue.put(make_frame(k))
    wait_for(lambda: recorder.snapshot().frames == 3)
    monkeypatch.setattr(recorder_module, "RESERVE_BYTES", 1 << 60)
    wait_for(lambda: not recorder.snapshot().state.active)
    told = recorder.snapshot()
    assert told.state is RecordingState.FAILED
    assert "is full" in told.error
    assert not run.queue.put(make_frame(4))
    assert len(stamps(tmp_path / name)) == told.frames == 3
    with pytest.raises(ExportError, match="is full"):
        Recorder(tmp_path / f"next{name}", SMALL_CAMERA, run)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_nobody_foresaw_is_told_too(slow_disk: threading.Semaphore, tmp_path: Path) -> None:
    run = FakeRun()
    recorder = Recorder(tmp_path / "a.db3", SMALL_CAMERA, run)
    assert isinstance(recorder._writer, GatedWriter)
    recorder._writer.error = RuntimeError("the disk caught fire")
    run.queue.put(make_frame(0))
    slow_disk.release()
    told = recorder.stop()
    assert told.state is RecordingState.FAILED
    assert "the disk caught fire" in told.error
    assert list(tmp_path.iterdir()) == []


def test_bad_stamps_are_put_right(tmp_path: Path) -> None:
    run = FakeRun()
    recorder = Recorder(tmp_path / "a.db3", SMALL_CAMERA, run)
    for index in (5, 6, 0, 1):
        run.queue.put(make_frame(index))
    assert recorder.stop().frames == 4
    assert (np.diff(stamps(tmp_path / "a.db3")) > 0).all()


KILLED = """
import sys
import time
from pathlib import Path
from engine.recording.recorder import Recorder
from engine.run.runner import Runner
from tests.fakes import FakePipeline, FakeSource

class Gate:
    def wait(self):
        time.sleep(0.01)

source = FakeSource(None, live=True, gate=Gate())
runner = Runner(source, FakePipeline())
recorder = Recorder(Path(sys.argv[1]), source.camera, runner)
runner.start()
while True:
    print(recorder.snapshot().frames, flush=True)
    time.sleep(0.01)
"""


@pytest.mark.parametrize("name", NAMES)
def test_a_killed_program_leaves_all_but_the_last_second(name: str, tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / name)],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert child.stdout is not None
    told: list[tuple[float, int]] = []
    while not told or told[-1][1] < 150:
        told.append((time.monotonic(), int(child.stdout.readline())))
    child.kill()
    killed_s = time.monotonic()
    child.stdout.close()
    child.wait()
    second_before = max(frames for at_s, frames in told if at_s < killed_s - 1.0)
    assert len(stamps(tmp_path / name)) >= second_before
    assert second_before > 0
