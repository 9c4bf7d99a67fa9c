"""Colour beside depth in recordings and folders: which image, and where its camera stands."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from engine.errors import FrameError
from engine.sources.colour_message import colour_pixels
from engine.sources.colour_stream import Place, beside
from engine.sources.message_file import Message
from engine.sources.message_recording import COLOUR_GAP
from tests import colour_recordings as made
from tests import ros_recordings as ros
from tests.colour_recordings import Frames, Open, pixels

# ---- recordings of the SDK


def test_a_recording_of_the_sdk_shows_its_colour(tmp_path: Path, frames: Frames) -> None:
    sdk = pytest.importorskip("pyrealsense2")
    path = made.record_colour(sdk, tmp_path / "a.db3", 6)
    for frame in frames(path):
        found = pixels(frame)
        # The recorder stamps by the clock on the wall, so the neighbour may be nearer.
        assert abs(int(found[0, 0, 2]) - 7 * frame.index) <= 7
        np.testing.assert_array_equal(found[..., :2], made.colours(0)[..., :2])
        assert frame.colour is not None
        camera = frame.colour.camera
        np.testing.assert_allclose(camera.R_colour_from_depth, made.TURN, atol=1e-5)
        np.testing.assert_allclose(camera.t_colour_from_depth_mm, made.MOVE_MM, atol=1e-2)
        np.testing.assert_allclose(camera.coeffs, made.COEFFS, atol=1e-6)


def test_colour_that_stops_is_said_and_depth_goes_on(tmp_path: Path, frames: Frames) -> None:
    sdk = pytest.importorskip("pyrealsense2")
    found = frames(made.record_colour(sdk, tmp_path / "a.db3", 24, colour_until=6))
    assert len(found) == 24
    assert found[0].colour is not None
    assert found[-1].colour is None
    assert found[-1].colour_problem == COLOUR_GAP


def changed(path: Path, frames: int, change: str, topic: str) -> Path:
    """A recording by the SDK with its messages of a topic changed."""
    made.record_colour(pytest.importorskip("pyrealsense2"), path, frames)
    chosen = "topic_id IN (SELECT id FROM topics WHERE name LIKE ?)"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"{change} WHERE {chosen}", (f"%{topic}%",))
    return path


def test_a_damaged_colour_image_costs_only_itself(tmp_path: Path, frames: Frames) -> None:
    change = "UPDATE messages SET data=substr(data, 1, 90)"
    path = changed(tmp_path / "a.db3", 3, change, "Color_0/image/data")
    first = frames(path)[0]
    assert first.depth_mm.any()
    with pytest.raises(FrameError, match="colour image 0 cannot be read"):
        pixels(first)


def test_colour_without_a_lens_is_said(tmp_path: Path, frames: Frames) -> None:
    path = changed(tmp_path / "a.db3", 2, "DELETE FROM messages", "Color_0/camera_info")
    assert "colour in a.db3 cannot be shown" in frames(path)[0].colour_problem


def test_a_recording_without_colour_says_so(recordings: Path, frames: Frames) -> None:
    frame = frames(recordings / "sr305_hand.db3")[0]
    assert frame.colour is None
    assert frame.colour_problem == "sr305_hand.db3 has no colour"


def test_a_real_recording_projects_as_the_sdk_does(recordings: Path, frames: Frames) -> None:
    """Figures of ``rs2_project_point_to_pixel`` with the extrinsics of the SDK's player."""
    first, second = frames(recordings / "d435_room.bag")
    assert pixels(first).shape == (480, 640, 3)
    assert pixels(first)[5, 7].tolist() == [171, 150, 117]
    assert first.colour is not None
    point = np.array([50.0, 30.0, 500.0])
    np.testing.assert_allclose(first.colour.camera.project(point), (406.3628, 277.4697), atol=1e-2)
    assert second.colour is None
    assert second.colour_problem == COLOUR_GAP


def test_a_closed_recording_has_no_colour_any_more(tmp_path: Path, opened: Open) -> None:
    sdk = pytest.importorskip("pyrealsense2")
    source = opened(made.record_colour(sdk, tmp_path / "a.db3", 2))
    frame = source.frame_at(0)
    source.close()
    with pytest.raises(FrameError, match="cannot be read"):
        pixels(frame)


# ---- which image belongs to which frame


def messages(*times_ms: float) -> list[Message]:
    return [Message((0, 2 * k), round(ms * 1e6)) for k, ms in enumerate(times_ms)]


def test_the_nearest_in_time_is_taken_and_none_that_is_far() -> None:
    depth = messages(0.0, 33.0, 66.0, 99.0, 400.0)
    assert beside(messages(10.0, 70.0), depth).tolist() == [0, 0, 1, 1, -1]
    assert beside([], depth).tolist() == [-1] * 5
    assert beside(messages(0.0), messages(0.0)).tolist() == [0]


