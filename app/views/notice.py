"""A large line and a few words where there is nothing to show yet."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.style.icons import pixmap
from app.style.theme import Theme

ICON_SIZE: Final = 72


class Notice(QWidget):
    """An icon, a large line, some words, and what else is given below them. GUI thread only."""

    def __init__(
        self, icon: str, theme: Theme, *below: QWidget, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("emptyState")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        middle = Qt.AlignmentFlag.AlignHCenter
        self._icon_name = icon
        self._icon = QLabel(alignment=middle)
        self._title = QLabel(alignment=middle)
        self._title.setObjectName("emptyTitle")
        self._text = QLabel(alignment=middle)
        self._text.setObjectName("muted")
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch(2)
        for widget in (self._icon, self._title, self._text, *below):
            column.addWidget(widget, 0, middle)
        column.addStretch(3)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        ratio = self.devicePixelRatioF()
        image = pixmap(self._icon_name, theme.muted, round(ICON_SIZE * ratio))
        image.setDevicePixelRatio(ratio)
        self._icon.setPixmap(image)
