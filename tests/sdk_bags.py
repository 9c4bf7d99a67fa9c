"""Small ``.bag`` recordings as the RealSense SDK wrote them until version 2.57."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
from rosbags.rosbag1 import Writer as BagWriter

from engine.sources.bag_records import BAG_CHUNK, BAG_HEADER, BAG_MAGIC, fields_of
from tests.sdk_files import HEIGHT, SENSOR, STREAM, WIDTH, SdkFile, counts

_TYPES = {
    "std_msgs/msg/UInt32": "uint32 data", "std_msgs/msg/Float32": "float32 data",
    "diagnostic_msgs/msg/KeyValue": "string key\nstring value",
    "realsense_msgs/msg/StreamInfo": "uint32 fps\nstring encoding\nbool is_recommended",
    "sensor_msgs/msg/CameraInfo": "uint32 height", "sensor_msgs/msg/Image": "uint32 height",
}  # fmt: skip


def write_sdk_bag(
    path: Path, what: SdkFile, *, compression: str = "lz4", chunk_bytes: int = 2000
) -> Path:
    """A ``.bag``; ``compression`` is "", "lz4" or "bz2"."""
    writer: Any = BagWriter(path)
    if compression:
        writer.set_compression(BagWriter.CompressionFormat[compression.upper()])
    writer.chunk_threshold = chunk_bytes
    with writer:
        connections: dict[str, Any] = {}
        for name, kind, ns, message in bag_messages(what):
            if name not in connections:
                connections[name] = writer.add_connection(
                    name, kind, msgdef=_TYPES[kind], md5sum="0" * 32
                )
            writer.write(connections[name], ns, message)
    return path


def bag_messages(what: SdkFile) -> list[tuple[str, str, int, bytes]]:
    """Topic, type, time in ns and content of every message."""
    pair, number = "diagnostic_msgs/msg/KeyValue", "std_msgs/msg/Float32"
    said = [("/file_version", "std_msgs/msg/UInt32", 1, struct.pack("<I", 4))]
    if what.info:
        said.append(("/device_0/info", pair, 1, _pair("Name", "Test D4")))
        info = struct.pack("<I", 25) + _ros1_text("mono16") + b"\1"
        said.append((f"{STREAM}/info", "realsense_msgs/msg/StreamInfo", 1, info))
    if what.lens:
        said.append((f"{STREAM}/info/camera_info", "sensor_msgs/msg/CameraInfo", 1, _ros1_lens()))
    for k, stamp in enumerate(what.stamps):
        for name, unit_m, before in what.units:
            if before != k:
                continue
            if "/" in name:
                said.append((f"{SENSOR}/{name}", number, 1, struct.pack("<f", unit_m)))
            else:
                value = _pair("Depth Units", f"{unit_m:.9f}")
                said += [(f"{SENSOR}/{name}", pair, 1, _pair("Exposure", "9"))]
                said += [(f"{SENSOR}/{name}", pair, 1, value)]
        ns = max(1, round(what.recorded_ms[k] * 1e6))
        image = _ros1_image(counts(k), stamp, k)
        said.append((f"{STREAM}/image/data", "sensor_msgs/msg/Image", ns, image))
        notes = {"frame_number": str(k), **what.notes(k)}
        said += [(f"{STREAM}/image/metadata", pair, ns, _pair(*note)) for note in notes.items()]
    return said


def _ros1_text(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode()


def _pair(name: str, value: str) -> bytes:
    return _ros1_text(name) + _ros1_text(value)


def _ros1_image(pixels: np.ndarray, stamp_ms: float, k: int) -> bytes:
    seconds, ns = divmod(round(stamp_ms * 1e6), 10**9)
    head = struct.pack("<III", k, seconds, ns) + _ros1_text("0")
    shape = struct.pack("<II", *pixels.shape) + _ros1_text("mono16") + b"\0"
    return head + shape + struct.pack("<II", 2 * pixels.shape[1], pixels.nbytes) + pixels.tobytes()


def _ros1_lens() -> bytes:
    head = struct.pack("<III", 0, 0, 0) + _ros1_text("0") + struct.pack("<II", HEIGHT, WIDTH)
    k = (25.0, 0, 9.5, 0, 26.0, 7.5, 0, 0, 1)
    body = _ros1_text("None") + struct.pack("<I5d", 5, *[0.0] * 5) + struct.pack("<9d", *k)
    return head + body + bytes(8 * 9 + 8 * 12 + 25)


def unclosed(path: Path, *, cut: int = 0, unwritten: bool = False) -> Path:
    """Make a ``.bag`` one that was never closed: no index at the end, ``cut`` bytes of its last
    chunk missing; ``unwritten``: that chunk's length is still 0, as where a program was killed."""
    content = bytearray(path.read_bytes())
    at = len(BAG_MAGIC)
    data = end = 0
    while at < len(content):
        start = at + 4 + _number(content, at)
        fields = fields_of(bytes(content[at + 4 : start]))
        at = start + 4 + _number(content, start)
        if fields["op"][0] == BAG_HEADER:
            place = content.index(b"index_pos=") + len(b"index_pos=")
            content[place : place + 8] = bytes(8)
        elif fields["op"][0] == BAG_CHUNK:
            data, end = start, at
    if unwritten:
        content[data : data + 4] = bytes(4)
    path.write_bytes(content[: end - cut])
    return path


def _number(content: bytearray, at: int) -> int:
    return int.from_bytes(content[at : at + 4], "little")
