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
        unpack = cdr_compressed_image if self._compressed else cdr_image
        return unpack(self._data(self._ids[index])), float(self.times_ms[index])

    def close(self) -> None:
        """Release the file."""
        self._database.close()

    def _read_index(self) -> None:
        # Columns of SQLite hold values of any type, whatever they were declared as.
        rows = self._database.execute(
            "SELECT name, id FROM topics "
            "WHERE typeof(name)='text' AND typeof(id)='integer' ORDER BY name"
        )
        topics: dict[str, int] = dict(rows)
        self._find_messages()
        found = (match for match in map(_DEPTH.fullmatch, topics) if match is not None)
        depth = next((match for match in found if topics[match[0]] in self._messages), None)
        if depth is None:
            raise ValueError("its depth stream is empty")
        stream = depth[0].partition("/image/data")[0]
        frames = self._messages[topics[depth[0]]]
        self._ids = [key for _, key in frames]
        self._compressed = depth[3] is not None
        self.lens = text_lens(self._pairs(topics[f"{stream}/camera_info"]))
        self.fps = float(self._pairs(topics[f"{stream}/info"]).get("fps", 0.0))
        self.unit_m = self._unit_m(depth[1], topics)
        self.name = self._pairs(topics.get(f"{depth[2]}/info")).get("Name", "")
        stamps = self._stamps(topics.get(f"{stream}/image/metadata"))
        self.times_ms = np.array([stamps.get(ns, ns / 1e6) for ns, _ in frames])

    def _find_messages(self) -> None:
        """Note time of recording in ns and id of every message, by topic, in the order of time.

        In one pass, for there is no index by topic.
        """
        self._messages: dict[int, list[tuple[int, int]]] = {}
        for topic, ns, key in self._database.execute(
            "SELECT topic_id, timestamp, id FROM messages WHERE typeof(topic_id)='integer' "
            "AND typeof(timestamp)='integer' AND typeof(id)='integer'"
        ):
            self._messages.setdefault(topic, []).append((ns, key))
        for messages in self._messages.values():
            messages.sort()

    def _stamps(self, topic: int | None) -> dict[int, float]:
        """The frames' stamps in ms, by the time of recording they share with their image."""
        stamps = {}
        for ns, key in self._messages.get(topic or 0, ()):
            text = cdr_pairs(self._data(key)).get("timestamp")
            if text is not None:
                stamps[ns] = float(text)
        return stamps

    def _pairs(self, topic: int | None) -> dict[str, str]:
        """Names and values in all of a topic's messages."""
        pairs: dict[str, str] = {}
        for _, key in self._messages.get(topic or 0, ()):
            pairs |= cdr_pairs(self._data(key))
        return pairs

    def _unit_m(self, sensor: str, topics: dict[str, int]) -> float:
        for name in ("Depth_Units", "Depth Units"):
            topic = topics.get(f"{sensor}/option/{name}/value")
            if topic is not None:
                return float(next(iter(self._pairs(topic))))
        raise ValueError("its depth unit is missing")

    def _data(self, key: int) -> bytes:
        row = self._database.execute("SELECT data FROM messages WHERE id=?", (key,)).fetchone()
        if row is None:
            raise ValueError("it is missing")
        if not isinstance(row[0], bytes):
            raise ValueError("a message is none")
        return row[0]
