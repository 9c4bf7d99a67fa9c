"""Small recordings as versions of the RealSense SDK write them, for what its recorder is not made
to do on purpose: other versions, clocks that change, files that are never closed."""

from __future__ import annotations

import pickle
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import zstandard

from tests.ros_recordings import compressed_depth

WIDTH, HEIGHT = 20, 16
PERIOD_MS = 40.0
SENSOR = "/device_0/sensor_0"
STREAM = f"{SENSOR}/Depth_0"
_CDR = b"\x00\x01\x00\x00"
_SCHEMA = """
CREATE TABLE topics(id INTEGER PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL,
    serialization_format TEXT NOT NULL, offered_qos_profiles TEXT NOT NULL);
CREATE TABLE messages(id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL,
    timestamp INTEGER NOT NULL, data BLOB NOT NULL);
"""


def counts(k: int) -> np.ndarray:
    """Depth of frame ``k`` in counts [HEIGHT, WIDTH]."""
    return np.random.default_rng(k).integers(100, 6000, (HEIGHT, WIDTH)).astype(np.uint16)


def stamps_ms(count: int) -> list[float]:
    return [1000.0 + PERIOD_MS * k for k in range(count)]


@dataclass
class SdkFile:
    """What to write: stamps [N] in ms, times of recording in ms, the frames' metadata; the depth
    unit as options (topic below the sensor, value, before which frame)."""

    stamps: Sequence[float]
    recorded: Sequence[float] | None = None
    metadata: Sequence[dict[str, str]] | None = None
    units: Sequence[tuple[str, float, int]] = (("option/Depth_Units/value", 0.001, 0),)
    lens: bool = True
    info: bool = True

    @property
    def recorded_ms(self) -> Sequence[float]:
        return self.stamps if self.recorded is None else self.recorded

    def notes(self, k: int) -> dict[str, str]:
        return {} if self.metadata is None else dict(self.metadata[k])


# ---- .db3


def write_sdk_db3(
    path: Path,
    what: SdkFile,
    *,
    packed: bool = False,
    plain: bool = False,
    wal: bool = False,
    page_bytes: int = 4096,
) -> Path:
    """A ``.db3`` with every message a zstd frame if ``packed``, images not as PNG if ``plain``."""
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA page_size={page_bytes}")
    if wal:
        database.execute("PRAGMA journal_mode=WAL")
    database.executescript(_SCHEMA)
    for name, kind, ns, message in db3_messages(what, plain=plain or packed):
        add_message(database, name, kind, ns, _packed(message) if packed else message)
    database.commit()
    database.close()
    return path


def add_message(database: sqlite3.Connection, name: str, kind: str, ns: int, data: bytes) -> None:
    row = database.execute("SELECT id FROM topics WHERE name=?", (name,)).fetchone()
    if row is None:
        values = (name, kind, "cdr", "")
        row = (database.execute("INSERT INTO topics VALUES(NULL,?,?,?,?)", values).lastrowid,)
    database.execute("INSERT INTO messages VALUES(NULL,?,?,?)", (row[0], ns, data))


def db3_messages(what: SdkFile, *, plain: bool = False) -> list[tuple[str, str, int, bytes]]:
    """Topic, type, time in ns and content of every message."""
    text = "std_msgs/msg/String"
    lens = f"width={WIDTH};height={HEIGHT};fx=25;ppx=9.5;fy=26;ppy=7.5;model=None;coeffs=0,0,0,0,0"
    said = [("/file_version", "std_msgs/msg/UInt32", 0, _CDR + struct.pack("<I", 4))]
    if what.info:
        said.append((f"{STREAM}/info", text, 0, _string("encoding=Z16;fps=25")))
        said.append(("/device_0/info", text, 0, _string("Name=Test D4")))
    if what.lens:
        said.append((f"{STREAM}/camera_info", text, 0, _string(lens)))
    for k, stamp in enumerate(what.stamps):
        for name, unit_m, before in what.units:
            if before == k:
                value = f"{unit_m:.9f}" if "/" in name else f"Exposure=9;Depth Units={unit_m:.9f}"
                said.append((f"{SENSOR}/{name}", text, 0, _string(value)))
        ns = round(what.recorded_ms[k] * 1e6)
        if plain:
            image = f"{STREAM}/image/data", "sensor_msgs/msg/Image", ns, _cdr_image(counts(k))
        else:
            topic, kind = f"{STREAM}/image/data/compressedDepth", "sensor_msgs/msg/CompressedImage"
            image = topic, kind, ns, _cdr_compressed(counts(k))
        notes = {"Frame number": str(k), "timestamp": f"{stamp:.6f}", **what.notes(k)}
        joined = "".join(f"{name}={value};" for name, value in notes.items())
        said += [image, (f"{STREAM}/image/metadata", text, ns, _string(joined))]
    return said


def _string(text: str) -> bytes:
    return _CDR + _text(text)


def _text(text: str) -> bytes:
    content = text.encode() + b"\0"
    return struct.pack("<I", len(content)) + content


def _padded(body: bytes) -> bytes:
    return body + bytes(-len(body) % 4)


def _cdr_image(pixels: np.ndarray) -> bytes:
    body = _padded(struct.pack("<II", 0, 0) + _text("Depth"))
    body = _padded(body + struct.pack("<II", *pixels.shape) + _text("mono16") + b"\0")
    return _CDR + body + struct.pack("<II", 2 * pixels.shape[1], pixels.nbytes) + pixels.tobytes()


def _cdr_compressed(pixels: np.ndarray) -> bytes:
    content = compressed_depth(pixels)
    body = _padded(struct.pack("<II", 0, 0) + _text("Depth"))
    body = _padded(body + _text("16UC1; compressedDepth png"))
    return _CDR + body + struct.pack("<I", len(content)) + content


def _packed(message: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(message)


_KILLED = """
import os, pickle, sqlite3, sys
sys.path.insert(0, sys.argv[1])
from tests.sdk_files import _SCHEMA, add_message
path, mode, said, left = pickle.loads(sys.stdin.buffer.read())
database = sqlite3.connect(path, isolation_level=None)
database.execute(f"PRAGMA journal_mode={mode}")
database.execute("PRAGMA cache_size=2")
database.executescript(_SCHEMA)
for k, each in enumerate(said):
    if k == len(said) - left:
        database.execute("BEGIN")
    add_message(database, *each)
os._exit(9)
"""


def write_killed_db3(path: Path, what: SdkFile, *, mode: str, left: int = 0) -> Path:
    """A ``.db3`` whose program was killed in SQLite's journal ``mode``, its last ``left`` messages
    in an open transaction."""
    given = pickle.dumps((str(path), mode, db3_messages(what, plain=True), left))
    root = str(Path(__file__).parent.parent)
    subprocess.run([sys.executable, "-c", _KILLED, root], input=given, cwd=root, timeout=60)
    assert any(Path(f"{path}{suffix}").exists() for suffix in ("-wal", "-journal"))
    return path
