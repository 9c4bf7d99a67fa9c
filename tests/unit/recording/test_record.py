"""Recordings written by the program: what is read again, by it and by the SDK; full disks."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.camera import Camera
from engine.errors import ExportError
from engine.recording.raw_depth import raw_depth
from engine.recording.record import FolderRecorder, FrameWriter, open_writer, write_recording
from engine.recording.record_db3 import Db3Recorder
from engine.sources import open_source
from engine.sources.base import DepthSource
from engine.types import Frame
from tests.recordings import CAMERA, make_frames
from tests.sdk_recordings import played_by_the_sdk

NAMES = ["a.db3", "a"]


def read_all(path: Path) -> list[Frame]:
    source = open_source(str(path))
    try:
        return list(_frames(source))
    finally:
        source.close()


def _frames(source: DepthSource) -> Iterator[Frame]:
    while (frame := source.read()) is not None:
        yield frame
    assert source.notice is None


def write(path: Path, count: int) -> FrameWriter:
    writer = open_writer(path, CAMERA)
    for frame in make_frames(count):
        writer.write(frame)
    return writer


@pytest.mark.parametrize("name", NAMES)
def test_depth_stamps_and_camera_come_back(name: str, tmp_path: Path) -> None:
    assert write_recording(tmp_path / name, make_frames(6), CAMERA) == 6
    source = open_source(str(tmp_path / name))
    assert source.camera == CAMERA
    for frame, original in zip(_frames(source), make_frames(6), strict=True):
        np.testing.assert_array_equal(frame.depth_mm, original.depth_mm)
        assert frame.timestamp_ms == pytest.approx(original.timestamp_ms, abs=1e-5)
    source.close()
    assert {path.name for path in tmp_path.iterdir()} == {name}


@pytest.mark.parametrize("name", NAMES)
def test_the_cameras_serial_comes_back(name: str, tmp_path: Path) -> None:
    camera = replace(CAMERA, serial="728612070259")
    write_recording(tmp_path / name, make_frames(2), camera)
    with closing(open_source(str(tmp_path / name))) as source:
        assert (source.camera.name, source.camera.serial) == (CAMERA.name, "728612070259")


def test_the_sdk_plays_what_is_written(tmp_path: Path) -> None:
    rs = pytest.importorskip("pyrealsense2", reason="the RealSense SDK is not installed")
    path = tmp_path / "a.db3"
    write_recording(path, make_frames(12), CAMERA)
    unit_mm = np.float32(CAMERA.depth_unit_mm)
    played = played_by_the_sdk(rs, path)
    for (raw, stamp_ms), original in zip(played, make_frames(12), strict=True):
        np.testing.assert_array_equal(raw * unit_mm, original.depth_mm)
        assert stamp_ms == pytest.approx(original.timestamp_ms, abs=1e-3)
    context = rs.context()
    (sensor,) = context.load_device(str(path)).query_sensors()
    assert sensor.get_option(rs.option.depth_units) == pytest.approx(0.000125)
    lens = sensor.get_stream_profiles()[0].as_video_stream_profile().get_intrinsics()
    assert (lens.width, lens.height) == (CAMERA.width, CAMERA.height)
    assert (lens.fx, lens.fy, lens.ppx, lens.ppy) == (60.5, 61.5, 31.25, 23.75)


def test_what_does_not_fit_16_bits_is_no_data() -> None:
    depth = np.full((2, 4), 100.0, np.float32)
    depth[0] = (np.nan, -1.0, 1e9, np.inf)
    camera = Camera(4, 2, 3.0, 3.0, 1.5, 0.5, depth_unit_mm=0.5)
    raw = raw_depth(Frame(depth, 0.0, 0, camera), camera)
    assert raw.tolist() == [[0, 0, 0, 0], [200, 200, 200, 200]]


@pytest.mark.parametrize("name", NAMES)
def test_everything_flushed_can_be_played_while_it_grows(name: str, tmp_path: Path) -> None:
    writer = write(tmp_path / name, 3)
    writer.flush()
    assert len(read_all(tmp_path / name)) == 3
    writer.close()
    writer.close()
    assert writer.written == len(read_all(tmp_path / name)) == 3


def test_a_transaction_cut_in_two_is_left_out_and_the_files_stay(tmp_path: Path) -> None:
    path, copy = tmp_path / "a.db3", tmp_path / "copy.db3"
    writer = Db3Recorder(path, CAMERA)
    frames = make_frames(9)
    for frame in frames[:3]:
        writer.write(frame)
    writer.flush()
    # A tiny cache makes SQLite write pages before the transaction is complete.
    writer._database.execute("PRAGMA cache_size=1")
    for frame in frames[3:]:
        writer.write(frame)
    shutil.copy(path, copy)
    shutil.copy(f"{path}-journal", f"{copy}-journal")
    writer.close()
    content, journal = copy.read_bytes(), Path(f"{copy}-journal").read_bytes()
    with closing(open_source(str(copy))) as source:
        assert source.frame_count == 3
        assert source.notice == "copy.db3 was never closed: 3 frames were saved"
    assert (copy.read_bytes(), Path(f"{copy}-journal").read_bytes()) == (content, journal)
    assert len(read_all(path)) == 9


def test_a_folder_that_lacks_its_last_stamps_goes_on_at_the_frame_rate(tmp_path: Path) -> None:
    write(tmp_path / "a", 4).close()
    times = tmp_path / "a" / "times.txt"
    times.write_text("".join(times.read_text().splitlines(keepends=True)[:2]))
    stamps = [frame.timestamp_ms for frame in read_all(tmp_path / "a")]
    assert stamps == pytest.approx([500.0, 520.5, 520.5 + 1e3 / 60, 520.5 + 2e3 / 60])
    times.write_text("500\nrubbish\n")
    stamps = [frame.timestamp_ms for frame in read_all(tmp_path / "a")]
    assert stamps == pytest.approx([500.0 + k * 1e3 / 60 for k in range(4)])


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_without_frames_is_taken_away(name: str, tmp_path: Path) -> None:
    open_writer(tmp_path / name, CAMERA).close()
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    for name in NAMES:
        write(tmp_path / name, 1).close()
        with pytest.raises(ExportError, match="already"):
            open_writer(tmp_path / name, CAMERA)
        assert len(read_all(tmp_path / name)) == 1
    (tmp_path / "a.txt").write_text("mine")
    for name, problem in (
        ("a.txt", "is a file"),
        ("b.bag", "only be read"),
        ("no/b.db3", "written"),
    ):
        with pytest.raises(ExportError, match=problem):
            open_writer(tmp_path / name, CAMERA)


def test_a_failed_conversion_leaves_the_older_file(tmp_path: Path) -> None:
    path = tmp_path / "a.db3"
    write_recording(path, make_frames(2), CAMERA)
    other = make_frames(1, CAMERA.resized(32, 24))
    with pytest.raises(ExportError, match="32x24"):
        write_recording(path, [*make_frames(4), *other], CAMERA)
    assert len(read_all(path)) == 2
    assert [found.name for found in tmp_path.iterdir()] == ["a.db3"]


@pytest.mark.parametrize("name", ["file/x.db3", "file/x", "a" * 300 + ".db3"])
def test_a_place_that_cannot_be_is_named_as_it_was_given(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ExportError, match="cannot write") as refused:
        write_recording(tmp_path / name, make_frames(2), CAMERA)
    assert str(tmp_path / name) in str(refused.value)
    assert ".part" not in str(refused.value)
    with pytest.raises(ExportError, match="has no name"):
        write_recording(Path("/"), make_frames(2), CAMERA)


def test_stamps_that_a_message_cannot_hold_are_refused(tmp_path: Path) -> None:
    early, late = make_frames(2)
    with pytest.raises(ExportError, match="after the first one"):
        write_recording(tmp_path / "a.db3", [early, replace(late, timestamp_ms=1e14)], CAMERA)
    assert list(tmp_path.iterdir()) == []


def test_a_full_database_keeps_what_was_flushed(tmp_path: Path) -> None:
    writer = Db3Recorder(tmp_path / "a.db3", CAMERA)
    frames = make_frames(40)
    for frame in frames[:3]:
        writer.write(frame)
    writer.flush()
    (pages,) = writer._database.execute("PRAGMA page_count").fetchone()
    writer._database.execute(f"PRAGMA max_page_count={pages + 5}")
    with pytest.raises(ExportError, match="disk is full"):
        for frame in frames[3:]:
            writer.write(frame)
            writer.flush()
    before = writer.written
    writer.close()
    assert 3 <= before < 40
    assert len(read_all(tmp_path / "a.db3")) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mounted, capture_output=True).returncode:
        pytest.skip("a small disk can be mounted by root only")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("make", [Db3Recorder, FolderRecorder])
def test_a_full_disk_is_told_and_what_was_flushed_plays(
    make: Callable[..., FrameWriter], small_disk: Path
) -> None:
    path = small_disk / ("a.db3" if make is Db3Recorder else "a")
    writer = make(path, CAMERA)
    with pytest.raises(ExportError, match=r"full|space"):
        for frame in make_frames(400):
            writer.write(frame)
            writer.flush()
    writer.close()
    assert writer.written > 10
    assert len(read_all(path)) == writer.written


def test_a_database_is_whole_for_sqlite(tmp_path: Path) -> None:
    write(tmp_path / "a.db3", 5).close()
    database = sqlite3.connect(tmp_path / "a.db3")
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_link_stays_and_what_it_leads_to_becomes_the_recording(name: str, tmp_path: Path) -> None:
    link, target = tmp_path / f"link_{name}", tmp_path / "deep" / name
    link.symlink_to(target)
    for count in (2, 3):
        if target.is_dir():
            shutil.rmtree(target)
            target.mkdir()
        write_recording(link, make_frames(count), CAMERA)
        assert link.is_symlink()
        assert len(read_all(target)) == count
    assert [found.name for found in target.parent.iterdir()] == [name]


@pytest.mark.parametrize("name", ["-", "/dev/null", "pipe", "pipe.db3"])
def test_a_recording_does_not_take_the_place_of_a_device_or_pipe(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for pipe in (tmp_path / "pipe", tmp_path / "pipe.db3"):
        os.mkfifo(pipe)
    with pytest.raises(ExportError, match="no place for a recording"):
        write_recording(Path(name), make_frames(2), CAMERA)
    with pytest.raises(ExportError, match="no place for a recording"):
        open_writer(Path(name), CAMERA)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["pipe", "pipe.db3"]
    assert all(stat.S_ISFIFO(each.stat().st_mode) for each in tmp_path.iterdir())
