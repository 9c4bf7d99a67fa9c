"""Folders as other programs and people leave them: names, times, other pictures, defaults."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import SourceError
from engine.sources import open_source
from engine.sources.base import DepthSource
from engine.sources.file_names import FileNames
from tests.recordings import edit_camera

WIDTH, HEIGHT = 32, 24
NEEDED = {
    "width": WIDTH, "height": HEIGHT, "fx": 30.0, "fy": 30.0, "cx": 15.5, "cy": 11.5,
    "depth_unit_mm": 1.0,
}  # fmt: skip
POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    "size 21000000\n"
)
PAGE = "<!DOCTYPE html>\n<html><body>404 Not Found</body></html>\n"


def depth(mm: int, width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    return Image.fromarray(np.full((height, width), mm, np.uint16))


def folder(path: Path, names: list[str], **fields: object) -> Path:
    """A folder of these pictures; the k-th shows a plane at 400 + k mm."""
    path.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        depth(400 + number).save(file)
    (path / "camera.json").write_text(json.dumps(NEEDED | fields))
    return path


def opened(path: Path) -> DepthSource:
    return open_source(str(path))


def read(source: DepthSource) -> tuple[list[float], list[float]]:
    """Depth of each frame, and its time since the first."""
    found, times = [], []
    while not source.ended:
        frame = source.read()
        assert frame is not None
        found.append(float(frame.depth_mm.max()))
        times.append(frame.timestamp_ms)
    return found, [time - times[0] for time in times]


@pytest.mark.parametrize(
    "names",
    [
        ["2.png", "10.png", "100.png"],
        ["frame_2.png", "frame_10.png", "frame_0100.png"],
        ["s1_f2.png", "s1_f10.png", "s2_f1.png", "s10_f0.png"],
        ["take1.9.png", "take1.10.png", "take1.11.png"],
        ["1.5.9.png", "1.5.10.png", "1.10.1.png"],
        ["2024-05-01_9-59-59.9.png", "2024-05-01_10-00-00.1.png"],
        ["1700000000.0666666.png", "1700000000.1.png", "1700000000.2.png"],
        ["0.0.png", "0.0333333.png", "0.0666667.png", "0.1.png", "10.0.png"],
        ["frame-000009.depth.png", "frame-000010.depth.png"],
    ],
)
def test_frames_come_in_the_order_of_their_numbers(tmp_path: Path, names: list[str]) -> None:
    found, _ = read(opened(folder(tmp_path / "a", names)))
    assert found == [400.0 + k for k in range(len(names))]


@pytest.mark.parametrize(
    ("names", "times"),
    [
        (["1700000000.0", "1700000000.0333333", "1700000000.1"], [0.0, 33.3333, 100.0]),
        (["1305031453.374112", "1305031453.404816"], [0.0, 30.704]),
        (["1700000000000", "1700000000040"], [0.0, 40.0]),
        (["d_1700000000000123", "d_1700000000033456"], [0.0, 33.333]),
        (["1700000000000000001", "1700000000033000001"], [0.0, 33.0]),
        (["x_Depth_1566476435466.27001953125", "x_Depth_1566476435499.5"], [0.0, 33.22998]),
        (["x_Depth_5466.27", "x_Depth_5499.5"], [0.0, 33.23]),
        (["000001_1700000000123", "000002_1700000000223"], [0.0, 100.0]),
        (["938422071234_000001", "938422071234_000002"], [0.0, 1000 / 30]),
        (["000007", "000008", "000009"], [0.0, 1000 / 30, 2000 / 30]),
        (["000000001", "000000002"], [0.0, 1000 / 30]),
        (["1.5", "2.0", "2.6"], [0.0, 500.0, 1100.0]),
    ],
)
def test_times_in_names_are_used(tmp_path: Path, names: list[str], times: list[float]) -> None:
    _, found = read(opened(folder(tmp_path / "a", [f"{name}.png" for name in names])))
    np.testing.assert_allclose(found, times, atol=0.01)


def test_times_of_a_file_are_better_than_those_of_names(tmp_path: Path) -> None:
    path = folder(tmp_path / "a", ["1700000000.0.png", "1700000000.1.png"])
    (path / "times.txt").write_text("10.0\n25.0\n")
    assert read(opened(path))[1] == [0.0, 15.0]


def test_one_time_far_ahead_is_replaced_and_told(tmp_path: Path) -> None:
    names = [f"{1700000000000 + 33 * k}.png" for k in range(8)]
    path = folder(tmp_path / "a", names)
    (path / names[-1]).rename(path / "1900000000000.png")
    source = opened(path)
    np.testing.assert_allclose(read(source)[1], [33.0 * k for k in range(8)], atol=0.5)
    assert source.notice is not None
    assert "1 of 8 time" in source.notice


def test_name_and_rate_have_defaults(tmp_path: Path) -> None:
    path = folder(tmp_path / "kitchen", ["0.png", "1.png"])
    for fields in ({}, {"name": None, "fps": None, "model": None, "coeffs": None}):
        source = opened(edit_camera(path, **fields))
        assert (source.camera.name, source.camera.fps) == ("kitchen", 30.0)
    source = opened(edit_camera(path, name="D435", fps=60))
    assert (source.camera.name, source.camera.fps) == ("D435", 60.0)


@pytest.mark.parametrize(
    "other",
    [
        ("color_{}.png", Image.new("RGB", (WIDTH, HEIGHT))),
        ("mask{}.png", Image.new("L", (WIDTH, HEIGHT))),
        ("{}_mask.png", Image.new("1", (WIDTH, HEIGHT))),
        ("{}_seg.png", Image.new("P", (WIDTH, HEIGHT))),
        ("thumb_{}.png", depth(9, 8, 6)),
        ("infra_{}.png", depth(9)),
        ("labels{}.png", depth(9)),
    ],
)
@pytest.mark.parametrize("own", ["depth_{:04d}.png", "{:06d}.png"])
def test_other_pictures_are_left_out(
    tmp_path: Path, own: str, other: tuple[str, Image.Image]
) -> None:
    path = folder(tmp_path / "a", [own.format(k) for k in range(4)])
    for number in range(5):
        other[1].save(path / other[0].format(number))
    source = opened(path)
    assert read(source)[0] == [400.0, 401.0, 402.0, 403.0]
    assert source.notice is not None
    assert "5 other pictures are left out" in source.notice


def test_depth_in_a_folder_of_its_own(tmp_path: Path) -> None:
    names = [f"depth/1305031453.{k}.png" for k in (1, 2, 35)]
    path = folder(tmp_path / "tum", names)
    (path / "rgb").mkdir()
    Image.new("RGB", (WIDTH, HEIGHT)).save(path / "rgb" / "1305031453.1.png")
    Image.new("RGB", (WIDTH, HEIGHT)).save(path / "preview.png")
    assert read(opened(path))[0] == [400.0, 401.0, 402.0]
    (path / "camera.json").rename(path / "depth" / "camera.json")
    assert read(opened(path))[0] == [400.0, 401.0, 402.0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (POINTER, r"git-lfs pointer.*21 MB are missing.*git lfs pull"),
        (PAGE, "web page"),
        ("GIF89a" + "\0" * 40, "GIF picture"),
        ("", "is empty"),
        ("nothing known", "is not a PNG"),
    ],
)
def test_what_is_no_picture_is_named(tmp_path: Path, content: str, words: str) -> None:
    path = folder(tmp_path / "a", ["0.png", "1.png"])
    for file in path.glob("*.png"):
        file.write_text(content)
    with pytest.raises(SourceError, match=words) as caught:
        opened(path)
    assert "0.png" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_camera_file_that_is_a_pointer_is_named(tmp_path: Path) -> None:
    path = folder(tmp_path / "a", ["0.png"])
    for content, words in ((POINTER, "git lfs pull"), (PAGE, "web page")):
        (path / "camera.json").write_text(content)
        with pytest.raises(SourceError, match=rf"camera\.json is .*{words}"):
            opened(path)


def test_one_picture_that_is_none_is_named_where_it_lies(tmp_path: Path) -> None:
    path = folder(tmp_path / "a", [f"{k}.png" for k in range(4)])
    (path / "2.png").write_text(POINTER)
    source = opened(path)
    while not source.ended:
        source.read()
    assert source.notice is not None
    assert "2 of 4 frames were read" in source.notice
    assert "git-lfs pointer" in source.notice


def test_depth_painted_in_colours_is_named(tmp_path: Path) -> None:
    path = folder(tmp_path / "a", [])
    for stamp in ("1566476435466.27001953125000", "1566476435499.57001953125000"):
        for stream in ("Color", "Depth"):
            Image.new("RGB", (WIDTH, HEIGHT)).save(path / f"walk_{stream}_{stamp}.png")
    with pytest.raises(SourceError, match=r"painted in colours .*rs-convert.*open the recording"):
        opened(path)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (["0.npy", "1.npy"], r"2 \.npy files \(NumPy arrays\).*16-bit grey PNG"),
        (["x_Depth_1.raw"], r"1 \.raw file"),
        (["0.tiff"], "TIFF"),
        (["walk.bag"], r"open .*walk\.bag itself"),
        (["notes.txt"], "no PNG frames"),
    ],
)
def test_other_kinds_of_files_are_told_in_words(
    tmp_path: Path, files: list[str], words: str
) -> None:
    path = folder(tmp_path / "a", [])
    for name in files:
        (path / name).write_bytes(b"x")
    with pytest.raises(SourceError, match=words):
        opened(path)


def test_65535_and_values_of_the_camera_are_nothing(tmp_path: Path) -> None:
    image = np.full((HEIGHT, WIDTH), 500, np.uint16)
    image[0], image[1] = 65535, 2047
    path = folder(tmp_path / "a", ["0.png"], no_data=2047)
    Image.fromarray(image).save(path / "0.png")
    frame = opened(path).read()
    assert frame is not None
    assert not frame.depth_mm[:2].any()
    assert (frame.depth_mm[2:] == 500.0).all()


def test_a_distorted_lens_is_undone(tmp_path: Path) -> None:
    path = folder(tmp_path / "a", ["0.png"], model="plumb_bob", coeffs=[-0.15, 0, 0, 0, 0])
    source = opened(path)
    frame = source.read()
    assert frame is not None
    assert source.camera.width > WIDTH  # a barrel shows more than its pinhole camera
    assert frame.depth_mm.shape == (source.camera.height, source.camera.width)
    assert np.unique(frame.depth_mm).tolist() == [0.0, 400.0]
    assert source.notice is None
    odd = opened(edit_camera(path, model="odd one"))
    assert odd.camera.width == WIDTH
    assert odd.notice is not None
    assert "mm off" in odd.notice


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"model": 5}, "model must be a text"),
        ({"serial": 5}, "serial must be a text"),
        ({"coeffs": ["a"]}, "coeffs must be a number"),
        ({"coeffs": [0.1] * 99}, "coeffs has more"),
        ({"no_data": "x"}, "no_data must be a number"),
    ],
)
def test_unusable_lenses_are_named(tmp_path: Path, fields: dict[str, object], words: str) -> None:
    path = edit_camera(folder(tmp_path / "a", ["0.png"]), **fields)
    with pytest.raises(SourceError, match=rf"camera\.json: {words}"):
        opened(path)


def test_names_without_times_give_none() -> None:
    for stems in (["a1", "b2"], ["1", "2"], ["x", "y"], [""], ["1700000000", "1700000000"]):
        assert FileNames(stems).times_ms(33.3) is None
