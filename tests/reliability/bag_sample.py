"""A small, sound RealSense ``.bag`` written by hand: two chunks, an index, depth of a hand."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import lz4.frame

from engine.camera import Camera
from engine.recording.raw_depth import raw_depth
from engine.types import Frame

_SENSOR: Final = "/device_0/sensor_0"
_STREAM: Final = f"{_SENSOR}/Depth_0"
_TOPICS: Final = (
    "/device_0/info", f"{_STREAM}/info", f"{_STREAM}/info/camera_info",
    f"{_SENSOR}/option/Depth Units/value", f"{_STREAM}/image/data",
)  # fmt: skip


def write_depth_bag(path: Path, frames: Sequence[Frame], *, packed: bool) -> None:
    """Write ``frames`` of one camera, their chunks ``packed`` with LZ4 or not."""
    camera = frames[0].camera
    about = [
        (0, _text("Name") + _text(camera.name)),
        (1, struct.pack("<I", round(camera.fps)) + _text("mono16") + b"\0"),
        (2, _camera_info(camera)),
        (3, struct.pack("<f", camera.depth_unit_mm / 1000.0)),
    ]
    half = len(frames) // 2 + 1
    images = [(4, _image(frame)) for frame in frames]
    content = bytearray(b"#ROSBAG V2.0\n")
    start = len(content)
    content += _start(0, 2)
    infos = b""
    for first, messages in ((0, about + images[:half]), (half, images[half:])):
        infos += _add_chunk(content, messages, first, packed=packed)
    head = _start(len(content), 2)
    content[start : start + len(head)] = head
    content += b"".join(map(_connection, range(len(_TOPICS)))) + infos
    path.write_bytes(content)


def _add_chunk(
    content: bytearray, messages: Sequence[tuple[int, bytes]], first: int, *, packed: bool
) -> bytes:
    """Append a chunk with its index; returns its record for the end of the file."""
    position, body = len(content), b""
    places: dict[int, list[bytes]] = {}
    for number, (topic, message) in enumerate(messages):
        if topic not in places:
            body += _connection(topic)
        stamp = struct.pack("<II", 1, (first + number) * 33_000_000)
        places.setdefault(topic, []).append(stamp + struct.pack("<I", len(body)))
        body += _record({"op": b"\x02", "conn": struct.pack("<I", topic), "time": stamp}, message)
    fields = {
        "op": b"\x05",
        "compression": b"lz4" if packed else b"none",
        "size": struct.pack("<I", len(body)),
    }
    content += _record(fields, lz4.frame.compress(body) if packed else body)
    for topic, entries in places.items():
        connection, count = struct.pack("<I", topic), struct.pack("<I", len(entries))
        fields = {"op": b"\x04", "ver": struct.pack("<I", 1), "conn": connection, "count": count}
        content += _record(fields, b"".join(entries))
    counts = b"".join(struct.pack("<II", topic, len(entries)) for topic, entries in places.items())
    return _record(
        {
            "op": b"\x06", "ver": struct.pack("<I", 1), "chunk_pos": struct.pack("<Q", position),
            "start_time": struct.pack("<II", 1, 0), "end_time": struct.pack("<II", 2, 0),
            "count": struct.pack("<I", len(places)),
        },
        counts,
    )  # fmt: skip


def _start(index_position: int, chunks: int) -> bytes:
    fields = {
        "op": b"\x03",
        "index_pos": struct.pack("<Q", index_position),
        "conn_count": struct.pack("<I", len(_TOPICS)),
        "chunk_count": struct.pack("<I", chunks),
    }
    return _record(fields, b" " * 64)


def _connection(topic: int) -> bytes:
    name = _TOPICS[topic].encode()
    kind = "sensor_msgs/Image" if topic == len(_TOPICS) - 1 else "std_msgs/Float32"
    about = _fields({"topic": name, "type": kind.encode(), "md5sum": b"0" * 32})
    return _record({"op": b"\x07", "conn": struct.pack("<I", topic), "topic": name}, about)


def _image(frame: Frame) -> bytes:
    seconds, ms = divmod(frame.timestamp_ms, 1000.0)
    height, width = frame.depth_mm.shape
    pixels = raw_depth(frame, frame.camera).astype("<u2").tobytes()
    header = struct.pack("<III", frame.index, int(seconds), round(ms * 1e6)) + _text("0")
    size = struct.pack("<II", height, width) + _text("mono16")
    return header + size + struct.pack("<BII", 0, 2 * width, len(pixels)) + pixels


def _camera_info(camera: Camera) -> bytes:
    fx, fy, cx, cy = camera.fx, camera.fy, camera.cx, camera.cy
    body = struct.pack("<III", 0, 0, 0) + _text("0")
    body += struct.pack("<II", camera.height, camera.width) + _text("None")
    body += struct.pack("<I5d", 5, *(0.0,) * 5) + struct.pack("<9d", fx, 0, cx, 0, fy, cy, 0, 0, 1)
    body += struct.pack("<9d", 1, 0, 0, 0, 1, 0, 0, 0, 1)
    body += struct.pack("<12d", fx, 0, cx, 0, 0, fy, cy, 0, 0, 0, 1, 0)
    return body + bytes(6 * 4 + 1)


def _text(text: str) -> bytes:
    return struct.pack("<I", len(text.encode())) + text.encode()


def _fields(fields: Mapping[str, bytes]) -> bytes:
    pairs = (name.encode() + b"=" + value for name, value in fields.items())
    return b"".join(struct.pack("<I", len(pair)) + pair for pair in pairs)


def _record(fields: Mapping[str, bytes], data: bytes) -> bytes:
    header = _fields(fields)
    return struct.pack("<I", len(header)) + header + struct.pack("<I", len(data)) + data
