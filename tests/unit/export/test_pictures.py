"""Pictures and films with the hands drawn: sizes, times, places of joints, what is missing."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import main
from engine.camera import Camera
from engine.colour import ColourCamera, ColourImage
from engine.errors import ExportError, MissingExtraError
from engine.export.pictures import PicturesWriter, VideoWriter
from engine.jobs.export_range import export_results
from engine.pictures.draw import draw_result
from engine.pictures.palette import FINGER_RGB, OUTLINE_RGB
from engine.pictures.view import PictureView
from engine.types import FrameResult
from tests.fakes import FakePipeline, FakeRecording, make_frame, make_hand, make_result

DEPTH = Camera(width=640, height=480, fx=480.0, fy=480.0, cx=319.5, cy=239.5)
GREY = 77


def colour_camera() -> ColourCamera:
    """Of another size than depth, 15 mm beside it, with a lens that bends."""
    return ColourCamera(
        *(800, 600, 620.0, 620.0, 399.5, 299.5),
        model="plumb_bob",
        coeffs=(0.1, -0.05, 0.0, 0.0, 0.0),
        t_colour_from_depth_mm=np.array([15.0, 0.0, 0.0], np.float32),
    )


def grey() -> np.ndarray:
    return np.full((600, 800, 3), GREY, np.uint8)


def result(index: int = 0, *, colour: bool = True) -> FrameResult:
    frame = make_frame(index, camera=DEPTH)
    if colour:
        frame = replace(frame, colour=ColourImage(colour_camera(), grey))
    else:
        frame = replace(frame, colour_problem="a.bag has no colour")
    return make_result(frame, make_hand())


def test_joints_lie_where_the_colour_camera_sees_them() -> None:
    shown = result()
    picture = np.asarray(draw_result(shown, PictureView.COLOUR))
    assert picture.shape == (600, 800, 3)
    tip = shown.hands[0].pose.joints_mm[8]
    u, v = np.rint(colour_camera().project(tip)).astype(int)
    np.testing.assert_allclose(picture[v, u], FINGER_RGB["index"], atol=3)
    assert np.abs(np.array([u, v]) - DEPTH.project(tip)).max() > 20


def test_both_lie_side_by_side() -> None:
    picture = np.asarray(draw_result(result(), PictureView.BOTH))
    assert picture.shape == (480, 640 + 640, 3)
    np.testing.assert_allclose(picture[5, 700:], GREY, atol=1)


def test_a_picture_without_colour_says_so() -> None:
    picture = np.asarray(draw_result(result(colour=False), PictureView.COLOUR))
    assert (picture[0, 0] == OUTLINE_RGB).all()
    assert picture.max() > 200
    damaged = replace(result().frame, colour=ColourImage(colour_camera(), lambda: grey()[1:]))
    shown = np.asarray(draw_result(make_result(damaged), PictureView.COLOUR))
    assert (shown[0, 0] == OUTLINE_RGB).all()
    assert shown.max() > 200


def test_a_film_lasts_as_long_as_the_frames_did(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    path = tmp_path / "a.mp4"
    stamps_ms = (1000.0, 1033.0, 1100.0, 1100.0, 1250.0)
    with VideoWriter(path, PictureView.BOTH) as writer:
        for index, stamp_ms in enumerate(stamps_ms):
            shown = result(index)
            writer.write(replace(shown, frame=replace(shown.frame, timestamp_ms=stamp_ms)))
    assert writer.written == (path,)
    with av.open(str(path)) as film:
        (stream,) = film.streams.video
        frames = list(film.decode(stream))
        times_ms = [float(frame.pts * frame.time_base) * 1000.0 for frame in frames]
        picture = frames[0].to_ndarray(format="rgb24")
    assert stream.codec_context.name == "h264"
    assert picture.shape == (480, 1280, 3)
    expected = np.array(stamps_ms) - 1000.0
    np.testing.assert_allclose(times_ms, expected, atol=0.1)
    np.testing.assert_allclose(picture[5, 700:], GREY, atol=4)


def test_a_film_of_odd_sizes_can_be_made(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    path = tmp_path / "a.mp4"
    camera = Camera(641, 361, 480.0, 480.0, 320.0, 180.0)
    with VideoWriter(path, PictureView.DEPTH) as writer:
        writer.write(make_result(make_frame(0, camera=camera)))
    with av.open(str(path)) as film:
        assert (film.streams.video[0].width, film.streams.video[0].height) == (642, 362)


def test_a_film_that_is_broken_off_leaves_nothing(tmp_path: Path) -> None:
    pytest.importorskip("av")
    path = tmp_path / "a.mp4"
    with pytest.raises(ValueError, match="stop"), VideoWriter(path, PictureView.DEPTH) as writer:
        writer.write(result())
        raise ValueError("stop")
    with pytest.raises(ExportError, match="no frames"), VideoWriter(path, PictureView.DEPTH):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_film_without_its_library_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingExtraError, match="pip install av"):
        VideoWriter(tmp_path / "a.mp4", PictureView.DEPTH)
    assert list(tmp_path.iterdir()) == []


def test_pictures_are_numbered_as_the_frames_are(tmp_path: Path) -> None:
    path = tmp_path / "pictures"
    with PicturesWriter(path, PictureView.COLOUR) as writer:
        for index in (3, 4):
            writer.write(result(index))
    assert [found.name for found in sorted(path.iterdir())] == ["000003.png", "000004.png"]
    with Image.open(path / "000003.png") as picture:
        assert picture.size == (800, 600)
    with pytest.raises(ExportError, match="not empty"):
        PicturesWriter(path, PictureView.COLOUR)


def test_a_part_of_a_recording_becomes_a_film(tmp_path: Path) -> None:
    pytest.importorskip("av")
    path = tmp_path / "a.mp4"
    report = export_results(
        FakeRecording(9), FakePipeline(make_hand()), path, view=PictureView.DEPTH
    )
    assert (report.frames, report.written) == (9, (path,))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("a.csv", "--view", "both"), "a view is for"),
        (("pictures", "--view", "colour"), "sr305_hand has no colour"),
        (("a.avi",), "must end in"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    recordings: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str],
    said: str,
) -> None:
    target = str(tmp_path / arguments[0])
    source = str(recordings / "sr305_hand")
    assert main.main(("export", source, target, *arguments[1:])) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_a_film_of_a_real_recording(recordings: Path, tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    path = tmp_path / "room.mp4"
    assert main.main(("export", str(recordings / "d435_room.bag"), str(path))) == 0
    with av.open(str(path)) as film:
        assert (film.streams.video[0].width, film.streams.video[0].height) == (1280, 480)
        assert len(list(film.decode(video=0))) == 2
