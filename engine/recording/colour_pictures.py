"""Colour beside depth on its way into a recording: as JPEG, which is ten times smaller than PNG."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image

from engine.colour import ColourCamera, ColourImage
from engine.errors import SourceError
from engine.types import Frame

_QUALITY: Final = 90
_SUBSAMPLING: Final = 1
"""Colours at half the width, as cameras send them."""


class ColourPictures:
    """Encodes the colour of one frame after another; one thread at a time.

    An image that belongs to several frames, of a camera whose colour is slower than its depth, is
    encoded once. One that cannot be read is left out, and so is one of another camera than the
    first one's, as a recording describes one.
    """

    def __init__(self) -> None:
        self._camera: ColourCamera | None = None
        self._last: tuple[ColourImage, bytes] | None = None

    def encoded(self, frame: Frame) -> bytes | None:
        """The colour beside ``frame`` as a JPEG; None without one."""
        colour = frame.colour
        if colour is None:
            return None
        self._camera = self._camera or colour.camera
        camera = colour.camera
        if (camera.width, camera.height) != (self._camera.width, self._camera.height):
            return None
        if self._last is None or self._last[0] is not colour:
            try:
                pixels = colour.pixels()
            except SourceError:
                return None
            file = io.BytesIO()
            picture = Image.fromarray(pixels)
            picture.save(file, "JPEG", quality=_QUALITY, subsampling=_SUBSAMPLING)
            self._last = colour, file.getvalue()
        return self._last[1]
