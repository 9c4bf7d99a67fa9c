"""Results as pictures and films: depth, colour or both, with the skeletons drawn."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from PIL import Image

from engine.errors import ExportError
from engine.export.writer import ResultWriter
from engine.extras import Extra, load_extra
from engine.output import cannot_write, is_stream, replacing, replacing_folder
from engine.pictures.draw import depth_range_mm, draw_result
from engine.pictures.view import PictureView
from engine.types import FrameResult

VIDEO_SUFFIX: Final = ".mp4"
_CODEC: Final = "libx264"
_QUALITY: Final = {"crf": "20", "preset": "veryfast"}
_TICKS_PER_MS: Final = 90
"""Of the clock that MPEG's films have."""
_EASE: Final = 0.1
"""Share of the way to a frame's own depths by which the colours follow it."""


class _Painter:
    """Draws one result after the other, in false colours that do not flicker."""

    def __init__(self, view: PictureView) -> None:
        self._view = view
        self._range_mm: tuple[float, float] | None = None

    def draw(self, result: FrameResult) -> Image.Image:
        near, far = depth_range_mm(result.frame.depth_mm)
        if self._range_mm is not None:
            before_near, before_far = self._range_mm
            near = before_near + _EASE * (near - before_near)
            far = before_far + _EASE * (far - before_far)
        self._range_mm = (near, far)
        return draw_result(result, self._view, self._range_mm)


class PicturesWriter(ResultWriter):
    """A new folder of ``%06d.png``, numbered as the frames are; one thread at a time.

    Raises:
        ExportError: if the folder holds files or cannot be written.
    """

    def __init__(self, path: Path, view: PictureView) -> None:
        self.path = path
        self._painter = _Painter(view)
        self._stack = ExitStack()
        self._partial = self._stack.enter_context(replacing_folder(path))

    @property
    def written(self) -> tuple[Path, ...]:
        """The folder."""
        return (self.path,)

    def write(self, result: FrameResult) -> None:
        """Draw ``result``."""
        path = self._partial / f"{result.frame.index:06d}.png"
        try:
            self._painter.draw(result).save(path, compress_level=3)
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def close(self) -> None:
        """Give the folder its name."""
        self._stack.close()

    def _break_off(self, error: BaseException) -> None:
        self._stack.__exit__(type(error), error, error.__traceback__)


class VideoWriter(ResultWriter):
    """An MP4 (H.264) in which each frame lasts as long as it did; one thread at a time.

    Raises:
        MissingExtraError: if the library that writes films is not installed.
        ExportError: if the file cannot be written.
    """

    def __init__(self, path: Path, view: PictureView) -> None:
        if is_stream(path):
            raise ExportError(f"a film needs a file: give a name ending in {VIDEO_SUFFIX}")
        self.path = path
        self._av = load_extra(Extra.VIDEO)
        self._painter = _Painter(view)
        self._stack = ExitStack()
        partial = self._stack.enter_context(replacing(path))
        try:
            self._film: Any = self._av.open(str(partial), "w")
        except BaseException as error:
            self._break_off(error)
            raise
        self._stream: Any = None
        self._first_ms = 0.0
        self._last_tick = -1

    @property
    def written(self) -> tuple[Path, ...]:
        """The film."""
        return (self.path,)

    def write(self, result: FrameResult) -> None:
        """Draw ``result`` and add it."""
        picture = self._painter.draw(result)
        if self._stream is None:
            self._begin(picture, result)
        if picture.size != (self._stream.width, self._stream.height):
            picture = picture.resize((self._stream.width, self._stream.height))
        tick = round((result.frame.timestamp_ms - self._first_ms) * _TICKS_PER_MS)
        self._last_tick = max(tick, self._last_tick + 1)
        frame = self._av.VideoFrame.from_image(picture)
        frame.pts, frame.time_base = self._last_tick, self._time_base
        self._encode(frame)

    def close(self) -> None:
        """Complete the film.

        Raises:
            ExportError: if there was no frame, or it cannot be written.
        """
        if self._stream is None:
            error = ExportError(f"{self.path} is not written: there are no frames for it")
            self._break_off(error)
            raise error
        self._encode(None)
        self._film.close()
        self._stack.close()

    def _begin(self, picture: Image.Image, result: FrameResult) -> None:
        rate = Fraction(result.frame.camera.fps).limit_denominator(1001)
        self._time_base = Fraction(1, 1000 * _TICKS_PER_MS)
        self._stream = self._film.add_stream(_CODEC, rate=rate, options=_QUALITY)
        # H.264 halves the colours' size, so both sides are even.
        self._stream.width, self._stream.height = (side + side % 2 for side in picture.size)
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = self._time_base
        self._first_ms = result.frame.timestamp_ms

    def _encode(self, frame: Any) -> None:
        try:
            for packet in self._stream.encode(frame):
                self._film.mux(packet)
        except OSError as error:  # the library's errors are of this kind, too
            raise cannot_write(self.path, error) from error

    def _break_off(self, error: BaseException) -> None:
        with suppress(OSError, AttributeError):
            self._film.close()
        self._stack.__exit__(type(error), error, error.__traceback__)
