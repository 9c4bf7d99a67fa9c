"""A few hints for the first run, one at a time, until they are put away."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolBar, QToolButton, QWidget

from app.style.icons import icon, pixmap
from app.style.theme import Theme
from app.views.widgets import set_up_bar

HINTS: Final = (
    "Choose a camera at the top left, or drop a recording on this window.",
    "Space pauses; Left and Right go through a recording frame by frame.",
    "Drag the 3D view to turn it, roll the wheel to zoom, double click to reset it.",
    "P plots pinch, angles and more over time; V shows them as numbers.",
    "H follows two hands, U shows how unsure each joint is, M mirrors the view.",
    "F1 lists every key. Panels can be moved, detached and hidden; Ctrl+0 puts them back.",
)
ICON_SIZE: Final = 18


class HintBar(QToolBar):
    """Shows one hint at a time; hidden once they were seen. GUI thread only."""

    done = Signal()
    """The hints were put away."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Hints", parent)
        set_up_bar(self, "hintBar")
        self._index = 0
        self._icon, self._text, self._count = QLabel(), QLabel(), QLabel()
        self._count.setObjectName("muted")
        self.further = QPushButton()
        self.close_button = QToolButton()
        self.close_button.setToolTip("Show no more hints; Help brings them back")
        self.close_button.setAccessibleName("Close the hints")
        self.close_button.setIconSize(QSize(14, 14))
        content = QWidget()
        row = QHBoxLayout(content)
        row.setContentsMargins(6, 5, 2, 5)
        row.setSpacing(10)
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        for widget in (self._count, self.further, self.close_button):
            row.addWidget(widget)
        self.addWidget(content)
        self.further.clicked.connect(self._go_on)
        self.close_button.clicked.connect(self._dismiss)
        self.set_theme(theme)
        self.hide()

    @property
    def text(self) -> str:
        """The hint that is shown."""
        return self._text.text()

    def begin(self) -> None:
        """Show the first hint."""
        self._index = 0
        self._show_hint()
        self.show()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        ratio = self.devicePixelRatioF()
        image = pixmap("info", theme.accent, round(ICON_SIZE * ratio))
        image.setDevicePixelRatio(ratio)
        self._icon.setPixmap(image)
        self.close_button.setIcon(icon("close", theme.text))

    def _go_on(self) -> None:
        if self._index + 1 == len(HINTS):
            self._dismiss()
        else:
            self._index += 1
            self._show_hint()

    def _show_hint(self) -> None:
        self._text.setText(HINTS[self._index])
        self._text.setAccessibleName(HINTS[self._index])
        self._count.setText(f"{self._index + 1} of {len(HINTS)}")
        last = self._index + 1 == len(HINTS)
        self.further.setText("Done" if last else "Next hint")

    def _dismiss(self) -> None:
        self.hide()
        self.done.emit()
