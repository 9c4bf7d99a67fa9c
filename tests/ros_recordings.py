"""Small recordings of a camera's ROS driver, written with the community's own libraries."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from mcap.writer import CompressionType
from mcap.writer import Writer as McapWriter
from PIL import Image
from rosbags.rosbag1 import Writer as BagWriter
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin
from rosbags.rosbag2 import Writer as Rosbag2Writer
from rosbags.typesys import Stores, get_typestore

WIDTH, HEIGHT = 24, 18
K = (30.5, 0.0, 11.25, 0.0, 31.5, 8.75, 0.0, 0.0, 1.0)
P = (29.0, 0.0, 11.0, 0.0, 0.0, 30.0, 9.0, 0.0, 0.0, 0.0, 1.0, 0.0)
FRAME_ID = "camera_depth_optical_frame"
Kind = Literal["bag", "db3", "mcap"]

_ROS1 = get_typestore(Stores.ROS1_NOETIC)
_ROS2 = get_typestore(Stores.ROS2_HUMBLE)


@dataclass(frozen=True)
class RosMessage:
    """A message to write: ``fields`` of a type of ``sensor_msgs``, in ``topic`` at ``ns``."""

    topic: str
    ns: int
    kind: str
    fields: dict[str, Any] = field(default_factory=dict)
    frame_id: str = FRAME_ID

    @property
    def type_name(self) -> str:
        package = "tf2_msgs" if self.kind == "TFMessage" else "sensor_msgs"
        return f"{package}/msg/{self.kind}"


def depth_counts(k: int) -> np.ndarray:
    """Depth of frame ``k`` [HEIGHT, WIDTH] in mm, some of it missing."""
    counts = np.random.default_rng(k).integers(300, 900, (HEIGHT, WIDTH)).astype(np.uint16)
    counts[:2] = 0
    return counts


def stamp_ns(k: int) -> int:
    return 1_700_000_000_000_000_000 + k * 40_000_000


def image(
    topic: str, k: int, pixels: np.ndarray, encoding: str, *, big: bool = False, padding: int = 0
) -> RosMessage:
    """A ``sensor_msgs/Image``, its rows padded by so many bytes, perhaps big-endian."""
    rows = pixels.astype(pixels.dtype.newbyteorder(">" if big else "<")).view(np.uint8)
    rows = np.pad(rows.reshape(pixels.shape[0], -1), ((0, 0), (0, padding)), constant_values=7)
    fields = {
        "height": pixels.shape[0], "width": pixels.shape[1], "encoding": encoding,
        "is_bigendian": int(big), "step": rows.shape[1], "data": rows.ravel(),
    }  # fmt: skip
    return RosMessage(topic, stamp_ns(k), "Image", fields)


def compressed(topic: str, k: int, form: str, data: bytes) -> RosMessage:
    """A ``sensor_msgs/CompressedImage``."""
    fields = {"format": form, "data": np.frombuffer(data, np.uint8)}
    return RosMessage(topic, stamp_ns(k), "CompressedImage", fields)


def png(counts: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(counts).save(file, "PNG")
    return file.getvalue()


def compressed_depth(counts: np.ndarray, scale: float = 0.0, offset: float = 0.0) -> bytes:
    """A PNG as the compressed-depth transport packs it."""
    return struct.pack("<iff", 0, scale, offset) + png(counts)


def rvl(counts: np.ndarray) -> bytes:
    """Depth as the compressed-depth transport packs it with RVL, after the paper's listing."""
    nibbles: list[int] = []

    def put(number: int) -> None:
        while True:
            group, number = number & 7, number >> 3
            nibbles.append(group | (8 if number else 0))
            if not number:
                return

    values, at, previous = counts.ravel().astype(int).tolist(), 0, 0
    while at < len(values):
        zeros = at
        while at < len(values) and values[at] == 0:
            at += 1
        put(at - zeros)
        start = at
        while at < len(values) and values[at] != 0:
            at += 1
        put(at - start)
        for value in values[start:at]:
            difference = value - previous
            put(2 * difference if difference >= 0 else -2 * difference - 1)
            previous = value
    nibbles += [0] * (-len(nibbles) % 8)
    words = [
        sum(nibble << (28 - 4 * k) for k, nibble in enumerate(nibbles[first : first + 8]))
        for first in range(0, len(nibbles), 8)
    ]
    header = struct.pack("<iffii", 0, 0.0, 0.0, counts.shape[1], counts.shape[0])
    return header + struct.pack(f"<{len(words)}I", *words)


def camera(topic: str, k: int, **changes: Any) -> RosMessage:
    """A ``sensor_msgs/CameraInfo`` of the camera above."""
    fields = {
        "height": HEIGHT, "width": WIDTH, "distortion_model": "plumb_bob", "D": np.zeros(5),
        "K": np.array(K), "R": np.eye(3).ravel(), "P": np.array(P), "binning_x": 0, "binning_y": 0,
    }  # fmt: skip
    return RosMessage(topic, stamp_ns(k) + 1, "CameraInfo", fields | changes)


