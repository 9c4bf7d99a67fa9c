"""Recordings of messages as a source: every frame once, no thread left."""

from __future__ import annotations

import shutil
import sqlite3
import sys
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pytest

from engine.errors import SourceError
from engine.sources import open_source
from engine.sources.base import SeekableSource
from tests.recordings import CAMERA, make_frames, read_all, write_bag, write_db3
from tests.sdk_recordings import played_by_the_sdk

rs = pytest.importorskip("pyrealsense2", reason="the RealSense SDK is not installed")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_db3(tmp_path_factory.mktemp("recording") / "a.db3")


def refused(path: Path, problem: str) -> None:
    with pytest.raises(SourceError, match=problem) as caught:
        open_source(str(path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_frame_is_delivered_once_in_order(recording: Path) -> None:
    source = open_source(str(recording))
    assert source.camera == CAMERA
    assert (source.live, source.frame_count, source.name) == (False, 6, "a.db3")
    for _ in range(2):
        frames = read_all(source)
        assert [frame.index for frame in frames] == list(range(6))
        for frame, original in zip(frames, make_frames(6), strict=True):
            np.testing.assert_array_equal(frame.depth_mm, original.depth_mm)
            assert frame.timestamp_ms == pytest.approx(original.timestamp_ms)
        assert source.notice is None
        source.rewind()
    source.close()


def test_the_first_frames_are_not_lost_to_a_slow_start(recording: Path) -> None:
    for _ in range(8):
        source = open_source(str(recording))
        assert len(read_all(source)) == 6
        source.close()


def test_closing_in_mid_stream_wakes_the_reader(recording: Path) -> None:
    source = open_source(str(recording))
    source.read()
    reader = threading.Thread(target=lambda: [source.read(10_000) for _ in range(50)])
    reader.start()
    source.close()
    source.close()
    reader.join(5)
    assert not reader.is_alive()
    assert source.ended
    assert source.read() is None
    with pytest.raises(SourceError, match="closed"):
        source.rewind()


def test_sr305_recordings_equal_the_folder(recordings: Path) -> None:
    pictures = read_all(open_source(str(recordings / "sr305_hand")))
    for name in ("sr305_hand.bag", "sr305_hand.db3"):
        source = open_source(str(recordings / name))
        assert source.camera.depth_unit_mm == 0.125
        assert source.camera.fx == pytest.approx(476.007)
        frames = read_all(source)
        assert len(frames) == source.frame_count == 33
        for k, frame in enumerate(frames):
            np.testing.assert_array_equal(frame.depth_mm, pictures[k % 11].depth_mm)
        assert np.all(np.diff([frame.timestamp_ms for frame in frames]) > 0)
        source.close()


def test_a_recording_with_colour_loses_no_depth(recordings: Path) -> None:
    source = open_source(str(recordings / "d435_room.bag"))
    assert source.camera.name == "Intel RealSense D435"
    assert source.camera.serial == "728612070259"
    assert [frame.timestamp_ms for frame in read_all(source)] == [360815.089, 360981.765]
    source.close()


def test_opening_and_closing_leaves_no_threads(recording: Path) -> None:
    tasks = Path("/proc/self/task")
    if not tasks.exists():
        pytest.skip("threads are counted through /proc")
    open_source(str(recording)).close()
    before = len(list(tasks.iterdir()))
    for count in range(20):
        source = open_source(str(recording))
        for _ in range(count % 6):
            source.read()
        source.close()
    time.sleep(0.1)
    assert len(list(tasks.iterdir())) <= before


def test_foreign_databases_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "b.db3"
    path.write_bytes(b"")
    refused(path, "is empty")
    path.write_bytes(b"no database" * 50)
    refused(path, "no SQLite database")
    path.unlink()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE other(x)")
    other.close()
    refused(path, "another SQLite database")


def test_of_a_truncated_database_is_read_what_is_there(recording: Path, tmp_path: Path) -> None:
    path = tmp_path / "b.db3"
    content = recording.read_bytes()
    opened: list[float] = []
    for share in (0.1, 0.5, 0.95):
        path.write_bytes(content[: int(len(content) * share)])
        with suppress(SourceError), closing(open_source(str(path))) as source:
            opened.append(share)
            assert source.notice is not None and "is cut off" in source.notice
            assert 0 < len(read_all(source)) <= 6
    assert 0.95 in opened


@pytest.mark.parametrize(
    "removed",
    ["%Depth_0/info", "%Frames_Queue_Size/value", "%Depth_Units/value", "/file_version"],
)
def test_what_hangs_or_crashes_the_sdk_is_read(
    recording: Path, tmp_path: Path, removed: str
) -> None:
    path = tmp_path / "b.db3"
    shutil.copy(recording, path)
    with sqlite3.connect(path) as database:
        wanted = "SELECT id FROM topics WHERE name LIKE ?"
        database.execute(f"DELETE FROM messages WHERE topic_id IN ({wanted})", (removed,))
    database.close()
    source = open_source(str(path))
    for frame, original in zip(read_all(source), make_frames(6), strict=True):
        np.testing.assert_array_equal(frame.depth_mm, original.depth_mm)
    source.close()


def test_damage_in_the_middle_is_reported(recording: Path, tmp_path: Path) -> None:
    path = tmp_path / "b.db3"
    shutil.copy(recording, path)
    with sqlite3.connect(path) as database:
        (topic,) = database.execute(
            "SELECT id FROM topics WHERE name LIKE '%/image/data%'"
        ).fetchone()
        ids = database.execute("SELECT id FROM messages WHERE topic_id=?", (topic,)).fetchall()
        database.execute("UPDATE messages SET data=x'00010000' WHERE id=?", ids[3])
    source = open_source(str(path))
    assert len(read_all(source)) == 3
    assert source.notice == (
        "b.db3 stops early: 3 of 6 frames were read (frame 3 is damaged: it is cut off)"
    )
    source.close()


def test_bad_bags_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.bag"
    refused(write_bag(path, topics={"/device_0/sensor_1/Color_0/image/data": 3}), "no depth stream")
    refused(write_bag(path), "no depth frames")
    refused(write_bag(path, indexed=False), "no depth frames: it was never closed")
    content = path.read_bytes()
    for length in range(14, len(content), 7):
        path.write_bytes(content[:length])
        refused(path, "cut off|never closed")
    path.write_bytes(b"")
    refused(path, "is empty")
    path.write_bytes(b"\x89PNG\r\n" * 100)
    refused(path, "is a PNG picture")
    path.write_bytes(b"abc" * 100)
    refused(path, "does not start as a ROS bag")


def test_of_a_truncated_real_bag_is_read_what_is_there(recordings: Path, tmp_path: Path) -> None:
    content = (recordings / "sr305_hand.bag").read_bytes()
    whole = open_source(str(recordings / "sr305_hand.bag"))
    assert isinstance(whole, SeekableSource)
    path = tmp_path / "b.bag"
    counts = []
    for share in (0.3, 0.9, 0.9999):
        path.write_bytes(content[: int(len(content) * share)])
        source = open_source(str(path))
        assert isinstance(source, SeekableSource)
        counts.append(source.frame_count)
        for k in range(source.frame_count):
            frame, expected = source.frame_at(k), whole.frame_at(k)
            np.testing.assert_array_equal(frame.depth_mm, expected.depth_mm)
            assert frame.timestamp_ms == expected.timestamp_ms
        assert source.notice == f"b.bag is cut off: {counts[-1]} frames were saved"
        source.close()
    whole.close()
    assert 8 <= counts[0] < counts[1] < counts[2] == 33


def test_recordings_play_without_the_sdk(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyrealsense2", None)
    assert len(read_all(open_source(str(recording)))) == 6


def test_an_uncompressed_database_is_read(tmp_path: Path) -> None:
    path = write_db3(tmp_path / "a.db3", compressed=False)
    source = open_source(str(path))
    for frame, original in zip(read_all(source), make_frames(6), strict=True):
        np.testing.assert_array_equal(frame.depth_mm, original.depth_mm)
        assert frame.timestamp_ms == pytest.approx(original.timestamp_ms)
    source.close()


@pytest.mark.parametrize("name", ["sr305_hand.bag", "sr305_hand.db3", "d435_room.bag"])
def test_frames_are_those_the_sdk_plays(recordings: Path, name: str) -> None:
    source = open_source(str(recordings / name))
    played = played_by_the_sdk(rs, recordings / name)
    unit_mm = np.float32(source.camera.depth_unit_mm)
    for frame, (raw, stamp_ms) in zip(read_all(source), played, strict=True):
        np.testing.assert_array_equal(frame.depth_mm, raw * unit_mm)
        assert frame.timestamp_ms == pytest.approx(stamp_ms, abs=1e-3)
    source.close()


@pytest.mark.parametrize("name", ["sr305_hand", "sr305_hand.bag", "sr305_hand.db3"])
def test_frames_come_in_any_order(recordings: Path, name: str) -> None:
    source = open_source(str(recordings / name))
    assert isinstance(source, SeekableSource)
    in_order = [source.frame_at(index) for index in range(source.frame_count)]
    for index in (7, 3, 10, 0, 9, 9, 1):
        frame, expected = source.frame_at(index), in_order[index]
        np.testing.assert_array_equal(frame.depth_mm, expected.depth_mm)
        assert (frame.index, frame.timestamp_ms) == (index, expected.timestamp_ms)
        assert source.timeline_ms[index] == pytest.approx(
            expected.timestamp_ms - in_order[0].timestamp_ms, abs=200.0
        )
    for index in (-1, source.frame_count):
        with pytest.raises(SourceError, match="has no frame"):
            source.frame_at(index)
    assert source.read() is not None
    source.close()
    with pytest.raises(SourceError, match="closed"):
        source.frame_at(0)
