"""RealSense recordings, ``.bag`` and ``.db3``, frame by frame in any order.

The files are read here and not through the SDK: its player delivers frames one after another
only, blocks for seconds when it is paused or made to seek, and crashes on damaged files.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera
from engine.errors import FrameError, InvalidInputError, SourceError
from engine.sources.bag_depth import BagDepth
from engine.sources.db3_depth import Db3Depth
from engine.sources.depth_units import depth_in_mm
from engine.sources.lens import Lens, Rectifier
from engine.sources.recording import Recording
from engine.sources.recording_check import check_recording
from engine.types import Frame


class DepthTrack(Protocol):
    """The depth stream of an open file.

    ``name`` is the camera's, empty if unknown; ``times_ms`` says when each frame was taken, on
    any clock. Every method raises one of ``errors`` where the file is damaged.
    """

    errors: tuple[type[Exception], ...]
    name: str
    lens: Lens
    unit_m: float
    fps: float
    times_ms: NDArray[np.float64]

    def raw(self, index: int) -> tuple[NDArray[np.uint16], float]:
        """Depth [H, W] in units of ``unit_m``, and the frame's stamp in ms."""
        ...

    def close(self) -> None: ...


class RealSenseRecording(Recording):
    """Every depth frame of a ``.bag`` or ``.db3`` file. One thread reads; any thread may close.

    Raises:
        SourceError: if the file is not usable, see ``check_recording``.
    """

    def __init__(self, path: Path) -> None:
        check_recording(path)
        self._path = path
        self._track = _open(path)
        try:
            self._rectifier = Rectifier(self._track.lens)
            camera = _camera(path, self._track, self._rectifier.lens)
            times_ms = self._track.times_ms
            remark = self._rectifier.notice
            super().__init__(path.name, camera, times_ms - times_ms[0], remark)
            self._load(0)
        except FrameError as error:
            self._track.close()
            raise SourceError(f"{path} cannot be played: {error}") from error
        except SourceError:
            self._track.close()
            raise

    def _load(self, index: int) -> Frame:
        camera = self.camera
        try:
            raw, stamp_ms = self._track.raw(index)
        except self._track.errors as error:
            if not self._path.exists():
                raise SourceError(f"{self._path} is gone: it was moved or removed") from error
            raise FrameError(f"frame {index} is damaged: {_one_line(error)}") from error
        if raw.shape != self._rectifier.shape:
            raise FrameError(f"frame {index} is of another size")
        depth_mm = depth_in_mm(self._rectifier(raw), camera.depth_unit_mm)
        return Frame(depth_mm, stamp_ms, index, camera)

    def _release(self) -> None:
        self._track.close()


def _open(path: Path) -> DepthTrack:
    kind: type[BagDepth] | type[Db3Depth] = Db3Depth
    if path.suffix.lower() == ".bag":
        kind = BagDepth
    try:
        return kind(path)
    except kind.errors as error:
        raise SourceError(f"{path} cannot be played: it is damaged ({_one_line(error)})") from error


def _camera(path: Path, track: DepthTrack, lens: Lens) -> Camera:
    try:
        return lens.camera(track.unit_m, track.fps, track.name or path.name)
    except InvalidInputError as error:
        raise SourceError(f"{path}: {error}") from error


def _one_line(error: BaseException) -> str:
    if isinstance(error, EOFError | struct.error):
        return "it is cut off"
    return " ".join(str(error).split()) or type(error).__name__
