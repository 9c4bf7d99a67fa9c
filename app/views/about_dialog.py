"""About the program: what it is made of, to be copied into a report."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.style.icons import app_icon
from app.views.widgets import button_row
from engine.about import Details, details_text

SUMMARY: Final = (
    "Turns a depth camera into a metric 3D hand tracker, on a plain CPU.\n"
    "Free software under the MIT licence."
)
WAITING: Final = "Asking the device…"
ICON_PX: Final = 56


class AboutDialog(QDialog):
    """Does not wait for the details; they are shown when they come. GUI thread only."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"About {title}")
        self.setAccessibleName(f"About {title}")
        self._details: Details = ()
        image = QLabel()
        image.setPixmap(app_icon().pixmap(ICON_PX, ICON_PX))
        name, summary = QLabel(title), QLabel(SUMMARY)
        name.setObjectName("emptyTitle")
        summary.setObjectName("muted")
        self.waiting = QLabel(WAITING)
        self.waiting.setObjectName("muted")
        self.copy = QPushButton("Copy")
        self.copy.setToolTip("Copy all of this as text")
        self.copy.setEnabled(False)
        close = QPushButton("Close")
        close.setObjectName("primary")
        close.setDefault(True)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._grid.addWidget(self.waiting, 0, 0, 1, 2)
        titles = QVBoxLayout()
        titles.addWidget(name)
        titles.addWidget(summary)
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(image)
        head.addLayout(titles, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 16)
        column.setSpacing(18)
        column.addLayout(head)
        column.addLayout(self._grid)
        column.addStretch(1)
        column.addLayout(button_row(self.copy, close))
        self.setMinimumWidth(520)
        self.copy.clicked.connect(
            lambda: QGuiApplication.clipboard().setText(details_text(self._details))
        )
        close.clicked.connect(self.accept)

    @property
    def details(self) -> Details:
        """What is shown."""
        return self._details

    def show_details(self, details: Details) -> None:
        """Show what is known."""
        self.waiting.hide()
        self._details = details
        for row, (name, what) in enumerate(details, start=1):
            label, value = QLabel(name), QLabel(what)
            label.setObjectName("muted")
            value.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse
                | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            value.setAccessibleName(name)
            value.setWordWrap(True)
            self._grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, row, 1)
        self.copy.setEnabled(True)

    def show_error(self, text: str) -> None:
        """Why there are no details."""
        self.waiting.setText(text)
