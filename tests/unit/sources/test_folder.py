"""Folders of 16-bit images as a source, damaged ones too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import ExportError, SourceError
from engine.recording.record import FolderRecorder
from engine.sources import DepthSource, open_source
from engine.types import Frame
from tests.recordings import CAMERA, edit_camera, make_frames, read_all, write_folder


def test_a_folder_returns_what_was_recorded(tmp_path: Path) -> None:
    source = open_source(str(write_folder(tmp_path / "a")))
    assert isinstance(source, DepthSource)
    assert (source.camera, source.live, source.frame_count, source.name) == (CAMERA, False, 3, "a")
    frames = read_all(source)
    assert [frame.index for frame in frames] == [0, 1, 2]
    assert [frame.timestamp_ms for frame in frames] == [k * 1000.0 / 60.0 for k in range(3)]
    for frame, original in zip(frames, make_frames(3), strict=True):
        np.testing.assert_array_equal(frame.depth_mm, original.depth_mm)
    assert source.notice is None
    source.rewind()
    assert len(read_all(source)) == 3
    source.close()
    source.close()
    assert source.ended
    assert source.read() is None
    with pytest.raises(SourceError, match="closed"):
        source.rewind()


def test_frames_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a")
    for old, new in (("000000", "10"), ("000001", "9"), ("000002", "2")):
        (folder / f"{old}.png").rename(folder / f"{new}.png")
    frames = read_all(open_source(str(folder)))
    for frame, original in zip(frames, reversed(make_frames(3)), strict=True):
        np.testing.assert_array_equal(frame.depth_mm, original.depth_mm)


@pytest.mark.parametrize("value", [..., None])
@pytest.mark.parametrize("field", ["width", "height", "fx", "fy", "cx", "cy", "depth_unit_mm"])
def test_a_missing_field_is_named(tmp_path: Path, field: str, value: object) -> None:
    folder = edit_camera(write_folder(tmp_path / "a"), **{field: value})
    with pytest.raises(SourceError, match=rf"camera\.json: the field {field} is missing"):
        open_source(str(folder))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("width", "640"), ("width", 64.5), ("width", -1), ("height", 10**9), ("fx", 0),
        ("fy", True), ("cx", None), ("cy", float("nan")), ("depth_unit_mm", -0.5),
        ("depth_unit_mm", 10**400), ("fps", float("inf")), ("name", 7),
    ],
)  # fmt: skip
def test_an_invalid_field_is_named(tmp_path: Path, field: str, value: object) -> None:
    folder = edit_camera(write_folder(tmp_path / "a"), **{field: value})
    with pytest.raises(SourceError, match=field) as caught:
        open_source(str(folder))
    assert "\n" not in str(caught.value)


def refused_with(tmp_path: Path, file: str, content: bytes, problem: str) -> None:
    """A folder is not opened when ``file`` of it holds ``content``."""
    folder = write_folder(tmp_path / "a")
    (folder / file).write_bytes(content)
    with pytest.raises(SourceError, match=problem):
        open_source(str(folder))


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00", "[" * 100_000, '{"name": NaN'])
def test_a_broken_camera_file_is_named(tmp_path: Path, text: str) -> None:
    refused_with(tmp_path, "camera.json", text.encode(), r"camera\.json")


def test_unusable_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no camera\.json"):
        open_source(str(tmp_path))
    folder = write_folder(tmp_path / "a", count=0)
    with pytest.raises(SourceError, match="no PNG frames"):
        open_source(str(folder))


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        (Image.new("L", (64, 48)), "8-bit grey"),
        (Image.new("RGB", (64, 48)), "8-bit RGB"),
        (Image.new("P", (64, 48)), "palette"),
        (Image.fromarray(np.zeros((48, 60), np.uint16)), "60x48"),
    ],
)
def test_a_picture_of_the_wrong_kind_is_refused(
    tmp_path: Path, image: Image.Image, problem: str
) -> None:
    folder = write_folder(tmp_path / "a")
    image.save(folder / "000000.png")
    with pytest.raises(SourceError, match=problem):
        open_source(str(folder))


@pytest.mark.parametrize("content", [b"", b"GIF89a" + bytes(40), b"\x89PNG\r\n\x1a\n"])
def test_a_picture_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    refused_with(tmp_path, "000000.png", content, r"000000\.png is")


def test_a_bad_picture_in_the_middle_ends_the_stream_with_a_notice(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a", count=4)
    picture = folder / "000002.png"
    picture.write_bytes(picture.read_bytes()[:2000])
    source = open_source(str(folder))
    assert len(read_all(source)) == 2
    assert source.notice is not None
    assert source.notice.startswith("a stops early: 2 of 4 frames were read")
    assert "000002.png" in source.notice


def test_a_recorder_does_not_mix_recordings(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a")
    with pytest.raises(ExportError, match="already holds"):
        FolderRecorder(folder, CAMERA)
    other = make_frames(1, CAMERA.resized(32, 24))[0]
    with FolderRecorder(tmp_path / "b", CAMERA) as recorder:
        with pytest.raises(ExportError, match="32x24"):
            recorder.write(other)
        assert recorder.written == 0


def test_depth_beyond_16_bits_is_recorded_as_no_data(tmp_path: Path) -> None:
    depth = np.full((48, 64), 9000.0, np.float32)
    with FolderRecorder(tmp_path / "a", CAMERA) as recorder:
        recorder.write(Frame(depth, 0.0, 0, CAMERA))
    frame = open_source(str(tmp_path / "a")).read()
    assert frame is not None
    assert not frame.depth_mm.any()
