"""Writes RealSense ``.db3`` recordings: what the SDK's own recorder writes, frame for frame.

That recorder (SDK 2.59) keeps frames in a queue of its own that nobody can look into: it lags
behind noisy pictures by seconds, which a killed program loses, and where it drops frames or the
disk is full it says nothing. The file is a SQLite database with the tables topics and messages;
``engine.sources.depth_message`` reads the same messages.
"""

from __future__ import annotations

import sqlite3
import struct
from pathlib import Path
from typing import Final, Self

import numpy as np

from engine.camera import Camera
from engine.errors import ExportError
from engine.pictures.png import encode_depth_png
from engine.recording.raw_depth import raw_depth
from engine.recording.totals import WrittenTotals
from engine.types import Frame

_SCHEMA: Final = """
CREATE TABLE topics(id INTEGER PRIMARY KEY,name TEXT NOT NULL,type TEXT NOT NULL,
  serialization_format TEXT NOT NULL,offered_qos_profiles TEXT NOT NULL);
CREATE TABLE messages(id INTEGER PRIMARY KEY,topic_id INTEGER NOT NULL,
  timestamp INTEGER NOT NULL, data BLOB NOT NULL);
CREATE INDEX timestamp_idx ON messages (timestamp ASC);
"""
_CACHE_KIB: Final = 64 * 1024
"""Room for everything between two flushes: pages written earlier would need a journal."""
_FILE_VERSION: Final = 4
MAX_SECONDS: Final = 2.0**31
"""What a stamp of a ROS message can hold."""
_SENSOR: Final = "/device_0/sensor_0"
_STREAM: Final = f"{_SENSOR}/Depth_0"
_TEXT, _IMAGE = "std_msgs/msg/String", "sensor_msgs/msg/CompressedImage"
_NO_TURN: Final = (
    "rotation=1.000000,0.000000,0.000000,0.000000,1.000000,0.000000,0.000000,0.000000,1.000000;"
    "translation=0.000000,0.000000,0.000000"
)


class Db3Recorder(WrittenTotals):
    """A ``.db3`` that grows by whole transactions; one thread at a time may use it.

    What was flushed survives the program's end, and the computer's. Depth is stored without loss
    in the camera's unit; what exceeds 16 bits becomes 0, "no data". Stamps are kept.

    Raises:
        ExportError: if the file exists or cannot be made.
    """

    def __init__(self, path: Path, camera: Camera) -> None:
        super().__init__()
        self._path = path
        self._camera = camera
        self._flushed = self._number = 0
        self._closed = False
        self._first_ms = 0.0
        self._topics: dict[str, int] = {}
        if path.exists():
            raise ExportError(f"{path} exists already: choose another name")
        try:
            # Used by one thread at a time, not always by the same.
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise ExportError(f"{path} cannot be written: {error}") from error
        try:
            self._begin()
        except sqlite3.Error as error:
            failure = self._failure(error)
            self._database.close()
            path.unlink(missing_ok=True)
            raise failure from error

    def write(self, frame: Frame) -> None:
        """Append one frame, later than the one before.

        Raises:
            ExportError: if it cannot be written or comes from another camera.
        """
        picture = encode_depth_png(raw_depth(frame, self._camera))
        if self._written == 0:
            self._first_ms = frame.timestamp_ms
        self._number = max(self._number, frame.index) + 1
        after_s = (frame.timestamp_ms - self._first_ms) / 1000.0
        if not 0.0 <= after_s < MAX_SECONDS:
            raise ExportError(f"frame {frame.index} is stamped {after_s:g} s after the first one")
        ns = round((frame.timestamp_ms - self._first_ms) * 1e6)
        metadata = (
            f"Frame number={self._number};timestamp_domain=Hardware Clock;system_time=0.000000;"
            f"timestamp={frame.timestamp_ms:.6f};depth_units={_unit_m(self._camera)};"
        )
        try:
            if not self._database.in_transaction:
                self._database.execute("BEGIN")
            image = f"{_STREAM}/image/data/compressedDepth"
            self._add(image, _IMAGE, compressed_image(picture, ns), ns)
            self._add(f"{_STREAM}/image/metadata", _TEXT, text_message(metadata), ns)
            lens = camera_message(self._camera, ns)
            self._add(f"{_STREAM}/image/camera_info", "sensor_msgs/msg/CameraInfo", lens, ns)
        except sqlite3.Error as error:
            raise self._failure(error) from error
        self._written += 1

    def flush(self) -> None:
        """End the transaction: the frames so far are in the file, on the disk.

        Raises:
            ExportError: if the disk does not take them; those flushed before stay.
        """
        try:
            if self._database.in_transaction:
                self._database.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._failure(error) from error
        self._flushed = self._written

    def close(self) -> None:
        """Complete the file; one without frames is taken away. Closing twice is fine.

        Raises:
            ExportError: if the disk does not take the last frames; the file is closed anyway.
        """
        if self._closed:
            return
        self._closed = True
        try:
            self.flush()
        finally:
            self._database.close()
            if self._written == 0:
                self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self) -> None:
        """Everything that stands before the first frame."""
        camera = self._camera
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        self._database.execute("BEGIN")
        for statement in _SCHEMA.split(";\n"):
            self._database.execute(statement)
        version = _CDR + struct.pack("<I", _FILE_VERSION)
        self._add("/file_version", "std_msgs/msg/UInt32", version, 0)
        lens = {"fx": camera.fx, "ppx": camera.cx, "fy": camera.fy, "ppy": camera.cy}
        values = ";".join(f"{name}={np.float32(value):.9g}" for name, value in lens.items())
        unit = f"{_SENSOR}/option/Depth_Units"
        for topic, text in (
            (f"{_STREAM}/info", f"encoding=Z16;fps={max(1, round(camera.fps))}"),
            (
                f"{_STREAM}/camera_info",
                f"width={camera.width};height={camera.height};{values};model=None;coeffs=0,0,0,0,0",
            ),
            ("/device_0/info", _about(camera)),
            (f"{_SENSOR}/info", "Name=Depth"),
            (f"{unit}/value", _unit_m(camera)),
            (f"{unit}/description", "Metres a depth unit stands for"),
            (f"{_STREAM}/tf/ref_1", _NO_TURN),
        ):
            self._add(topic, _TEXT, text_message(text), 0)
        self._database.execute("COMMIT")

    def _add(self, topic: str, kind: str, message: bytes, ns: int) -> None:
        if topic not in self._topics:
            added = self._database.execute(
                "INSERT INTO topics(name,type,serialization_format,offered_qos_profiles) "
                "VALUES(?,?,'cdr','')",
                (topic, kind),
            )
            self._topics[topic] = added.lastrowid or 0
        self._database.execute(
            "INSERT INTO messages(topic_id,timestamp,data) VALUES(?,?,?)",
            (self._topics[topic], ns, message),
        )
        self._size_bytes += len(message)

    def _failure(self, error: sqlite3.Error) -> ExportError:
        """The error in words; what was not flushed is given up, so that the file stays whole."""
        if self._database.in_transaction:
            self._database.rollback()
        self._written = self._flushed
        reason = " ".join(str(error).split()) or type(error).__name__
        return ExportError(f"{self._path} cannot be written: {reason}")


