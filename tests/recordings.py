"""Makes small recordings, good and bad, for the tests of the sources."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from engine.camera import Camera
from engine.errors import SourceError
from engine.recording.record import FolderRecorder
from engine.sources.base import DepthSource
from engine.sources.realsense_sdk import load_sdk
from engine.types import Frame
from tests.sdk_recordings import record_with_sdk

CAMERA = Camera(64, 48, 60.5, 61.5, 31.25, 23.75, depth_unit_mm=0.125, fps=60.0, name="Test D4")


def read_all(source: DepthSource) -> list[Frame]:
    """The frames that are left in ``source``."""
    frames = []
    while not source.ended:
        frame = source.read()
        if frame is not None:
            frames.append(frame)
    return frames


def make_frames(count: int, camera: Camera = CAMERA) -> list[Frame]:
    """Random frames that use all 16 bits, 20.5 ms apart."""
    random = np.random.default_rng(1)
    shape = (camera.height, camera.width)
    unit = np.float32(camera.depth_unit_mm)
    return [
        Frame(random.integers(0, 65536, shape) * unit, 500.0 + 20.5 * k, k, camera)
        for k in range(count)
    ]


def write_folder(path: Path, count: int = 3) -> Path:
    """Write a folder recording."""
    with FolderRecorder(path, CAMERA) as recorder:
        for frame in make_frames(count):
            recorder.write(frame)
    return path


def edit_camera(folder: Path, **changes: object) -> Path:
    """Change fields of a folder's camera.json; Ellipsis removes a field."""
    path = folder / "camera.json"
    fields = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({k: v for k, v in fields.items() if v is not ...}))
    return folder


def write_db3(path: Path, count: int = 6, *, compressed: bool = True) -> Path:
    """Write a ``.db3`` with the real SDK."""
    sdk = load_sdk(SourceError, "writing a recording")
    record_with_sdk(sdk, path, make_frames(count), CAMERA, compressed=compressed)
    return path


def write_bag(
    path: Path,
    *,
    topics: Mapping[str, int] | None = None,
    indexed: bool = True,
) -> Path:
    """Write the skeleton of a ROS bag: one empty chunk and an index naming ``topics``."""
    if topics is None:
        topics = {
            "/device_0/sensor_0/Depth_0/image/data": 2,
            "/device_0/sensor_0/option/Depth_Units/value": 1,
        }
    magic = b"#ROSBAG V2.0\n"
    chunk = _record({"op": b"\x05", "compression": b"none", "size": bytes(4)}, b"")
    index = b"".join(
        _record({"op": b"\x07", "conn": struct.pack("<I", k), "topic": name.encode()}, b"")
        for k, name in enumerate(topics)
    )

    def start(index_position: int) -> bytes:
        return _record(
            {
                "op": b"\x03",
                "index_pos": struct.pack("<Q", index_position),
                "conn_count": struct.pack("<I", len(topics)),
                "chunk_count": struct.pack("<I", 1),
            },
            b" " * 64,
        )

    chunk_position = len(magic) + len(start(0))
    counts = b"".join(struct.pack("<II", k, count) for k, count in enumerate(topics.values()))
    info = _record({"op": b"\x06", "chunk_pos": struct.pack("<Q", chunk_position)}, counts)
    head = start(chunk_position + len(chunk) if indexed else 0)
    path.write_bytes(magic + head + chunk + index + info)
    return path


def _record(fields: Mapping[str, bytes], data: bytes) -> bytes:
    pairs = (name.encode() + b"=" + value for name, value in fields.items())
    header = b"".join(struct.pack("<I", len(pair)) + pair for pair in pairs)
    return struct.pack("<I", len(header)) + header + struct.pack("<I", len(data)) + data