def test_where_time_stands_still_the_file_tells() -> None:
    depth = [Message((0, k), 5) for k in (1, 3, 5)]
    colour = [Message((0, k), 5) for k in (0, 2, 4)]
    assert beside(colour, depth).tolist() == [0, 1, 2]


def test_places_go_there_and_back() -> None:
    place = Place(made.TURN, made.MOVE_MM)
    same = place.then(place.inverse())
    np.testing.assert_allclose(same.R, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(same.t_mm, 0.0, atol=1e-9)
    half = Place.of_quaternion((0.1, 0.0, 0.0), (0.0, 0.0, 2.0, 2.0))
    np.testing.assert_allclose(half.R @ [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], atol=1e-12)
    with pytest.raises(ValueError, match="no rotation"):
        Place.of_quaternion((0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0))


# ---- ROS


def ros_colour(encoding: str, data: np.ndarray, *, frame_id: str) -> list[ros.RosMessage]:
    written = []
    for k in range(2):
        info = ros.camera("/camera/color/camera_info", k)
        image = ros.image("/camera/color/image_rect", k, data, encoding)
        written += [
            ros.RosMessage(each.topic, each.ns, each.kind, each.fields, frame_id)
            for each in (info, image)
        ]
    return written


def ros_file(path: Path, encoding: str, data: np.ndarray, *, frame_id: str) -> Path:
    written = ros_colour(encoding, data, frame_id=frame_id)
    return ros.write_ros(path, [*ros.driver_messages(2), *written], "bag")


def test_ros_colour_of_the_same_frame_is_aligned(tmp_path: Path, frames: Frames) -> None:
    data = np.random.default_rng(1).integers(0, 256, (ros.HEIGHT, ros.WIDTH, 3)).astype(np.uint8)
    path = ros_file(tmp_path / "a", "bgr8", data, frame_id=ros.FRAME_ID)
    frame = frames(path)[0]
    np.testing.assert_array_equal(pixels(frame), data[..., ::-1])
    assert frame.colour is not None
    assert frame.colour.camera.notice == ""
    point = np.array([30.0, 20.0, 500.0])
    np.testing.assert_allclose(
        frame.colour.camera.project(point), frame.camera.project(point), atol=1e-3
    )


def test_ros_colour_of_unknown_place_says_so(tmp_path: Path, frames: Frames) -> None:
    data = np.zeros((ros.HEIGHT, ros.WIDTH, 3), np.uint8)
    path = ros_file(tmp_path / "a", "rgb8", data, frame_id="somewhere")
    found = frames(path)[0].colour
    assert found is not None
    assert "not recorded" in found.camera.notice


@pytest.mark.parametrize("kind", ["db3", "mcap"])
def test_ros_colour_stands_where_the_tree_of_frames_says(
    tmp_path: Path, kind: ros.Kind, frames: Frames
) -> None:
    """Both cameras hang from one link: depth is moved, colour is moved and turned by 90 degrees."""
    data = np.zeros((ros.HEIGHT, ros.WIDTH, 3), np.uint8)
    half = 0.5**0.5
    tree = [
        ros.transform("link", ros.FRAME_ID, (0.1, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0)),
        ros.transform("link", "colour_link", (0.0, 0.2, 0.0), (0.0, 0.0, 0.0, 1.0)),
        ros.transform("colour_link", "colour", (0.0, 0.0, 0.0), (0.0, 0.0, half, half)),
    ]
    written = [*tree, *ros_colour("rgb8", data, frame_id="colour")]
    path = ros.write_ros(tmp_path / "a", [*ros.driver_messages(2), *written], kind)
    found = frames(path)[0].colour
    assert found is not None
    assert found.camera.notice == ""
    at = found.camera.R_colour_from_depth @ [0.0, 0.0, 500.0] + found.camera.t_colour_from_depth_mm
    np.testing.assert_allclose(at, [-200.0, -100.0, 500.0], atol=1e-3)


@pytest.mark.parametrize("encoding", ["yuv422_yuy2", "uyvy"])
def test_halved_colours_become_whole(encoding: str) -> None:
    """White, black, red by BT.601: the figures of its definition."""
    yuyv = np.array([[[235, 128], [235, 128], [16, 128], [16, 128], [82, 90], [82, 240]]], np.uint8)
    pairs = yuyv if encoding == "yuv422_yuy2" else yuyv[..., ::-1]
    message = ros.image("/colour", 0, np.ascontiguousarray(pairs), encoding)
    found = colour_pixels(ros.cdr(message), packed=False, cdr=True)
    expected = [[255, 255, 255], [0, 0, 0], [255, 0, 0]]
    np.testing.assert_allclose(found[0, ::2], expected, atol=3)
