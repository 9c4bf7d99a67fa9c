"""The process in which the 3D view is drawn.

Drawing takes a software renderer 20-40 ms of several cores, and loading it a moment. In a thread of
the program it would stall the window and the tracker alike; in a process it cannot. A crash inside
a graphics driver ends only this process.

Protocol over one pipe: the parent sends a ``PictureRequest``; the child answers each with a
``str`` (why there is no picture) or the raw pixels [height, width, 4] uint8 (BGRA). ``None`` or a
closed pipe ends the child.
"""

from __future__ import annotations

import os
import signal
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from multiprocessing.connection import Connection
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from app.state.scene import Scene
from engine.camera import FloatArray
from engine.errors import CrossingHandsError

NICENESS: Final = 5
"""A software renderer must not take the processor from the tracker."""
NEAR_MM: Final = 10.0
FAR_MM: Final = 6000.0


class DrawingLibrary(Enum):
    """What draws the pictures; the value is its name for the user."""

    OPENGL = "OpenGL"
    OPEN3D = "Open3D"


@dataclass(frozen=True, slots=True)
class PictureStyle:
    """How a picture is drawn: ``width`` and ``height`` in pixels, which are ``scale`` times the
    view's; colours as RGB in [0, 1]; ``point_size`` in pixels; ``halos`` around the joints show
    their expected errors."""

    width: int
    height: int
    background: tuple[float, float, float]
    grid_colour: tuple[float, float, float]
    point_size: float
    scale: float = 1.0
    halos: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class PictureRequest:
    """One picture to make: ``T_view_from_camera`` [4, 4] and ``target_mm`` [3] in mm."""

    scene: Scene
    T_view_from_camera: NDArray[np.float64]
    target_mm: FloatArray
    style: PictureStyle


class Canvas(Protocol):
    """What draws pictures; all calls come from the thread that made it."""

    def picture(self, request: PictureRequest) -> bytearray | memoryview:
        """Pixels [height, width, 4] uint8 (BGRA) of the scene; the next picture overwrites them."""
        ...

    def close(self) -> None:
        """Let go of the graphics card."""
        ...


def serve(connection: Connection, library: DrawingLibrary) -> None:
    """Answer requests until told to end. Runs in the main thread of its own process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    try:
        _draw(connection, library)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except Exception as error:  # noqa: BLE001 - the top of a process: the parent shows the reason
        with suppress(OSError):
            connection.send_bytes(_in_words(error).encode())


def _draw(connection: Connection, library: DrawingLibrary) -> None:
    canvas = open_canvas(library)
    try:
        while (request := connection.recv()) is not None:
            connection.send_bytes(canvas.picture(request))
    finally:
        canvas.close()


def open_canvas(library: DrawingLibrary) -> Canvas:
    """The canvas of ``library``.

    Raises:
        MissingExtraError: if the library is not installed or cannot be loaded.
        RuntimeError: if there are no graphics that it can use.
    """
    # Imported here, so that a library that cannot be loaded is told as any other failure.
    if library is DrawingLibrary.OPEN3D:
        from app.views.open3d_canvas import Open3dCanvas

        return Open3dCanvas()
    from app.views.scene_canvas import SceneCanvas

    return SceneCanvas()


def _in_words(error: Exception) -> str:
    plain = type(error) is RuntimeError or isinstance(error, CrossingHandsError)
    return str(error) if plain else f"{type(error).__name__}: {error}"