def transform(
    parent: str, child: str, t_m: tuple[float, ...], xyzw: tuple[float, ...]
) -> RosMessage:
    """How the frame ``child`` stands in ``parent``, on ``/tf_static``."""
    fields = {"child": child, "t": t_m, "q": xyzw}
    return RosMessage("/tf_static", stamp_ns(0), "TFMessage", fields, parent)


def imu(topic: str, k: int) -> RosMessage:
    return RosMessage(topic, stamp_ns(k), "Temperature", {"temperature": 20.0, "variance": 0.0})


def driver_messages(
    count: int,
    images: str = "/camera/depth/image_rect_raw",
    info: str = "/camera/depth/camera_info",
) -> list[RosMessage]:
    """What a RealSense node publishes: ``count`` images in mm, a camera_info with each."""
    messages = []
    for k in range(count):
        messages += [image(images, k, depth_counts(k), "16UC1"), camera(info, k)]
    return messages


def write_ros(path: Path, messages: Iterable[RosMessage], kind: Kind, **options: Any) -> Path:
    """Write a recording of the kind; ``options`` are those of the writers below."""
    writers: dict[str, Any] = {"bag": write_bag, "db3": write_rosbag2, "mcap": write_mcap}
    written: Path = writers[kind](path.with_suffix(f".{kind}"), list(messages), **options)
    return written


def _connection(
    writer: Any, connections: dict[str, Any], topic: str, name: str, typestore: Any
) -> Any:
    """The connection of ``topic``, made when it is first needed."""
    if topic not in connections:
        connections[topic] = writer.add_connection(topic, name, typestore=typestore)
    return connections[topic]


def write_bag(path: Path, messages: Sequence[RosMessage], compression: str = "") -> Path:
    """A ROS 1 bag; ``compression`` is "", "lz4" or "bz2"."""
    writer = BagWriter(path)
    if compression:
        writer.set_compression(BagWriter.CompressionFormat[compression.upper()])
    with writer:
        connections: dict[str, Any] = {}
        for each in messages:
            name = each.type_name
            connection = _connection(writer, connections, each.topic, name, _ROS1)
            message = _ROS1.serialize_ros1(_message(_ROS1, each, seq=True), name)
            writer.write(connection, each.ns, message)
    return path


def write_rosbag2(
    path: Path, messages: Sequence[RosMessage], *, packed: bool = False, folder: bool = False
) -> Path:
    """The ``.db3`` of a ROS 2 recording, or its folder; each message a zstd frame if ``packed``."""
    whole = path.with_suffix("") if folder else path.with_suffix(".folder")
    writer = Rosbag2Writer(whole, version=9, storage_plugin=StoragePlugin.SQLITE3)
    if packed:
        writer.set_compression(CompressionMode.MESSAGE, CompressionFormat.ZSTD)
    with writer:
        connections: dict[str, Any] = {}
        for each in messages:
            name = each.type_name
            connection = _connection(writer, connections, each.topic, name, _ROS2)
            writer.write(connection, each.ns, cdr(each))
    if folder:
        return whole
    (file,) = whole.glob("*.db3")
    return file.rename(path)


def write_mcap(
    path: Path,
    messages: Sequence[RosMessage],
    *,
    compression: str = "ZSTD",
    chunk_size: int = 4096,
    closed: bool = True,
    **options: Any,
) -> Path:
    """An MCAP file of ROS 2 messages; one that is not closed ends after the last chunk."""
    with path.open("wb") as file:
        packing = CompressionType[compression]
        writer = McapWriter(file, chunk_size=chunk_size, compression=packing, **options)
        writer.start("ros2", "tests")
        channels: dict[str, int] = {}
        for each in messages:
            if each.topic not in channels:
                schema = writer.register_schema(each.type_name, "ros2msg", b"")
                channels[each.topic] = writer.register_channel(each.topic, "cdr", schema)
            writer.add_message(channels[each.topic], each.ns, cdr(each), each.ns)
        if closed:
            writer.finish()
    return path


def cdr(each: RosMessage) -> bytes:
    """The message as ROS 2 packs it."""
    return bytes(_ROS2.serialize_cdr(_message(_ROS2, each), each.type_name))


def _message(store: Any, each: RosMessage, *, seq: bool = False) -> Any:
    types = store.types
    stamp = types["builtin_interfaces/msg/Time"](*divmod(each.ns, 10**9))
    header = types["std_msgs/msg/Header"]
    about = header(0, stamp, each.frame_id) if seq else header(stamp, each.frame_id)
    fields = dict(each.fields)
    if each.kind == "TFMessage":
        vector, turn = types["geometry_msgs/msg/Vector3"], types["geometry_msgs/msg/Quaternion"]
        moved = types["geometry_msgs/msg/Transform"](vector(*fields["t"]), turn(*fields["q"]))
        stamped = types["geometry_msgs/msg/TransformStamped"]
        return types["tf2_msgs/msg/TFMessage"]([stamped(about, fields["child"], moved)])
    if each.kind == "CameraInfo":
        fields["roi"] = types["sensor_msgs/msg/RegionOfInterest"](0, 0, 0, 0, False)
        if not seq:
            fields = {k.lower() if len(k) == 1 else k: value for k, value in fields.items()}
    return types[f"sensor_msgs/msg/{each.kind}"](header=about, **fields)
