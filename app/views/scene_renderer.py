"""The thread between the 3D view and the process that draws its pictures.

view --request()--> Mailbox (newest wins) --> thread --pipe--> process (OpenGL or Open3D)
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
from app.views.scene_process import DrawingLibrary, PictureRequest, PictureStyle, serve
from engine.camera import FloatArray
from engine.errors import MissingExtraError
from engine.extras import Extra, require_extra
from engine.mailbox import Mailbox
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
    """Draws scenes in a process of its own, with OpenGL or Open3D.

    ``request``, ``pictures.take``, ``failure``, ``set_library``, ``refusals.take``, ``set_shown``
    and ``close`` may be called from any thread. The process is ended when the view has been hidden
    for ``hidden_s``.
    """

    def __init__(self, hidden_s: float = 20.0) -> None:
        super().__init__("scene-renderer")
        self._patience_s = hidden_s
        self._hidden_since_s: float | None = None
        self._process: BaseProcess | None = None
        self._library = DrawingLibrary.OPENGL
        self._newest: SceneRequest | None = None
        self.refusals: Mailbox[str] = Mailbox()
        """Why Open3D does not draw though it was asked to, in words: OpenGL does."""

    @property
    def library(self) -> DrawingLibrary:
        """What draws."""
        return self._library

    def set_library(self, library: DrawingLibrary) -> None:
        """Draw with ``library`` in a process of its own, what is shown now too. If it cannot, it is
        told by ``refusals``."""
        if library is self._library:
            return
        if self._failure is not None:
            self.refusals.put(self._failure)
            return
        try:
            if library is DrawingLibrary.OPEN3D:
                require_extra(Extra.OPEN3D)
        except MissingExtraError as error:
            self.refusals.put(str(error))
        else:
            self._library = library

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
        request = self._requests.take(timeout_s=None)
        while request is not None and self._failure is None:
            self._newest, library = request, self._library
            self._serve(request, library)
            switched = self._library is not library and not self._requests.closed
            request = self._newest if switched else self._requests.take(timeout_s=None)

    def _serve(self, request: SceneRequest, library: DrawingLibrary) -> None:
        """A process from ``request`` on, until no other one is to be drawn by it."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=serve, args=(theirs, library), name="scene-3d", daemon=True
        )
        self._process = process
        listening = False
        try:
            process.start()
            theirs.close()
            listening = self._draw_while_shown(ours, request, library)
            if listening:
                ours.send(None)
        except (OSError, EOFError, RuntimeError) as error:
            if not self._requests.closed:
                self._fail(library, _in_words(error))
        finally:
            ours.close()
            _end(process, LEAVE_S if listening else 0.0)

    def _fail(self, library: DrawingLibrary, reason: str) -> None:
        """OpenGL draws where Open3D cannot; where OpenGL cannot, nothing does."""
        if library is DrawingLibrary.OPENGL:
            self._failure = reason
        elif self._library is library:
            self._library = DrawingLibrary.OPENGL
            self.refusals.put(reason)

    def _draw_while_shown(
        self, connection: Connection, request: SceneRequest, library: DrawingLibrary
    ) -> bool:
        """Serve ``request`` and those that follow, until there are none more, nobody has looked for
        a while or another library is to draw; returns whether the process waits for another one in
        the end."""
        scene: Scene = EMPTY_SCENE
        drawn: FrameResult | None = None
        timeout_s = FIRST_PICTURE_S
        following: SceneRequest | None = request
        while not self._requests.closed:
            if following is not None:
                self._newest = following
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
            if self._library is not library:
                self._newest = following or self._newest
                return True
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
