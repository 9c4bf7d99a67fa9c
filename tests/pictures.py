"""Pixels of a picture with hands, as it is painted."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint

from app.views.hand_picture import HandPicture


def rgb_at(view: HandPicture, u: float, v: float) -> tuple[int, int, int]:
    """The colour (0-255) that is painted at column ``u`` and row ``v`` of the view's image."""
    place = view.placement()
    assert place is not None
    x, y = place.to_widget(np.array([u, v], dtype=np.float32))
    colour = view.grab().toImage().pixelColor(QPoint(round(float(x)), round(float(y))))
    return colour.red(), colour.green(), colour.blue()
