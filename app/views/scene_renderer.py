"""The thread between the 3D view and the process that draws its pictures.

view --request()--> Mailbox (newest wins) --> thread --pipe--> process (OpenGL)
view <--pictures--- Mailbox (newest wins) <-- thread <--pipe--
"""

from __future__ import annotations

import multiprocessing
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.request_thread import RequestThread
from app.state.scene import EMPTY_SCENE, Scene, scene_from_result
from app.views.orbit import Orbit
from app.views.scene_process import PictureRequest, PictureStyle, serve
from engine.camera import FloatArray
from engine.types import FrameResult

FIRST_PICTURE_S: Final = 120.0
"""Starting the process on a busy machine can take this long."""
PICTURE_S: Final = 15.0
POLL_S: Final = 0.05
LEAVE_S: Final = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class SceneRequest:
    """What the view wants drawn: ``scene`` or, without one, what ``result`` shows, around
    ``target_mm`` [3]."""

    result: FrameResult | None
    scene: Scene | None
    orbit: Orbit
    target_mm: FloatArray
    style: PictureStyle


@dataclass(frozen=True, slots=True, eq=False)
class ScenePicture:
    """A finished picture: ``pixels`` [height, width, 4] uint8 (BGRA), and how long it took."""

    pixels: NDArray[np.uint8]
    request: SceneRequest
    draw_ms: float


class SceneRenderer(RequestThread[SceneRequest, ScenePicture]):
    """Draws scenes with OpenGL in a process of its own.

    ``request``, ``pictures.take``, ``failure``, ``set_shown`` and ``close`` may be called from any
    thread. The process is ended when the view has been hidden for ``hidden_s``.
    """

    def __init__(self, hidden_s: float = 20.0) -> None:
        super().__init__("scene-renderer")
        self._patience_s = hidden_s
        self._hidden_since_s: float | None = None
        self._process: BaseProcess | None = None

    @property
    def drawing(self) -> bool:
        """Whether the process is there."""
        process = self._process
        return process is not None and process.is_alive()

    def set_shown(self, shown: bool) -> None:
        """Whether pictures can be seen: the process, which takes 200 MB, ends some time after they
        no longer can, and is begun again with the next request."""
        self._hidden_since_s = None if shown else time.monotonic()

    def _run(self) -> None:
        while (request := self._requests.take(timeout_s=None)) is not None:
            if not self._serve(request):
                return

    def _serve(self, request: SceneRequest) -> bool:
        """A process from ``request`` on; returns whether another may follow it."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs,), name="scene-3d", daemon=True)
        self._process = process
        listening = False
        try:
            process.start()
            theirs.close()
            listening = self._draw_while_shown(ours, request)
            if listening:
                ours.send(None)
        except (OSError, EOFError, RuntimeError) as error:
            if not self._requests.closed:
                self._failure = _in_words(error)
        finally:
            ours.close()
            _end(process, LEAVE_S if listening else 0.0)
        return listening

    def _draw_while_shown(self, connection: Connection, request: SceneRequest) -> bool:
        """Serve ``request`` and those that follow, until there are none more or nobody has looked
        for a while; returns whether the process waits for another one in the end."""
        scene: Scene = EMPTY_SCENE
        drawn: FrameResult | None = None
        timeout_s = FIRST_PICTURE_S
        following: SceneRequest | None = request
        while not self._requests.closed:
            if following is not None:
                begun = time.perf_counter()
                if following.scene is None and following.result is not drawn:
                    drawn = following.result
                    scene = EMPTY_SCENE if drawn is None else scene_from_result(drawn)
                connection.send(_for_process(following, following.scene or scene))
                pixels = self._receive(connection, following, timeout_s)
                if pixels is None:
                    return False
                timeout_s = PICTURE_S
                draw_ms = (time.perf_counter() - begun) * 1000.0
                self.pictures.put(ScenePicture(pixels, following, draw_ms))
            elif self._is_forgotten():
                return True
            following = self._requests.take(0.5)  # is it hidden still?
        return True

    def _is_forgotten(self) -> bool:
        since_s = self._hidden_since_s
        return since_s is not None and time.monotonic() - since_s > self._patience_s

    def _receive(
        self, connection: Connection, request: SceneRequest, timeout_s: float
    ) -> NDArray[np.uint8] | None:
        deadline = time.monotonic() + timeout_s
        while not connection.poll(POLL_S):
            if self._requests.closed:
                return None
            if time.monotonic() > deadline:
                raise RuntimeError("the 3D renderer does not answer")
        data = connection.recv_bytes()
        style = request.style
        if len(data) != style.width * style.height * 4:
            raise RuntimeError(data.decode(errors="replace"))
        return np.frombuffer(data, dtype=np.uint8).reshape(style.height, style.width, 4)


def _for_process(request: SceneRequest, scene: Scene) -> PictureRequest:
    view = request.orbit.extrinsic(request.target_mm)
    return PictureRequest(scene, view, request.target_mm, request.style)


def _end(process: BaseProcess, timeout_s: float) -> None:
    """Wait for the process to end by itself; one that is busy or stuck is killed."""
    if process.pid is None:
        return
    process.join(timeout_s)
    if process.is_alive():
        process.kill()
        process.join()


def _in_words(error: BaseException) -> str:
    if isinstance(error, EOFError | ConnectionError):
        return "the 3D renderer ended unexpectedly"
    return str(error) or type(error).__name__
