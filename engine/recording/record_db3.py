"""Writes RealSense ``.db3`` recordings: what the SDK's own recorder writes, frame for frame.

That recorder (SDK 2.59) keeps frames in a queue of its own that nobody can look into: it lags
behind noisy pictures by seconds, which a killed program loses, and where it drops frames or the
disk is full it says nothing. The file is a SQLite database with the tables topics and messages;
``engine.sources.depth_message`` reads the same messages.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

import numpy as np

from engine.camera import Camera, Intrinsics
from engine.colour import ColourCamera
from engine.errors import ExportError
from engine.pictures.png import encode_depth_png
from engine.recording.cdr_messages import (
    CDR,
    camera_message,
    colour_message,
    depth_message,
    text_message,
)
from engine.recording.colour_pictures import ColourPictures
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
_CAMERA: Final = "sensor_msgs/msg/CameraInfo"
_COLOUR_SENSOR: Final = "/device_0/sensor_1"
_COLOUR: Final = f"{_COLOUR_SENSOR}/Color_0"
_MODELS: Final = {"plumbbob": "Brown Conrady", "": "None"}
"""Distortions by their names in ROS, as the SDK calls them."""
_NO_TURN: Final = (
    "rotation=1.000000,0.000000,0.000000,0.000000,1.000000,0.000000,0.000000,0.000000,1.000000;"
    "translation=0.000000,0.000000,0.000000"
)


class Db3Recorder(WrittenTotals):
    """A ``.db3`` that grows by whole transactions; one thread at a time may use it.

    What was flushed survives the program's end, and the computer's. Depth is stored without loss
    in the camera's unit; what exceeds 16 bits becomes 0, "no data". Stamps are kept. Colour beside
    it is stored as JPEG, described with its first image.

    Raises:
        ExportError: if the file exists or cannot be made.
    """

    def __init__(self, path: Path, camera: Camera) -> None:
        super().__init__()
        self._path = path
        self._camera = camera
        self._flushed = self._number = 0
        self._closed = self._colour_described = False
        self._colour = ColourPictures()
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
            self._add(image, _IMAGE, depth_message(picture, ns), ns)
            self._add(f"{_STREAM}/image/metadata", _TEXT, text_message(metadata), ns)
            lens = camera_message(self._camera, ns)
            self._add(f"{_STREAM}/image/camera_info", _CAMERA, lens, ns)
            self._add_colour(frame, ns, metadata)
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
        version = CDR + struct.pack("<I", _FILE_VERSION)
        self._add("/file_version", "std_msgs/msg/UInt32", version, 0)
        unit = f"{_SENSOR}/option/Depth_Units"
        for topic, text in (
            (f"{_STREAM}/info", f"encoding=Z16;fps={max(1, round(camera.fps))}"),
            (f"{_STREAM}/camera_info", _lens_text(camera)),
            ("/device_0/info", _about(camera)),
            (f"{_SENSOR}/info", "Name=Depth"),
            (f"{unit}/value", _unit_m(camera)),
            (f"{unit}/description", "Metres a depth unit stands for"),
            (f"{_STREAM}/tf/ref_1", _NO_TURN),
        ):
            self._add(topic, _TEXT, text_message(text), 0)
        self._database.execute("COMMIT")

    def _add_colour(self, frame: Frame, ns: int, metadata: str) -> None:
        """The colour beside ``frame``, if there is some."""
        picture = self._colour.encoded(frame)
        if picture is None or frame.colour is None:
            return
        camera = frame.colour.camera
        if not self._colour_described:
            self._describe_colour(camera)
            self._colour_described = True
        self._add(f"{_COLOUR}/image/data/compressed", _IMAGE, colour_message(picture, ns), ns)
        self._add(f"{_COLOUR}/image/metadata", _TEXT, text_message(metadata), ns)
        lens = camera_message(camera, ns, "Color", camera.coeffs)
        self._add(f"{_COLOUR}/image/camera_info", _CAMERA, lens, ns)

    def _describe_colour(self, camera: ColourCamera) -> None:
        """What the SDK wants to know of a stream, and where its camera stands."""
        turn = ",".join(f"{value:.9g}" for value in camera.R_colour_from_depth.T.ravel())
        move = ",".join(f"{value / 1000.0:.9g}" for value in camera.t_colour_from_depth_mm)
        option = f"{_COLOUR_SENSOR}/option/Frames_Queue_Size"  # the SDK crashes without any option
        for topic, text in (
            (f"{option}/value", "16.000000"),
            (f"{option}/description", "Frames that may wait"),
            (f"{_COLOUR}/info", f"encoding=RGB8;fps={max(1, round(self._camera.fps))}"),
            (f"{_COLOUR}/camera_info", _lens_text(camera, camera.model, camera.coeffs)),
            (f"{_COLOUR_SENSOR}/info", "Name=RGB Camera"),
            (f"{_COLOUR}/tf/ref_1", f"rotation={turn};translation={move}"),
        ):
            self._add(topic, _TEXT, text_message(text), 0)

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


def _lens_text(lens: Intrinsics, model: str = "", coeffs: Sequence[float] = ()) -> str:
    values = {"fx": lens.fx, "ppx": lens.cx, "fy": lens.fy, "ppy": lens.cy}
    text = ";".join(f"{name}={np.float32(value):.9g}" for name, value in values.items())
    words = "".join(filter(str.isalnum, model.lower()))
    plain = model.lower().removeprefix("distortion.").replace("_", " ").replace("-", " ")
    name = _MODELS.get(words, plain.title())
    numbers = ",".join(f"{value:.9g}" for value in (*coeffs, *(0.0,) * 5)[: max(5, len(coeffs))])
    return f"width={lens.width};height={lens.height};{text};model={name};coeffs={numbers}"


def _about(camera: Camera) -> str:
    serial = f";Serial Number={camera.serial}" if camera.serial else ""
    return f"Name={camera.name.replace(';', ',')}{serial}"


def _unit_m(camera: Camera) -> str:
    return f"{camera.depth_unit_mm / 1000.0:.9f}"
