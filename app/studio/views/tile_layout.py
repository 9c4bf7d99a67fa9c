"""Finds room for square pictures under titles, and for a line or corner of health."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF

TITLE_HEIGHT: Final = 26.0
LINE_HEIGHT: Final = 38.0
GAP: Final = 12.0
MARGIN: Final = 12.0
MIN_SIDE: Final = 16.0


@dataclass(frozen=True, slots=True)
class TileLayout:
    """Squares for the pictures, each with a title above it, and what is left for the health."""

    pictures: tuple[QRectF, ...]
    health: QRectF


def tile_layout(count: int, width: float, height: float, *, health: bool) -> TileLayout:
    """The largest squares for ``count`` pictures: in a row, in a column or in two rows.

    Where the last row has a free place the health stands there, else in a line below.
    """
    options = [
        _in_columns(columns, count, width, height, health) for columns in range(1, count + 1)
    ]
    if not options:
        return TileLayout((), QRectF())
    return max(options, key=lambda option: option.pictures[0].width())


def _in_columns(columns: int, count: int, width: float, height: float, health: bool) -> TileLayout:
    rows = -(-count // columns)
    below = LINE_HEIGHT if health and columns * rows == count else 0.0
    room = height - below - (0.0 if below else MARGIN)
    across = (width - 2 * MARGIN - (columns - 1) * GAP) / columns
    side = max(min(across, room / rows - TITLE_HEIGHT), MIN_SIDE)
    left = (width - columns * side - (columns - 1) * GAP) / 2
    top = max((room - rows * (side + TITLE_HEIGHT)) / 2, 0.0)

    def cell(k: int) -> QRectF:
        x = left + (k % columns) * (side + GAP)
        y = top + TITLE_HEIGHT + (k // columns) * (side + TITLE_HEIGHT)
        return QRectF(x, y, side, side)

    pictures = tuple(cell(k) for k in range(count))
    if not health:
        return TileLayout(pictures, QRectF())
    line = QRectF(left, pictures[-1].bottom(), width - 2 * left, LINE_HEIGHT)
    return TileLayout(pictures, line if below else cell(count).adjusted(4, 0, 0, 0))
