"""The program's own icons: SVG line drawings tinted with the theme's colours."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

ICON_FOLDER: Final = Path(__file__).resolve().parents[2] / "assets" / "icons"
SIZES: Final = (16, 20, 24, 32, 48, 64)
APP_SIZES: Final = (16, 24, 32, 48, 64, 128, 256)


def icon(name: str, colour: str, disabled: str | None = None) -> QIcon:
    """The drawing ``name`` in ``colour`` (CSS), in ``disabled`` where it cannot be used."""
    drawn = QIcon()
    for size in SIZES:
        drawn.addPixmap(pixmap(name, colour, size))
        if disabled is not None:
            drawn.addPixmap(pixmap(name, disabled, size), QIcon.Mode.Disabled)
    return drawn


def app_icon() -> QIcon:
    """The program's icon, in its own colours."""
    drawn = QIcon()
    for size in APP_SIZES:
        drawn.addPixmap(pixmap("app", "#ffffff", size))
    return drawn


def pixmap(name: str, colour: str, size: int) -> QPixmap:
    """The drawing ``name`` as a transparent square of ``size`` device pixels."""
    svg = (ICON_FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(svg.replace("currentColor", colour).encode()))
    image = QPixmap(size, size)
    image.fill(Qt.GlobalColor.transparent)
    with QPainter(image) as painter:
        renderer.render(painter, QRectF(0, 0, size, size))
    return image
