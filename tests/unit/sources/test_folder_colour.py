"""Colour beside the depth images of a folder: which picture, and where its camera stands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import FrameError
from tests import colour_recordings as made
from tests.colour_recordings import Frames, Open, pixels
from tests.recordings import CAMERA, edit_camera, write_folder


def coloured_folder(path: Path, count: int = 3) -> Path:
    write_folder(path, count)
    for k in range(count):
        image = Image.fromarray(np.full((CAMERA.height, CAMERA.width, 3), 9 * k, np.uint8))
        image.save(path / f"color_{k:06d}.png")
    return path


def test_a_folder_shows_pictures_that_are_called_colour(tmp_path: Path, opened: Open) -> None:
    source = opened(coloured_folder(tmp_path / "a"))
    found = [source.frame_at(index) for index in range(3)]
    assert [int(pixels(frame)[0, 0, 0]) for frame in found] == [0, 9, 18]
    assert "3 of them can be seen as colour" in (source.notice or "")
    point = np.array([30.0, 20.0, 500.0])
    assert found[0].colour is not None
    np.testing.assert_allclose(
        found[0].colour.camera.project(point), CAMERA.project(point), atol=1e-4
    )


def test_a_folder_may_lack_some_of_its_colour(tmp_path: Path, frames: Frames) -> None:
    folder = coloured_folder(tmp_path / "a")
    (folder / "color_000001.png").unlink()
    found = frames(folder)
    assert [frame.colour is not None for frame in found] == [True, False, True]
    assert "no colour picture" in found[1].colour_problem


def test_a_folder_tells_where_its_colour_camera_stands(tmp_path: Path, frames: Frames) -> None:
    fields = {
        "width": 80, "height": 60, "fx": 70.5, "fy": 71.5, "cx": 39.25, "cy": 29.75,
        "model": "brown_conrady", "coeffs": list(made.COEFFS),
        "rotation": made.TURN.ravel().tolist(), "translation_mm": made.MOVE_MM.tolist(),
    }  # fmt: skip
    folder = edit_camera(write_folder(tmp_path / "a", 1), color=fields)
    (folder / "color").mkdir()
    Image.fromarray(made.colours(0)).save(folder / "color" / "000000.png")
    frame = frames(folder)[0]
    np.testing.assert_array_equal(pixels(frame), made.colours(0))
    assert frame.colour is not None
    point = np.array([30.0, 20.0, 500.0])
    np.testing.assert_allclose(
        frame.colour.camera.project(point), made.colour_camera().project(point), atol=1e-3
    )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("lens", "color must be an object"),
        ({"width": 80}, "height is missing"),
        ({"width": 64, "height": 48, "fx": 1, "fy": -1, "cx": 0, "cy": 0}, "fy must be positive"),
        (
            {"width": 64, "height": 48, "fx": 60, "fy": 60, "cx": 0, "cy": 0, "rotation": [1]},
            "rotation of 9",
        ),
    ],
)
def test_a_wrong_colour_camera_is_said_and_depth_goes_on(
    tmp_path: Path, fields: object, said: str, frames: Frames
) -> None:
    folder = edit_camera(coloured_folder(tmp_path / "a"), color=fields)
    frame = frames(folder)[0]
    assert frame.colour is None
    assert said in frame.colour_problem


def test_pictures_of_other_proportions_are_not_taken_for_aligned(
    tmp_path: Path, frames: Frames
) -> None:
    folder = write_folder(tmp_path / "a", 1)
    Image.fromarray(made.colours(0)[:40]).save(folder / "color_0.png")
    assert "says nothing of their camera" in frames(folder)[0].colour_problem


def test_a_damaged_picture_costs_only_itself(tmp_path: Path, frames: Frames) -> None:
    folder = coloured_folder(tmp_path / "a")
    path = folder / "color_000001.png"
    path.write_bytes(path.read_bytes()[:60])
    found = frames(folder)
    assert not pixels(found[0]).any()
    with pytest.raises(FrameError, match="cannot be read"):
        pixels(found[1])


def test_the_case_of_colour_among_depth(repository: Path, opened: Open) -> None:
    case = repository.parent / "shared" / "cases" / "colour-beside-depth" / "recording"
    if not case.exists():
        pytest.skip(f"{case} is not there")
    source = opened(case)
    assert "5 other pictures are left out" in (source.notice or "")
    assert [int(pixels(source.frame_at(k))[0, 0, 0]) for k in range(3)] == [0, 40, 80]