# ---- ROS 2 messages: little-endian CDR, numbers at multiples of their size

_CDR: Final = b"\x00\x01\x00\x00"
_COMPRESSED: Final = "16UC1; compressedDepth png"
_COMPRESSED_HEADER: Final = bytes(12)
"""What the compressed-depth transport puts before a picture."""


def text_message(text: str) -> bytes:
    """A ``std_msgs/String``."""
    return _CDR + _text(text)


def compressed_image(picture: bytes, ns: int) -> bytes:
    """A ``sensor_msgs/CompressedImage`` that holds depth as a PNG, taken at ``ns``."""
    body = _aligned(_aligned(_stamp(ns) + _text("Depth"), 4) + _text(_COMPRESSED), 4)
    content = _COMPRESSED_HEADER + picture
    return _CDR + body + struct.pack("<I", len(content)) + content


def camera_message(camera: Camera, ns: int) -> bytes:
    """A ``sensor_msgs/CameraInfo`` without distortion."""
    body = _aligned(_stamp(ns) + _text("Depth"), 4)
    body += struct.pack("<II", camera.height, camera.width) + _text("plumb_bob")
    body = _aligned(_aligned(body, 4) + struct.pack("<I", 5), 8) + bytes(5 * 8)
    fx, fy, cx, cy = camera.fx, camera.fy, camera.cx, camera.cy
    body += struct.pack("<9d", fx, 0, cx, 0, fy, cy, 0, 0, 1)
    body += struct.pack("<9d", 1, 0, 0, 0, 1, 0, 0, 0, 1)
    body += struct.pack("<12d", fx, 0, cx, 0, 0, fy, cy, 0, 0, 0, 1, 0)
    binning_and_region = struct.pack("<6I?", 0, 0, 0, 0, 0, 0, False)
    return _CDR + body + binning_and_region


def _stamp(ns: int) -> bytes:
    return struct.pack("<iI", *divmod(ns, 10**9))


def _text(text: str) -> bytes:
    content = text.encode(errors="replace") + b"\0"
    return struct.pack("<I", len(content)) + content


def _aligned(body: bytes, size: int) -> bytes:
    return body + bytes(-len(body) % size)


def _about(camera: Camera) -> str:
    serial = f";Serial Number={camera.serial}" if camera.serial else ""
    return f"Name={camera.name.replace(';', ',')}{serial}"


def _unit_m(camera: Camera) -> str:
    return f"{camera.depth_unit_mm / 1000.0:.9f}"
