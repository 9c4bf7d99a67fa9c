"""Recordings copied from kind to kind, by function and by command."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import main
from engine.errors import CancelledError, CrossingHandsError, InvalidInputError, SourceError
from engine.jobs.convert import convert
from engine.recording.record import write_recording
from engine.run.replay_control import PlayRange
from engine.sources import open_source
from engine.types import Frame
from tests.recordings import CAMERA, make_frames
from tests.sdk_bags import unclosed, write_sdk_bag
from tests.sdk_files import SdkFile, stamps_ms


def read_all(path: Path) -> list[Frame]:
    source = open_source(str(path))
    found = []
    while (frame := source.read()) is not None:
        found.append(frame)
    source.close()
    return found


def assert_same(found: list[Frame], expected: list[Frame]) -> None:
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.depth_mm, other.depth_mm)
        assert one.timestamp_ms == pytest.approx(other.timestamp_ms, abs=1e-5)
        lens = (other.camera.fx, other.camera.fy, other.camera.cx, other.camera.cy)
        fx, fy, cx, cy = (float(np.float32(value)) for value in lens)  # as .db3 files keep them
        assert one.camera == replace(other.camera, fx=fx, fy=fy, cx=cx, cy=cy)


def test_there_and_back_nothing_changes(tmp_path: Path) -> None:
    write_recording(tmp_path / "a.db3", make_frames(7), CAMERA)
    (tmp_path / "b").mkdir()  # an empty folder is as good as none
    convert(str(tmp_path / "a.db3"), tmp_path / "b")
    report = convert(str(tmp_path / "b"), tmp_path / "new" / "c.db3")
    assert (report.frames, report.damaged) == (7, 0)
    assert_same(read_all(tmp_path / "new" / "c.db3"), make_frames(7))


@pytest.mark.parametrize("name", ["sr305_hand.bag", "d435_room.bag", "sr305_hand"])
def test_real_recordings_stay_as_they_are(recordings: Path, name: str, tmp_path: Path) -> None:
    convert(str(recordings / name), tmp_path / "a.db3")
    assert_same(read_all(tmp_path / "a.db3"), read_all(recordings / name))


def test_a_part_is_taken_and_progress_told(tmp_path: Path) -> None:
    write_recording(tmp_path / "a.db3", make_frames(9), CAMERA)
    told: list[tuple[int, int]] = []

    def note(done: int, total: int) -> bool:
        told.append((done, total))
        return True

    convert(str(tmp_path / "a.db3"), tmp_path / "b", chosen=PlayRange(2, 4), progress=note)
    assert_same(read_all(tmp_path / "b"), make_frames(9)[2:5])
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("target", ["b", "b.db3"])
def test_what_is_cancelled_leaves_nothing(target: str, tmp_path: Path) -> None:
    write_recording(tmp_path / "a.db3", make_frames(9), CAMERA)
    with pytest.raises(CancelledError):
        convert(str(tmp_path / "a.db3"), tmp_path / target, progress=lambda done, _: done < 4)
    assert [path.name for path in tmp_path.iterdir()] == ["a.db3"]


def test_damaged_frames_are_left_out_and_told(tmp_path: Path) -> None:
    write_recording(tmp_path / "a", make_frames(6), CAMERA)
    (tmp_path / "a" / "000002.png").write_bytes(b"rubbish")
    report = convert(str(tmp_path / "a"), tmp_path / "b.db3")
    assert (report.frames, report.damaged) == (5, 1)
    assert "000002.png" in report.reason
    expected = [frame for frame in make_frames(6) if frame.index != 2]
    assert_same(read_all(tmp_path / "b.db3"), expected)


def test_no_readable_frame_is_an_error(tmp_path: Path) -> None:
    write_recording(tmp_path / "a", make_frames(3), CAMERA)
    (tmp_path / "a" / "000002.png").write_bytes(b"rubbish")
    with pytest.raises(SourceError, match="no frame of a can be read"):
        convert(str(tmp_path / "a"), tmp_path / "b", chosen=PlayRange(2, 2))
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize(
    ("source", "target", "problem"),
    [
        ("synthetic", "b", "is no recording"),
        ("a", "a", "itself"),
        ("a", "b.bag", "only be read"),
        ("a", "full", "not empty"),
        ("a", "text.txt", "is a file"),
        ("nothing.bag", "b", "no such file"),
    ],
)
def test_what_cannot_be_done_is_one_error(
    source: str, target: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_recording(Path("a"), make_frames(2), CAMERA)
    shutil.copytree("a", "full")
    Path("text.txt").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(CrossingHandsError, match=problem):
        convert(source, Path(target))
    assert sorted(tmp_path.rglob("*")) == before


def test_frames_beyond_the_end_are_refused(tmp_path: Path) -> None:
    write_recording(tmp_path / "a", make_frames(3), CAMERA)
    with pytest.raises(InvalidInputError, match="no frame 3"):
        convert(str(tmp_path / "a"), tmp_path / "b", chosen=PlayRange(0, 3))


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_recording(tmp_path / "a", make_frames(5), CAMERA)
    (tmp_path / "a" / "000003.png").write_bytes(b"rubbish")
    arguments = ["convert", str(tmp_path / "a"), str(tmp_path / "b.db3")]
    assert main.main(arguments) == 0
    printed = capsys.readouterr().err
    assert "note: 1 damaged" in printed
    assert f"4 frames, wrote {tmp_path / 'b.db3'}" in printed
    assert main.main([*arguments[:2], str(tmp_path / "c"), "--frames", "1", "2"]) == 0
    assert_same(read_all(tmp_path / "c"), make_frames(5)[1:3])
    assert main.main([*arguments[:2], str(tmp_path / "d"), "--frames", "2", "1"]) == 2
    assert "error: frames 2 to 1 are no range" in capsys.readouterr().err


def test_what_was_mended_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stamps = stamps_ms(6)
    stamps[3] = 1.6e12
    path = unclosed(write_sdk_bag(tmp_path / "a.bag", SdkFile(stamps)))
    notice = "a.bag was never closed: 6 frames were saved; 1 of 6 times was wrong and is replaced"
    assert convert(str(path), tmp_path / "b").notice == notice
    assert main.main(["convert", str(path), str(tmp_path / "c.db3")]) == 0
    assert capsys.readouterr().err.count(notice) == 1
    for copy in ("b", "c.db3"):
        times = [frame.timestamp_ms for frame in read_all(tmp_path / copy)]
        np.testing.assert_allclose(times, stamps_ms(6), atol=1.0)


def test_units_that_change_are_one_in_the_copy(tmp_path: Path) -> None:
    units = [("option/Depth_Units/value", 0.000125, 0), ("option/Depth_Units/value", 0.001, 2)]
    path = write_sdk_bag(tmp_path / "a.bag", SdkFile(stamps_ms(4), units=units))
    convert(str(path), tmp_path / "b.db3")
    frames = read_all(path)
    for frame, copied in zip(frames, read_all(tmp_path / "b.db3"), strict=True):
        np.testing.assert_array_equal(copied.depth_mm, frame.depth_mm)
