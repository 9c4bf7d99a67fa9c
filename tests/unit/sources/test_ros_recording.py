"""Recordings of ROS drivers in every kind of file."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from engine.errors import SourceError
from engine.sources import open_source
from engine.sources.base import SeekableSource
from tests import ros_recordings as ros
from tests.ros_recordings import HEIGHT, WIDTH, Kind, RosMessage, depth_counts

KINDS = get_args(Kind)
IMAGES, INFO = "/camera/depth/image_rect_raw", "/camera/depth/camera_info"


def opened(path: Path) -> SeekableSource:
    source = open_source(str(path))
    assert isinstance(source, SeekableSource)
    return source


def depths(source: SeekableSource) -> list[np.ndarray]:
    return [source.frame_at(k).depth_mm for k in range(source.frame_count)]


def refused(path: Path) -> str:
    with pytest.raises(SourceError) as caught:
        open_source(str(path))
    text = str(caught.value)
    assert str(path) in text and "\n" not in text
    return text


@pytest.mark.parametrize("kind", KINDS)
def test_a_drivers_recording_is_read(tmp_path: Path, kind: Kind) -> None:
    source = opened(ros.write_ros(tmp_path / "a", ros.driver_messages(4), kind))
    camera = source.camera
    assert (camera.width, camera.height, camera.depth_unit_mm) == (WIDTH, HEIGHT, 1.0)
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == (29.0, 30.0, 11.0, 9.0)
    assert camera.fps == pytest.approx(25.0)
    for k, depth in enumerate(depths(source)):
        np.testing.assert_array_equal(depth, depth_counts(k))
        assert source.frame_at(k).timestamp_ms == pytest.approx(ros.stamp_ns(k) / 1e6, abs=1e-3)
    np.testing.assert_allclose(source.timeline_ms, np.arange(4) * 40.0, atol=1e-3)
    assert source.notice == f"a.{kind}: depth is taken to be in mm, as ROS has it"
    source.close()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("encoding", ["16UC1", "mono16"])
@pytest.mark.parametrize(("big", "padding"), [(True, 0), (False, 6), (True, 16)])
def test_rows_may_be_padded_and_big_endian(
    tmp_path: Path, kind: Kind, encoding: str, big: bool, padding: int
) -> None:
    messages = [
        ros.image(IMAGES, k, depth_counts(k), encoding, big=big, padding=padding) for k in range(2)
    ]
    source = opened(ros.write_ros(tmp_path / "a", [*messages, ros.camera(INFO, 2)], kind))
    for k, depth in enumerate(depths(source)):
        np.testing.assert_array_equal(depth, depth_counts(k))
    source.close()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("big", [False, True])
def test_metres_are_read_and_a_late_camera_info_is_found(
    tmp_path: Path, kind: Kind, big: bool
) -> None:
    metres = depth_counts(0).astype(np.float32) / np.float32(1000.0)
    metres[3, :4] = (np.nan, np.inf, -1.0, -np.inf)
    topic = "/cam1/aligned_depth_to_color/image_raw"
    messages = [ros.image(topic, k, metres, "32FC1", big=big, padding=4) for k in range(3)]
    info = ros.camera("/cam1/aligned_depth_to_color/camera_info", 3)
    source = opened(ros.write_ros(tmp_path / "a", [*messages, info], kind))
    expected = depth_counts(0).astype(np.float32)
    expected[3, :4] = 0.0
    for depth in depths(source):
        np.testing.assert_allclose(depth, expected, atol=1e-3)
    assert (source.camera.fx, source.camera.cx) == (30.5, 11.25)
    assert source.notice is None
    source.close()


PACKED = {
    "16UC1; compressedDepth": ros.compressed_depth(depth_counts(0)),
    "16UC1; compressedDepth png": ros.compressed_depth(depth_counts(0)),
    "16UC1; compressedDepth rvl": ros.rvl(depth_counts(0)),
    "16UC1; png compressed ": ros.png(depth_counts(0)),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", PACKED)
def test_packed_depth_is_read(tmp_path: Path, kind: Kind, form: str) -> None:
    messages = [ros.compressed(f"{IMAGES}/compressedDepth", 0, form, PACKED[form])]
    source = opened(ros.write_ros(tmp_path / "a", [*messages, ros.camera(INFO, 0)], kind))
    np.testing.assert_array_equal(depths(source)[0], depth_counts(0))
    source.close()


def test_packed_metres_are_inverse_depth(tmp_path: Path) -> None:
    counts, scale, offset = depth_counts(0), 100.0, 20.0
    data = ros.compressed_depth(counts, scale, offset)
    messages = [
        ros.compressed(f"{IMAGES}/compressedDepth", 0, "32FC1; compressedDepth png", data),
        ros.camera(INFO, 0),
    ]
    source = opened(ros.write_ros(tmp_path / "a", messages, "mcap"))
    true_mm = np.where(counts > 0, 1000.0 * scale / np.maximum(counts - offset, 1.0), 0.0)
    np.testing.assert_allclose(depths(source)[0], true_mm, rtol=1e-5)
    source.close()


def test_the_best_of_several_depth_topics_is_taken_and_named(tmp_path: Path) -> None:
    aligned = "/camera/aligned_depth_to_color/image_raw"
    messages = [
        ros.image("/camera/infra1/image_rect_raw", 0, depth_counts(8), "mono16"),
        ros.camera("/camera/infra1/camera_info", 0),
        ros.image(aligned, 0, depth_counts(9), "16UC1"),
        ros.camera("/camera/aligned_depth_to_color/camera_info", 0),
        ros.compressed(
            f"{IMAGES}/compressedDepth", 0, *next(iter(PACKED.items()))
        ),
        *ros.driver_messages(2),
    ]  # fmt: skip
    source = opened(ros.write_ros(tmp_path / "a", messages, "bag"))
    np.testing.assert_array_equal(depths(source)[1], depth_counts(1))
    assert source.notice is not None
    assert f"depth is that of {IMAGES}, not {IMAGES}/compressedDepth, {aligned}" in source.notice
    source.close()


def test_a_camera_info_of_the_same_frame_and_size_will_do(tmp_path: Path) -> None:
    messages = [
        ros.image("/depth_registered/image", 0, depth_counts(0), "16UC1"),
        ros.camera("/elsewhere/camera_info", 0),
    ]
    source = opened(ros.write_ros(tmp_path / "a", messages, "db3"))
    assert source.camera.fx == 30.5
    source.close()
    other = RosMessage(
        "/elsewhere/camera_info", 0, "CameraInfo", messages[1].fields, "another_frame"
    )
    text = refused(ros.write_ros(tmp_path / "b", [messages[0], other], "db3"))
    assert "/depth_registered/image (16UC1, 24x18)" in text and "lens" in text


@pytest.mark.parametrize("kind", KINDS)
def test_recordings_without_depth_are_told_by_what_they_hold(tmp_path: Path, kind: Kind) -> None:
    text = refused(ros.write_ros(tmp_path / "a", [ros.imu("/imu/data", k) for k in range(3)], kind))
    assert text.endswith("is a ROS recording without a depth image: it holds /imu/data")
    colour = ros.image("/color/image_raw", 0, np.zeros((18, 24), np.uint8), "mono8")
    text = refused(
        ros.write_ros(tmp_path / "b", [colour, ros.camera("/color/camera_info", 0)], kind)
    )
    assert "/color/camera_info, /color/image_raw" in text
    text = refused(ros.write_ros(tmp_path / "c", [], kind))
    assert "without any message" in text


def test_another_makers_images_are_named(tmp_path: Path) -> None:
    messages = [
        ros.image("/cam/sensor_3/frameType_3", k, depth_counts(k), "16UC1") for k in range(2)
    ]
    text = refused(ros.write_ros(tmp_path / "a", messages, "bag", compression="lz4"))
    assert "/cam/sensor_3/frameType_3 (16UC1, 24x18)" in text
    assert "lens" in text and "switched on" not in text


@pytest.mark.parametrize("options", [
    {"kind": "bag", "compression": "lz4"}, {"kind": "bag", "compression": "bz2"},
    {"kind": "db3", "packed": True}, {"kind": "mcap", "compression": "LZ4"},
    {"kind": "mcap", "compression": "NONE"}, {"kind": "mcap", "use_chunking": False},
    {"kind": "mcap", "chunk_size": 1}, {"kind": "mcap", "repeat_channels": False},
])  # fmt: skip
def test_files_packed_in_every_way_are_read(tmp_path: Path, options: dict[str, Any]) -> None:
    source = opened(ros.write_ros(tmp_path / "a", ros.driver_messages(5), **options))
    for k, depth in enumerate(depths(source)):
        np.testing.assert_array_equal(depth, depth_counts(k))
    assert source.notice is not None and "closed" not in source.notice
    source.close()


@pytest.mark.parametrize("suffix", [".bag", ".db3", ".mcap"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_name_does_not_matter(tmp_path: Path, kind: Kind, suffix: str) -> None:
    path = tmp_path / f"renamed{suffix}"
    shutil.copyfile(ros.write_ros(tmp_path / "a", ros.driver_messages(2), kind), path)
    source = opened(path)
    assert source.frame_count == 2
    source.close()


# ---- folders of ros2 bag record


def test_a_folder_of_ros2_is_read(tmp_path: Path) -> None:
    folder = ros.write_rosbag2(tmp_path / "a", ros.driver_messages(5), folder=True)
    assert folder.is_dir()
    source = opened(folder)
    assert source.name == "a"
    for k, depth in enumerate(depths(source)):
        np.testing.assert_array_equal(depth, depth_counts(k))
    source.close()


@pytest.mark.parametrize("kind", ["db3", "mcap"])
def test_the_files_of_a_split_recording_are_joined(tmp_path: Path, kind: Kind) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    messages = ros.driver_messages(24)
    for k in range(12):
        # The lens is known to the first file alone.
        part = [each for each in messages[4 * k : 4 * k + 4] if k == 0 or each.kind == "Image"]
        ros.write_ros(folder / f"a_{k}", part, kind)
    for each in folder.iterdir():
        if each.is_dir():
            shutil.rmtree(each)
    (folder / "metadata.yaml").write_text("rosbag2_bagfile_information:\n")
    source = opened(folder)
    assert source.frame_count == 24
    for k in (23, 0, 11, 10, 2):
        np.testing.assert_array_equal(source.frame_at(k).depth_mm, depth_counts(k))
    np.testing.assert_allclose(source.timeline_ms, np.arange(24) * 40.0, atol=1e-3)
    source.close()


def test_a_ros2_folder_without_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "metadata.yaml").write_text("rosbag2_bagfile_information:\n")
    assert "holds no .db3 or .mcap file" in refused(tmp_path)
    (tmp_path / "a_0.db3.zstd").write_bytes(b"\x28\xb5\x2f\xfd")
    assert "zstd -d a_0.db3.zstd" in refused(tmp_path)
