"""Recordings to fuzz: files of the SDK's versions, of ROS, and folders of pictures."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np

from engine.camera import Camera
from engine.errors import FrameError
from engine.recording.record import write_recording
from engine.sources import open_source
from engine.sources.base import SeekableSource
from engine.tracking.pipeline import Pipeline
from engine.types import Frame
from tests import ros_recordings as ros
from tests.reliability.mutations import damage_messages, damaged, damaged_json, damaged_png
from tests.reliability.target import Target, damage_file, only_file
from tests.sdk_bags import unclosed, write_sdk_bag
from tests.sdk_files import SdkFile, stamps_ms, write_killed_db3, write_sdk_db3

SAMPLE_FRAMES: Final = 4


def sample_frames(count: int = SAMPLE_FRAMES) -> list[Frame]:
    """Small frames of a synthetic hand."""
    from engine.sources.synthetic import SyntheticCamera

    camera = Camera(120, 90, 110.0, 110.0, 59.5, 44.5, depth_unit_mm=1.0, name="Test D4")
    source = SyntheticCamera(seed=1, camera=camera)
    with closing(source):
        frames = [source.read() for _ in range(count)]
    return [frame for frame in frames if frame is not None]


@cache
def _pipeline() -> Pipeline:
    return Pipeline.load()


def play(path: Path) -> None:
    """Read everything a recording has, in both ways, and look for hands in its first frame."""
    with closing(open_source(str(path))) as source:
        first = frame = source.read()
        while frame is not None:
            _check(frame)
            frame = source.read()
        assert source.ended
        assert (source.notice or "").isprintable()
        source.rewind()
        assert isinstance(source, SeekableSource)
        times = source.timeline_ms
        assert len(times) == source.frame_count
        assert np.isfinite(times).all()
        assert (np.diff(times) >= 0).all()
        for index in {0, source.frame_count // 2, source.frame_count - 1}:
            with suppress(FrameError):
                _check(source.frame_at(index))
        if first is not None:
            _track(first)


def _check(frame: Frame) -> None:
    assert frame.depth_mm.shape == (frame.camera.height, frame.camera.width)
    assert np.isfinite(frame.depth_mm).all()
    assert np.isfinite(frame.timestamp_ms)


def _track(frame: Frame) -> None:
    pipeline = _pipeline()
    pipeline.prepare(frame.camera)
    state = pipeline.initial_state()
    for number in range(2):
        result, state = pipeline.step(replace(frame, index=number), state)
        for hand in result.hands:
            assert np.isfinite(hand.pose.joints_mm).all()


def _read_only_one(folder: Path) -> None:
    play(only_file(folder))


def _damageonly_file(folder: Path, random: Random) -> None:
    path = only_file(folder)
    path.write_bytes(damaged(path.read_bytes(), random))


def _prepare_db3(folder: Path) -> None:
    frames = sample_frames()
    write_recording(folder / "a.db3", frames, frames[0].camera)


def _damage_db3(folder: Path, random: Random) -> None:
    damage_messages(only_file(folder), random)


def _prepare_folder(folder: Path) -> None:
    frames = sample_frames()
    write_recording(folder / "a", frames, frames[0].camera)


def _damage_png(folder: Path, random: Random) -> None:
    path = random.choice(sorted((folder / "a").glob("*.png")))
    path.write_bytes(damaged_png(path.read_bytes(), random))


def _damage_camera_file(folder: Path, random: Random) -> None:
    path = folder / "a" / "camera.json"
    path.write_bytes(damaged_json(path.read_text(), random))


def _damage_folder(folder: Path, random: Random) -> None:
    """Damage the stamps, the names, or put something else beside the pictures."""
    place = folder / "a"
    times = place / "times.txt"
    what = random.randrange(5)
    if what < 2:
        times.write_bytes(damaged(times.read_bytes(), random))
    elif what == 2:
        words = random.choices(("nan", "1e400", "-5", "0", "1e18", "x", "1_0", ""), k=SAMPLE_FRAMES)
        times.write_text("\n".join(words))
    elif what == 3:
        name = random.choice(("", "0", "-1", "1e9", "9" * 300, "²", "٣", "a.b", "NaN", "\n", "é"))
        path = random.choice(sorted(place.glob("*.png")))
        with suppress(OSError):
            path.rename(place / f"{name}.png")
    else:
        odd = place / f"0000{random.randrange(9)}.png"
        odd.mkdir() if random.random() < 0.5 else odd.symlink_to(random.choice(("/", "x", odd)))


# -- files of other programs -------------------------------------------------------------------

_TOPIC: Final = "/camera/depth/image_rect_raw"


def _sdk() -> SdkFile:
    notes = [{"Depth Units": "0.001000"}, {}, {"Depth Units": "0.000100"}, {}]
    return SdkFile(stamps_ms(SAMPLE_FRAMES), metadata=notes)


def _packed_ros() -> list[ros.RosMessage]:
    """Images as the compressed-depth transport packs them, with RVL and as PNG."""
    messages = []
    for k in range(SAMPLE_FRAMES):
        counts = ros.depth_counts(k)
        packed = ros.rvl(counts) if k % 2 else ros.compressed_depth(counts)
        form = f"16UC1; compressedDepth {'rvl' if k % 2 else 'png'}"
        topic = f"{_TOPIC}/compressedDepth"
        messages += [
            ros.compressed(topic, k, form, packed),
            ros.camera("/camera/depth/camera_info", k),
        ]
    return messages


def _float_ros() -> list[ros.RosMessage]:
    """Images in metres, as some nodes publish them."""
    messages = []
    for k in range(SAMPLE_FRAMES):
        metres = ros.depth_counts(k).astype(np.float32) / 1000.0
        messages += [
            ros.image(_TOPIC, k, metres, "32FC1"),
            ros.camera("/camera/depth/camera_info", k),
        ]
    return messages


def _plain_ros() -> list[ros.RosMessage]:
    return ros.driver_messages(SAMPLE_FRAMES)


def _ros(
    kind: ros.Kind, messages: Callable[[], list[ros.RosMessage]] = _plain_ros, **options: Any
) -> Callable[[Path], object]:
    def prepare(folder: Path) -> None:
        (folder / "made").mkdir()
        written = ros.write_ros(folder / "made" / "a", messages(), kind, **options)
        written.rename(folder / written.name)
        shutil.rmtree(folder / "made")

    return prepare


def _prepare_killed(folder: Path) -> None:
    write_killed_db3(folder / "a.db3", _sdk(), mode="WAL")


def _damage_any(folder: Path, random: Random) -> None:
    """Damage the recording or what SQLite has left beside it."""
    path = random.choice(sorted(folder.iterdir()))
    path.write_bytes(damaged(path.read_bytes(), random))


def _read_killed(folder: Path) -> None:
    play(folder / "a.db3")


def _prepare_unclosed(folder: Path) -> None:
    unclosed(write_sdk_bag(folder / "a.bag", _sdk()), cut=100)


def _target(name: str, share: int, prepare: Callable[[Path], object]) -> Target:
    return Target(name, share, prepare, damage_file, _read_only_one)


RECORDINGS: Final = (
    _target("bag", 6, lambda at: write_sdk_bag(at / "a.bag", _sdk(), compression="")),
    _target("bag-lz4", 5, lambda at: write_sdk_bag(at / "a.bag", _sdk())),
    _target("bag-unclosed", 4, _prepare_unclosed),
    _target("ros-bag", 3, _ros("bag")),
    _target("ros-bag-float", 3, _ros("bag", _float_ros)),
    _target("db3", 5, _prepare_db3),
    _target("db3-zstd", 4, lambda at: write_sdk_db3(at / "a.db3", _sdk(), packed=True)),
    Target("db3-messages", 8, _prepare_db3, _damage_db3, _read_only_one),
    Target("db3-wal", 4, _prepare_killed, _damage_any, _read_killed),
    Target("ros-db3", 4, _ros("db3", _packed_ros), _damage_db3, _read_only_one),
    _target("mcap", 5, _ros("mcap")),
    _target("mcap-plain", 4, _ros("mcap", _packed_ros, compression="NONE")),
    Target("png", 8, _prepare_folder, _damage_png, _read_only_one),
    Target("camera-file", 8, _prepare_folder, _damage_camera_file, _read_only_one),
    Target("folder", 4, _prepare_folder, _damage_folder, _read_only_one),
)
