"""Colour images of a file of messages: which one belongs to a depth frame, read when it is seen."""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import FloatArray
from engine.colour import ColourCamera, ColourImage, ColourPixels
from engine.errors import FrameError, InvalidInputError
from engine.sources.colour_message import colour_pixels
from engine.sources.depth_stream import is_packed
from engine.sources.lens import Lens
from engine.sources.message_file import MESSAGE_ERRORS, Message, MessageFile, Topic

APART_MS: Final = 100.0
"""Colour this far from a depth frame in time, or a period and a half of its own, shows something
else: there, the colour has a gap, or has stopped."""
NO_PLACE: Final = "where its colour camera stands is not recorded: hands may lie beside their image"


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """How one camera stands beside another: p of the one is at R p + t (mm) in the other's."""

    R: NDArray[np.float64]
    t_mm: NDArray[np.float64]

    @classmethod
    def none(cls) -> Place:
        """The same place."""
        return cls(np.eye(3), np.zeros(3))

    @classmethod
    def of_quaternion(cls, t_m: Sequence[float], quaternion: Sequence[float]) -> Place:
        """From a ``geometry_msgs/Transform``: metres, and x y z w.

        Raises:
            ValueError: if that is no rotation.
        """
        x, y, z, w = np.array(quaternion, np.float64)
        length = x * x + y * y + z * z + w * w
        if not 0.0 < length < np.inf:
            raise ValueError("a transform has no rotation")
        cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
        turn = np.eye(3) + 2.0 / length * (w * cross + cross @ cross)
        return cls(turn, 1000.0 * np.array(t_m))

    def then(self, other: Place) -> Place:
        """This one and then the other."""
        return Place(other.R @ self.R, other.R @ self.t_mm + other.t_mm)

    def inverse(self) -> Place:
        """The other way."""
        return Place(self.R.T, -self.R.T @ self.t_mm)


def colour_camera(lens: Lens, place: Place | None) -> ColourCamera:
    """The camera of a colour stream; ``place`` is None where it is not known.

    Raises:
        InvalidInputError: if the values are impossible.
    """
    known = place or Place.none()
    return ColourCamera(
        *(lens.width, lens.height, lens.fx, lens.fy, lens.cx, lens.cy),
        model=lens.model,
        coeffs=lens.coeffs,
        R_colour_from_depth=_single(known.R),
        t_colour_from_depth_mm=_single(known.t_mm),
        notice="" if place is not None else NO_PLACE,
    )


def _single(values: NDArray[np.float64]) -> FloatArray:
    return values.astype(np.float32)


class ColourStream:
    """The colour images of an open file, found by the depth frame beside them. Any thread may ask.

    Nothing is read before a picture is wanted.

    Args:
        path: the recording, for messages.
        file: it, open.
        topic, messages: the colour images.
        camera: what they were taken with.
        depth: the depth frames, as they lie in the file.
    """

    def __init__(
        self,
        path: Path,
        file: MessageFile,
        topic: Topic,
        messages: Sequence[Message],
        camera: ColourCamera,
        depth: Sequence[Message],
    ) -> None:
        self._path, self._file, self._topic, self._messages = path, file, topic, messages
        self._camera = camera
        self._place_of = beside(messages, depth)

    def image(self, place: int) -> ColourImage | None:
        """The image beside the depth frame at ``place`` in the file's order, None without one."""
        found = int(self._place_of[place])
        return None if found < 0 else ColourImage(self._camera, partial(self._pixels, found))

    def _pixels(self, place: int) -> ColourPixels:
        try:
            message = self._file.read(self._messages[place])
            return colour_pixels(message, packed=is_packed(self._topic), cdr=self._topic.cdr)
        except MESSAGE_ERRORS as error:
            reason = "it is cut off" if isinstance(error, EOFError | struct.error) else str(error)
            raise FrameError(
                f"{self._path.name}: colour image {place} cannot be read: {reason}"
            ) from error


@dataclass(frozen=True, slots=True)
class NoColour:
    """Why a recording shows no colour, as a sentence."""

    reason: str

    def image(self, _place: int) -> None:
        """None."""


def no_colour(path: Path) -> NoColour:
    """A recording without a colour stream."""
    return NoColour(f"{path.name} has no colour")


def unusable(path: Path, error: Exception) -> NoColour:
    """A recording whose colour stream cannot be used because of ``error``."""
    reason = str(error) if isinstance(error, InvalidInputError) else "it is damaged"
    return NoColour(f"the colour in {path.name} cannot be shown: {reason}")


def beside(colour: Sequence[Message], depth: Sequence[Message]) -> NDArray[np.intp]:
    """For each depth message [N] the place of the colour image taken with it, -1 without one.

    That is the nearest one in time; where times stand still or jump, the last one in the file.
    """
    if not colour:
        return np.full(len(depth), -1, np.intp)
    times = np.array([message.recorded_ns for message in colour]) / 1e6
    wanted = np.array([message.recorded_ns for message in depth]) / 1e6
    steps = np.diff(times)
    if not ((steps > 0.0).all() and (np.diff(wanted) > 0.0).all()):
        places = [message.place for message in colour]
        last = [bisect_left(places, message.place) - 1 for message in depth]
        return np.maximum(np.array(last, np.intp), 0)
    after = np.clip(np.searchsorted(times, wanted), 1, max(len(times) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(times) - 1)
    nearest = np.where(wanted - times[before] <= times[after] - wanted, before, after)
    apart = max(APART_MS, 1.5 * float(np.median(steps)) if len(steps) else 0.0)
    return np.where(np.abs(times[nearest] - wanted) <= apart, nearest, -1)
