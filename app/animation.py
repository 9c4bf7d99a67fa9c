"""Pictures of the window as one moving picture, for documents."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from engine.errors import InvalidInputError
from engine.output import write_bytes

WIDTH: Final = 960
"""Pixels; larger pictures are shrunk."""
QUALITY: Final = 62


def save_animation(images: Sequence[QImage], path: Path, per_second: float) -> None:
    """Write ``images`` as a WebP that repeats, ``per_second`` of them a second.

    Raises:
        InvalidInputError: if ``path`` is no .webp, or Pillow, which writes them, is missing.
        ExportError: if the file cannot be written.
    """
    if path.suffix.lower() != ".webp":
        raise InvalidInputError(f"{path} would be a moving picture: end it in .webp")
    try:
        from PIL import Image
    except ImportError as error:
        raise InvalidInputError("moving pictures need Pillow: pip install pillow") from error
    first, *others = (
        Image.frombytes(
            "RGB", (one.width(), one.height()), bytes(one.constBits()), "raw", "RGB",
            one.bytesPerLine(), 1,
        )
        for one in map(_shrunk, images)
    )  # fmt: skip
    data = io.BytesIO()
    first.save(
        data, "WEBP", save_all=True, append_images=others, duration=round(1000 / per_second),
        loop=0, quality=QUALITY, method=4,
    )  # fmt: skip
    write_bytes(path, data.getvalue())


def _shrunk(image: QImage) -> QImage:
    if image.width() > WIDTH:
        image = image.scaledToWidth(WIDTH, Qt.TransformationMode.SmoothTransformation)
    return image.convertToFormat(QImage.Format.Format_RGB888)
