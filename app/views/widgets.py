"""Small widgets that several views make alike: rows of buttons, number boxes, scrolled panels."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QSpinBox

from app.views.timeline import tabular


def button_row(*buttons: QPushButton) -> QHBoxLayout:
    """The line of buttons below a dialog, at its right end."""
    row = QHBoxLayout()
    row.addStretch(1)
    for button in buttons:
        row.addWidget(button)
    return row


def number_box(name: str, tip: str) -> QSpinBox:
    """A narrow box for a whole number, which counts once Enter is pressed; ``name`` is read out."""
    box = QSpinBox()
    box.setAccessibleName(name)
    box.setToolTip(tip)
    box.setKeyboardTracking(False)
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
    box.setFont(tabular(box.font()))
    box.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    box.setFixedWidth(64)
    return box


def set_up_scroll_area(area: QScrollArea, object_name: str, name: str) -> None:
    """Make ``area`` a frameless panel that scrolls up and down only; ``name`` is read out."""
    area.setObjectName(object_name)
    area.setAccessibleName(name)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
