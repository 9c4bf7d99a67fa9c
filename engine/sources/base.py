"""The one protocol every depth source follows."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera
from engine.types import Frame


@runtime_checkable
class DepthSource(Protocol):
    """A stream of depth frames, opened by its constructor.

    One thread calls ``read`` and ``rewind``; ``close`` may be called from any thread, also
    while ``read`` waits, and more than once. A closed source has ended.

    ``name`` is for people; ``camera`` is valid from construction on; ``live`` says what happens
    to frames nobody reads: True, they are lost and the newest wins; False, every frame is
    delivered once, in order. ``frame_count`` is None where it is not known beforehand.
    """

    @property
    def name(self) -> str: ...

    @property
    def camera(self) -> Camera: ...

    @property
    def live(self) -> bool: ...

    @property
    def frame_count(self) -> int | None: ...

    @property
    def ended(self) -> bool:
        """True once the last frame was delivered, or the source was closed."""
        ...

    @property
    def notice(self) -> str | None:
        """One sentence for the user, e.g. "a.bag stops early: 17 of 33 frames were read"."""
        ...

    def read(self, timeout_ms: float = 1000.0) -> Frame | None:
        """Return the next frame, or None if none arrived in time or the source has ended.

        Raises:
            CameraError: if a live camera was lost.
        """
        ...

    def rewind(self) -> None:
        """Start again from frame 0, also after the end; a live source just goes on.

        Only the reading thread may call it.

        Raises:
            SourceError: if the source was closed or cannot be opened again.
        """
        ...

    def close(self) -> None: ...


@runtime_checkable
class SeekableSource(DepthSource, Protocol):
    """A recording: its frames can be had in any order, and frame k is the same each time.

    ``frame_at`` belongs to the reading thread, as ``read`` does, and leaves ``read`` where it is.
    """

    @property
    def frame_count(self) -> int: ...

    @property
    def timeline_ms(self) -> NDArray[np.float64]:
        """When each frame was taken: [frame_count], ms since the first, never falling.

        It is for showing; a long compressed recording gives it to within some milliseconds.
        """
        ...

    def frame_at(self, index: int) -> Frame:
        """Return frame ``index``, stamped as it was recorded.

        Raises:
            FrameError: if this frame is damaged; others may be whole.
            SourceError: if there is no such frame, or the recording is closed or gone.
        """
        ...


class ConnectionState(Enum):
    """How a camera is connected.

    ::

        CONNECTED --no frames--> LOST --unplugged--> UNPLUGGED --plugged in--> LOST
                                 LOST --frames--> RECONNECTED --some seconds--> CONNECTED
    """

    CONNECTED = "connected"
    LOST = "lost"
    """Attached, but silent: it is being opened again."""
    UNPLUGGED = "unplugged"
    """Not attached: it is waited for."""
    RECONNECTED = "reconnected"
    """Frames have just begun to come again."""

    @property
    def delivering(self) -> bool:
        """Whether frames come."""
        return self in (ConnectionState.CONNECTED, ConnectionState.RECONNECTED)


@dataclass(frozen=True, slots=True)
class Connection:
    """A camera's connection at one moment: its state and a sentence about it, empty if all is
    well; ``advice`` are sentences about what could be better, each of which may go again.
    """

    state: ConnectionState = ConnectionState.CONNECTED
    text: str = ""
    advice: tuple[str, ...] = ()


WELL_CONNECTED: Final = Connection()


@runtime_checkable
class ReconnectingSource(DepthSource, Protocol):
    """A live source that outlives its camera's connection: while there is none, ``read`` gives
    None in time, and frames go on by themselves when the camera is back.
    """

    @property
    def connection(self) -> Connection:
        """How it stands; any thread may ask."""
        ...


@runtime_checkable
class ColourSwitch(Protocol):
    """A live source that reads colour only while somebody wants to see it."""

    def show_colour(self, on: bool) -> None:
        """Let frames carry colour from one of the next on, or no more; any thread may ask."""
        ...


def repaired_stamp(stamp_ms: float, last_ms: float | None, fps: float) -> float:
    """Return ``stamp_ms``, or what replaces it after ``last_ms`` (None at the beginning), in ms.

    Recordings repeat, reset or damage their stamps, and everything that filters over time divides
    by their differences. A bad stamp becomes the last one plus one frame period.
    """
    if last_ms is None:
        return stamp_ms if math.isfinite(stamp_ms) else 0.0
    if math.isfinite(stamp_ms) and stamp_ms > last_ms:
        return stamp_ms
    return last_ms + 1000.0 / fps


class Timestamps:
    """Makes a source's timestamps finite and strictly increasing, see ``repaired_stamp``.

    Used by one thread, the one that reads.
    """

    def __init__(self, fps: float) -> None:
        self._fps = fps
        self._last_ms: float | None = None

    def next(self, stamp_ms: float) -> float:
        """Return ``stamp_ms`` or what replaces it, in ms."""
        self._last_ms = repaired_stamp(stamp_ms, self._last_ms, self._fps)
        return self._last_ms

    def repaired(self, frame: Frame) -> Frame:
        """Return ``frame`` with its stamp put right."""
        return restamped(frame, self.next(frame.timestamp_ms))


def restamped(frame: Frame, stamp_ms: float) -> Frame:
    """Return ``frame`` with another stamp; the image is shared."""
    return frame if stamp_ms == frame.timestamp_ms else replace(frame, timestamp_ms=stamp_ms)


def early_end(name: str, read: int, expected: int | None, reason: str = "") -> str:
    """The notice for a recording that ends before its last frame."""
    of_all = f" of {expected}" if expected else ""
    frames = "frame was" if read == 1 and not expected else "frames were"
    because = f" ({reason})" if reason else ""
    return f"{name} stops early: {read}{of_all} {frames} read{because}"
