"""The depth stream of a RealSense ``.bag``."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.sources.depth_message import (
    MESSAGE_ERRORS,
    Cursor,
    bag_image,
    bag_lens,
    bag_pair,
    bag_stamp_ms,
)
from engine.sources.rosbag import BAG_ERRORS, BagFile

_DEPTH: Final = re.compile(r"((/device_\d+)/sensor_\d+)/Depth_\d+/image/data")


class BagDepth:
    """A ``DepthTrack``; the frames' order and times are those of the bag's index.

    The stamps lie inside compressed chunks, so ``times_ms`` are the times of recording.
    """

    errors: tuple[type[Exception], ...] = (*BAG_ERRORS, *MESSAGE_ERRORS)

    def __init__(self, path: Path) -> None:
        self._bag = BagFile(path)
        try:
            match = next(filter(None, map(_DEPTH.fullmatch, sorted(self._bag.topics()))), None)
            if match is None:
                raise ValueError("its depth stream is not in its index")
            stream = match[0].removesuffix("/image/data")
            self._places = self._bag.places(match[0])
            self.lens = bag_lens(self._first(f"{stream}/info/camera_info"))
            self.fps = float(Cursor(self._first(f"{stream}/info"), aligned=False).integer())
            self.unit_m = self._unit_m(match[1])
            infos = self._bag.places(f"{match[2]}/info")
            self.name = dict(bag_pair(self._bag.read(place)) for place in infos).get("Name", "")
        except BaseException:
            self._bag.close()
            raise
        self.times_ms = np.array([place.time_ns / 1e6 for place in self._places])

    def raw(self, index: int) -> tuple[NDArray[np.uint16], float]:
        """Depth [H, W] in units, and the stamp in ms."""
        message = self._bag.read(self._places[index])
        return bag_image(message), bag_stamp_ms(message)

    def close(self) -> None:
        """Release the file."""
        self._bag.close()

    def _first(self, topic: str) -> bytes:
        places = self._bag.places(topic)
        if not places:
            raise ValueError(f"it lacks {topic}")
        return self._bag.read(places[0])

    def _unit_m(self, sensor: str) -> float:
        for name in ("Depth_Units", "Depth Units"):
            places = self._bag.places(f"{sensor}/option/{name}/value")
            if places:
                (unit_m,) = struct.unpack_from("<f", self._bag.read(places[0]))
                return float(unit_m)
        raise ValueError("its depth unit is not in its index")
