"""Fills disks at random moments: one clear error, what was written stays and can be opened."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from engine.errors import CrossingHandsError, SourceError
from engine.export.joints import JointsCsvWriter
from engine.jobs.convert import convert
from engine.recording.recorder import RESERVE_BYTES, Recorder, RecordingState
from engine.run.runner import Runner
from engine.sources import open_source
from tests.fakes import FakePipeline, make_frame, make_hand, make_result
from tests.recordings import write_folder
from tests.reliability.clock_camera import ClockCamera
from tests.runner_helpers import wait_for

MAX_LOST_S: Final = 1.0
DISK_BYTES: Final = RESERVE_BYTES + (24 << 20)
_PATIENCE_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Filled:
    """A job whose disk became full.

    ``told`` is what the user is told, empty if the job was done before; ``problem`` what was
    promised and does not hold, empty if all does; ``lost_s`` of a recording is missing.
    """

    job: str
    told: str
    problem: str = ""
    lost_s: float = 0.0


class NoDiskError(Exception):
    """A small disk cannot be mounted here: that takes root and tmpfs."""


@contextmanager
def small_disk() -> Iterator[Path]:
    """A disk in memory; ``resize`` says how large it is.

    Raises:
        NoDiskError: if there cannot be one.
    """
    with tempfile.TemporaryDirectory(prefix="disk-") as name:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "test-disk", name]
        try:
            done = subprocess.run(mount, capture_output=True, encoding="utf-8")
        except OSError as error:
            raise NoDiskError(str(error)) from error
        if done.returncode:
            raise NoDiskError(done.stderr.strip())
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", name], check=True)


def resize(disk: Path, size: int) -> None:
    """Make a disk larger or smaller, though not smaller than what it holds."""
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)


def fill_disks(count: int, seed: int) -> list[Filled]:
    """Do ``count`` jobs, each on a disk that is full at a moment of its own.

    Raises:
        NoDiskError: if no small disk can be mounted.
    """
    random = Random(seed)
    jobs: Sequence[Callable[[Path, Random], Filled]] = (
        lambda disk, random: _record(disk, random, "a.db3"),
        lambda disk, random: _record(disk, random, "a"),
        _export,
        lambda disk, random: _convert(disk, random, "a.db3"),
        lambda disk, random: _convert(disk, random, "a"),
    )
    found = []
    for number in range(count):
        with small_disk() as disk:
            found.append(jobs[number % len(jobs)](disk, random))
    return found


def report(filled: Sequence[Filled]) -> str:
    """A table of the jobs and what was broken."""
    lines = [f"{'job':20}{'full disks':>11}{'in time':>9}{'broken':>8}{'most lost':>11}"]
    for job in dict.fromkeys(one.job for one in filled):
        own = [one for one in filled if one.job == job]
        told, broken = sum(bool(one.told) for one in own), sum(bool(one.problem) for one in own)
        lost = f"{max(one.lost_s for one in own):9.2f} s" if job.startswith("record") else ""
        lines.append(f"{job:20}{told:11}{len(own) - told:9}{broken:8}{lost}")
    lines.append("in time: the disk was large enough, or full only after the job was done")
    lines += [f"BROKEN: {one}" for one in filled if one.problem]
    return "\n".join(lines)


# -- a running recording -----------------------------------------------------------------------


def _record(disk: Path, random: Random, name: str) -> Filled:
    """Record until the disk shrinks to less than the next second needs."""
    camera = ClockCamera()
    runner = Runner(camera, FakePipeline())
    job = f"record to {'a .db3' if name.endswith('.db3') else 'a folder'}"
    try:
        start_s = time.monotonic()
        recorder = Recorder(disk / name, camera.camera, runner)
        runner.start()
        time.sleep(random.uniform(0.0, 1.5))
        _leave_room(disk, random.randrange(300_000))
        wait_for(lambda: not recorder.snapshot().state.active, _PATIENCE_S)
        told = recorder.snapshot()
        before = runner.snapshot().frames_in
        wait_for(lambda: runner.snapshot().frames_in > before + 3, _PATIENCE_S)
        frames, last_s = _played(disk / name)
        lost_s = start_s + told.elapsed_s - last_s if frames else 0.0
        problem = _not_one_line(told.error) or _missing(told.frames, frames, lost_s)
        if told.state is not RecordingState.FAILED:
            problem = problem or f"it is {told.state}"
        resize(disk, DISK_BYTES)
        problem = problem or _records_again(disk / f"next-{name}", camera, runner)
        return Filled(job, told.error, problem, lost_s)
    finally:
        runner.stop()


def _missing(told: int, frames: int, lost_s: float) -> str:
    if frames != told:
        return f"{told} frames were said to be written, {frames} are there"
    return f"{lost_s:.2f} s are lost" if lost_s > MAX_LOST_S else ""


def _records_again(path: Path, camera: ClockCamera, runner: Runner[int]) -> str:
    """Whether a next recording is made when there is room again."""
    recorder = Recorder(path, camera.camera, runner)
    wait_for(lambda: recorder.snapshot().frames > 2, _PATIENCE_S)
    told = recorder.stop()
    if told.error or _played(path)[0] != told.frames:
        return f"the next recording failed: {told}"
    return ""


def _leave_room(disk: Path, room: int) -> None:
    """Shrink the disk to what it holds and so many bytes."""
    used = shutil.disk_usage(disk).used
    resize(disk, used + 8192 + room)


def _played(path: Path) -> tuple[int, float]:
    """How many frames there are, and when the last one was taken."""
    if not path.exists():
        return 0, 0.0
    frames, last_s = 0, 0.0
    with closing(open_source(str(path))) as source:
        while (frame := source.read()) is not None:
            frames, last_s = frames + 1, frame.timestamp_ms / 1000.0
        if source.frame_count != frames:
            raise SourceError(source.notice or f"{path} ends early")
    return frames, last_s


# -- results that appear whole or not at all ---------------------------------------------------


def _export(disk: Path, random: Random) -> Filled:
    """Write joints over an older file."""
    path = disk / "joints.csv"
    path.write_text("older")

    def work() -> None:
        with JointsCsvWriter(path) as writer:
            for index in range(600):
                writer.write(make_result(make_frame(index), make_hand()))

    return _whole_or_not("export joints", work, path, disk, random.randrange(4096, 400_000))


def _convert(disk: Path, random: Random, name: str) -> Filled:
    """Convert a recording over an older file, or to a new folder."""
    path = disk / name
    if path.suffix:
        path.write_text("older")
    with tempfile.TemporaryDirectory() as folder:
        recording = write_folder(Path(folder) / "recording", count=40)

        def work() -> None:
            convert(str(recording), path)

        job = f"convert to {'a .db3' if path.suffix else 'a folder'}"
        return _whole_or_not(job, work, path, disk, random.randrange(4096, 400_000))


def _whole_or_not(
    job: str, work: Callable[[], object], path: Path, disk: Path, room: int
) -> Filled:
    resize(disk, 8192 + room)
    older = path.read_text() if path.is_file() else None
    told = ""
    try:
        work()
    except CrossingHandsError as error:
        told = str(error)
    left = [other.name for other in disk.iterdir() if other != path]
    if not told:
        return Filled(job, "", f"left behind: {left}" if left else "")
    problem = _not_one_line(told)
    now = path.read_text() if path.is_file() else None
    kept = [name for name in left if not name.endswith(".partial")]
    if now != older or path.is_dir():
        problem = problem or "the older file is not as it was"
    elif kept or any((disk / name).is_dir() for name in left):
        problem = problem or f"left behind: {left}"
    return Filled(job, told, problem)


def _not_one_line(told: str) -> str:
    clear = told and told.isprintable() and len(told) < 300
    return "" if clear else f"not one clear line: {told!r}"
