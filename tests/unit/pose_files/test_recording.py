"""A recording without images as a source: its depth is drawn again, its hands are the kept ones."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import engine
import main
from engine import sources
from engine.any_source import open_source, recorded_hands
from engine.camera import Camera
from engine.errors import SourceError
from engine.jobs.convert import convert
from engine.pose_files.file import read_pose_file
from engine.pose_files.recording import PoseRecording, RecordedHands
from engine.pose_files.redraw import paste_crop
from engine.skeleton import Handedness
from engine.sources.base import SeekableSource
from engine.sources.folder import FolderSource
from engine.tracking.config import SideChoice, TrackingSettings
from engine.tracking.crop import cut_crop, rotation_towards
from engine.types import HandCrop, TrackingStatus
from tests.pose_recordings import CAMERA, gesture_joints, neutral_latent, pose_hand, write_pose_file


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    joints = gesture_joints("open_palm")
    right = pose_hand(joints, latent=neutral_latent())
    away = (joints + np.array([90.0, 0.0, 60.0])).astype(np.float32)
    left = pose_hand(away, Handedness.LEFT, track_id=1, latent=neutral_latent())
    return write_pose_file(tmp_path / "a.pose", [[right], [right, left], [], [left]])


def test_it_is_a_source_like_others(recording: Path) -> None:
    with closing(open_source(str(recording))) as source:
        assert isinstance(source, PoseRecording)
        assert isinstance(source, SeekableSource)
        assert (source.name, source.frame_count, source.live) == ("a.pose", 4, False)
        assert source.camera == CAMERA
        drawn = [source.frame_at(index).depth_mm for index in range(4)]
        seen = [int((depth > 0).sum()) for depth in drawn]
        assert seen[0] > 500
        assert seen[1] > seen[0]
        assert seen[2] == 0
        near = drawn[0][drawn[0] > 0]
        assert abs(float(np.median(near)) - 500.0) < 80.0
        np.testing.assert_array_equal(source.frame_at(0).depth_mm, drawn[0])
        frames = [source.read() for _ in range(4)]
        assert source.ended
        assert [frame.index for frame in frames if frame] == [0, 1, 2, 3]
    with pytest.raises(SourceError, match="closed"):
        source.frame_at(0)


def test_its_hands_are_those_that_were_kept(recording: Path) -> None:
    kept = read_pose_file(recording)
    with closing(PoseRecording(recording)) as source:
        step = recorded_hands(source)
        assert isinstance(step, RecordedHands)
        settings = TrackingSettings(hands=2)
        for index in range(4):
            result, _ = step.step(source.frame_at(index), {}, settings)
            hands = kept.frame(index).hands
            assert len(result.hands) == len(hands)
            for hand, expected in zip(result.hands, hands, strict=True):
                np.testing.assert_array_equal(hand.joints_mm, expected.joints_mm)
                assert hand.latent is not None
                assert hand.crop.image.min() < 0.98
        both = source.frame_at(1)
        assert len(step.step(both, {}, TrackingSettings(hands=1))[0].hands) == 1
        only_left = TrackingSettings(hands=2, side=SideChoice.LEFT)
        (hand,) = step.step(both, {}, only_left)[0].hands
        assert hand.handedness is Handedness.LEFT
        nothing = step.step(source.frame_at(2), {}, settings)[0]
        assert nothing.status is TrackingStatus.NO_HAND
    with closing(sources.open_source("synthetic")) as other:
        assert recorded_hands(other) is None


@pytest.mark.parametrize("mirrored", [False, True])
def test_what_is_pasted_is_cut_out_again(mirrored: bool) -> None:
    camera = Camera(320, 240, 300.0, 310.0, 150.0, 125.0)
    centre = np.array([60.0, -40.0, 520.0], np.float32)
    v, u = np.mgrid[0:128, 0:128]
    image = np.where(np.hypot(u - 50, v - 70) < 30, 0.004 * (u - 64.0), 1.0).astype(np.float32)
    distance = float(np.linalg.norm(centre))
    crop = HandCrop(image, centre, 270.0, distance, rotation_towards(centre), mirrored)
    depth = np.zeros((240, 320), np.float32)
    paste_crop(depth, camera, crop)
    again = cut_crop(depth, camera, centre, mirrored=mirrored, cube_mm=270.0, clean_edges=False)
    both = (image < 0.9) & (again.image < 0.9)
    assert both.sum() > 0.93 * (image < 0.9).sum()
    assert np.abs(again.image - image)[both].max() < 0.02
    before = depth.copy()
    paste_crop(depth, camera, crop)
    np.testing.assert_array_equal(depth, before)


def test_joints_and_poses_go_round(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy, table = tmp_path / "copy.pose", tmp_path / "joints.csv"
    two = ("--hands", "2")
    assert main.main([str(recording), "--headless", "--export", str(copy), *two]) == 0
    assert copy.read_bytes() == recording.read_bytes()
    assert main.main(["export", str(recording), str(table), *two]) == 0
    rows = table.read_text().splitlines()[1:]
    assert [row.split(",")[3] for row in rows] == ["right", "right", "left", "left"]
    joints = np.array(rows[0].split(",")[5:], float).reshape(21, 3)
    kept = read_pose_file(recording).frame(0).hands[0].joints_mm
    assert np.abs(joints - kept).max() < 1e-3
    results = list(engine.track(recording, hands=2))
    assert [len(result.hands) for result in results] == [1, 2, 0, 1]
    assert main.main([str(recording), "--headless", "--export", str(recording)]) == 2
    assert "the recording itself" in capsys.readouterr().err


def test_it_says_nothing_about_a_camera(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["check-camera", str(recording)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "error: a.pose has no images, so nothing can be said about its camera"


def test_it_can_become_a_recording_with_images(recording: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    convert(str(recording), folder)
    with closing(FolderSource(folder)) as images, closing(PoseRecording(recording)) as poses:
        for index in range(4):
            off = np.abs(images.frame_at(index).depth_mm - poses.frame_at(index).depth_mm)
            assert off.max() <= 0.51


@pytest.mark.parametrize("content", [b"", b"CHPOSE1\n", b"no pose"])
def test_a_file_that_is_none_exits_2(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.pose"
    path.write_bytes(content)
    assert main.main([str(path), "--headless"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {path} cannot be read")


def test_poses_are_searched_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fist, palm = gesture_joints("fist_tight"), gesture_joints("open_palm")
    frames = [[pose_hand(palm)], [pose_hand(fist)], [pose_hand(fist)]]
    path = write_pose_file(tmp_path / "a.pose", frames)
    assert main.main(["poses", str(tmp_path), "--like", "fist", "--within", "15"]) == 0
    said = capsys.readouterr()
    assert f"{path}  frames 1-2" in said.out
    assert "1 times like fist" in said.err
    assert main.main(["poses", str(path), "--like", f"{path}:0", "--within", "10", "--json"]) == 0
    assert '"best": 0' in capsys.readouterr().out
    assert main.main(["poses", "--names"]) == 0
    assert "fist_tight" in capsys.readouterr().out.splitlines()
    for wrong in (["--like", "foot"], ["--like", "fist", "--most", "0"], []):
        assert main.main(["poses", str(tmp_path), *wrong]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("error: ")
