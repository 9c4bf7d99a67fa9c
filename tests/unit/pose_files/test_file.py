"""``.pose`` files: written as results come, read as far as they are whole, refused in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.errors import CancelledError, SourceError
from engine.pose_files.file import is_pose_file, read_pose_file
from engine.pose_files.records import FORMAT, MAGIC, RECORD, encode_header
from engine.pose_files.writer import PoseWriter
from engine.skeleton import Handedness
from engine.types import FrameResult, TrackingStatus
from tests.fakes import SMALL_CAMERA, make_frame, make_hand
from tests.pose_recordings import CAMERA, pose_hand, write_pose_file


def result(index: int, *, hands: int = 1, lost: bool = False) -> FrameResult:
    found = tuple(make_hand(n, centre_mm=(60.0 * n, 0.0, 450.0 + index)) for n in range(hands))
    status = TrackingStatus.TRACKING if found else TrackingStatus.NO_HAND
    status = TrackingStatus.LOST if lost else status
    return FrameResult(make_frame(index), found, status, {})


def hand_file(path: Path, frames: int = 5) -> Path:
    joints = make_hand().joints_mm
    hands = [[pose_hand(joints + np.float32(index))] for index in range(frames)]
    return write_pose_file(path, hands)


def test_results_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "a.pose"
    results = [result(0, hands=0), result(1), result(2, hands=2), result(3, hands=0, lost=True)]
    with PoseWriter(path) as writer:
        for each in results:
            writer.write(each)
            # Killed now, what was written so far would be a whole file.
            assert read_pose_file(writer.partial_path).frame_count == each.frame.index + 1
    assert writer.written == (path,)
    file = read_pose_file(path)
    assert file.camera == SMALL_CAMERA
    assert (file.frame_count, len(file.records), file.notice) == (4, 5, "")
    for index, each in enumerate(results):
        frame = file.frame(index)
        assert (frame.index, frame.timestamp_ms) == (index, each.frame.timestamp_ms)
        assert frame.lost == (each.status is TrackingStatus.LOST)
        assert len(frame.hands) == len(each.hands)
        for kept, hand in zip(frame.hands, each.hands, strict=True):
            assert np.abs(kept.joints_mm - hand.joints_mm).max() <= 0.5
            assert (kept.track_id, kept.handedness) == (hand.track_id, Handedness.RIGHT)


def test_an_error_keeps_what_was_written_and_an_older_file(tmp_path: Path) -> None:
    path = hand_file(tmp_path / "a.pose")
    before = path.read_bytes()
    with pytest.raises(RuntimeError) as stopped, PoseWriter(path) as writer:
        writer.write(result(0))
        raise RuntimeError("power cut")
    assert path.read_bytes() == before
    assert "a.pose.partial" in stopped.value.__notes__[0]
    assert read_pose_file(writer.partial_path).frame_count == 1
    with pytest.raises(CancelledError), PoseWriter(path) as writer:
        writer.write(result(0))
        raise CancelledError("cancelled")
    assert [each.name for each in tmp_path.iterdir()] == ["a.pose"]


def test_a_cut_file_is_read_up_to_there(tmp_path: Path) -> None:
    path = hand_file(tmp_path / "a.pose")
    whole = path.read_bytes()
    begin = len(encode_header(CAMERA))
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        frames = (length - begin) // RECORD.itemsize
        if frames < 1:
            with pytest.raises(SourceError) as refused:
                read_pose_file(path)
            assert str(refused.value).startswith(str(path))
            continue
        file = read_pose_file(path)
        assert file.frame_count == frames
        cut = (length - begin) % RECORD.itemsize
        assert file.notice == ("a.pose: its last record is cut off" if cut else "")


def test_a_damaged_record_is_left_out(tmp_path: Path) -> None:
    path = hand_file(tmp_path / "a.pose")
    content = bytearray(path.read_bytes())
    content[len(encode_header(CAMERA)) + 2 * RECORD.itemsize + 40] ^= 4
    path.write_bytes(content)
    file = read_pose_file(path)
    assert [file.frame(k).index for k in range(file.frame_count)] == [0, 1, 3, 4]
    assert file.notice == "a.pose: 1 of 5 records is damaged and left out"


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda whole: b"", "no .pose file"),
        (lambda whole: b"\x89PNG" + whole, "no .pose file"),
        (lambda whole: whole[:12], "cut off"),
        (lambda whole: whole[:30], "damaged"),
        (lambda whole: whole[:40] + b"x" + whole[41:], "damaged"),
        (lambda whole: whole.replace(b"CHPOSE1", b"CHPOSE2"), "another version"),
        (lambda whole: whole[:8] + b"\xff\xff\xff\xff" + whole[12:], "damaged"),
        (lambda whole: encode_header(CAMERA), "no frames"),
        (lambda whole: encode_header(CAMERA) + b"\0" * 1000, "no frames"),
    ],
)
def test_what_is_no_pose_file_is_refused_in_one_line(
    tmp_path: Path, change: object, part: str
) -> None:
    path = hand_file(tmp_path / "a.pose")
    path.write_bytes(change(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(SourceError) as refused:
        read_pose_file(path)
    assert part in str(refused.value)
    assert "\n" not in str(refused.value)


def test_another_version_of_the_fields_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "FORMAT": FORMAT.replace("/1", "/2"),
        "JOINT_NAMES": ("wrist",),
        "POSE_CONTRACT": "pose_decoder/3: other",
    }.items():
        with monkeypatch.context() as changed:
            changed.setattr(f"engine.pose_files.records.{name}", value)
            path = hand_file(tmp_path / "a.pose")
        with pytest.raises(SourceError, match=r"another version|latents"):
            read_pose_file(path)


def test_files_are_known_by_their_name_or_beginning(tmp_path: Path) -> None:
    assert is_pose_file(tmp_path / "missing.POSE")
    path = hand_file(tmp_path / "a.bin")
    assert is_pose_file(path)
    path.write_bytes(MAGIC[:4])
    assert not is_pose_file(path)
    with pytest.raises(SourceError, match="cannot be read"):
        read_pose_file(tmp_path / "missing.pose")


def test_two_hands_of_one_moment_are_one_frame(tmp_path: Path) -> None:
    joints = make_hand().joints_mm
    one, two = pose_hand(joints), pose_hand(joints + np.float32(80.0), track_id=1)
    file = read_pose_file(write_pose_file(tmp_path / "a.pose", [[one, two], [], [], [two]]))
    assert [len(file.frame(k).hands) for k in range(file.frame_count)] == [2, 0, 0, 1]
    assert file.stamps_ms.tolist() == sorted(file.stamps_ms.tolist())
