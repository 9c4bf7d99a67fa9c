"""The depth stream of a RealSense ``.db3``: a SQLite file with the tables topics and messages."""

from __future__ import annotations

import re
import sqlite3
import time
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.sources.depth_message import (
    MESSAGE_ERRORS,
    cdr_compressed_image,
    cdr_image,
    cdr_pairs,
    text_lens,
)

_DEPTH: Final = re.compile(r"((/device_\d+)/sensor_\d+)/Depth_\d+/image/data(/compressedDepth)?")
_INDEX_LIMIT_S: Final = 30.0
"""SQLite walks in circles in some damaged files."""


class Db3Depth:
    """A ``DepthTrack``; frames are in the order of their recording. Any thread may call, one at
    a time.
    """

    errors: tuple[type[Exception], ...] = (sqlite3.Error, *MESSAGE_ERRORS)

    def __init__(self, path: Path) -> None:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        self._database = sqlite3.connect(uri, uri=True, timeout=2.0, check_same_thread=False)
        try:
            deadline = time.monotonic() + _INDEX_LIMIT_S
            self._database.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)
            self._read_index()
            self._database.set_progress_handler(None, 0)
        except BaseException:
            self._database.close()
            raise

    def raw(self, index: int) -> tuple[NDArray[np.uint16], float]:
        """Depth [H, W] in units, and the stamp in ms."""
        row = self._database.execute(
            "SELECT data FROM messages WHERE id=?", (self._ids[index],)
        ).fetchone()
        if row is None:
            raise ValueError("it is missing")
        unpack = cdr_compressed_image if self._compressed else cdr_image
        return unpack(bytes(row[0])), float(self.times_ms[index])

    def close(self) -> None:
        """Release the file."""
        self._database.close()

    def _read_index(self) -> None:
        rows = self._database.execute("SELECT name, id FROM topics ORDER BY name")
        topics = {str(name): int(key) for name, key in rows}
        for match in filter(None, map(_DEPTH.fullmatch, topics)):
            self._ids, recorded_ns = self._messages(topics[match[0]])
            if self._ids:
                break
        else:
            raise ValueError("its depth stream is empty")
        stream = match[0].partition("/image/data")[0]
        self._compressed = match[3] is not None
        self.lens = text_lens(self._pairs(topics[f"{stream}/camera_info"]))
        self.fps = float(self._pairs(topics[f"{stream}/info"]).get("fps", 0.0))
        self.unit_m = self._unit_m(match[1], topics)
        device = topics.get(f"{match[2]}/info")
        self.name = "" if device is None else self._pairs(device).get("Name", "")
        stamps = self._stamps(topics.get(f"{stream}/image/metadata"))
        self.times_ms = np.array([stamps.get(ns, ns / 1e6) for ns in recorded_ns])

    def _messages(self, topic: int) -> tuple[list[int], list[int]]:
        """Ids and times of recording in ns of a topic's messages, in the order of their time."""
        rows = self._database.execute(
            "SELECT timestamp, id FROM messages WHERE topic_id=?", (topic,)
        ).fetchall()
        rows.sort()
        return [int(key) for _, key in rows], [int(ns) for ns, _ in rows]

    def _stamps(self, topic: int | None) -> dict[int, float]:
        """The frames' stamps in ms, by the time of recording they share with their image."""
        rows = self._database.execute(
            "SELECT timestamp, data FROM messages WHERE topic_id=?", (topic,)
        )
        stamps = {}
        for ns, data in rows:
            text = cdr_pairs(bytes(data)).get("timestamp")
            if text is not None:
                stamps[int(ns)] = float(text)
        return stamps

    def _pairs(self, topic: int) -> dict[str, str]:
        """Names and values in all of a topic's messages."""
        pairs: dict[str, str] = {}
        for (data,) in self._database.execute(
            "SELECT data FROM messages WHERE topic_id=?", (topic,)
        ):
            pairs |= cdr_pairs(bytes(data))
        return pairs

    def _unit_m(self, sensor: str, topics: dict[str, int]) -> float:
        for name in ("Depth_Units", "Depth Units"):
            topic = topics.get(f"{sensor}/option/{name}/value")
            if topic is not None:
                return float(next(iter(self._pairs(topic))))
        raise ValueError("its depth unit is missing")
