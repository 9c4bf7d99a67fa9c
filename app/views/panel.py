"""The line above each view: its title on the left, what it shows on the right, buttons."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

HEIGHT: Final = 34


class PanelHeader(QWidget):
    """A title, a quiet detail at the right, and room for a few buttons."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panelHeader")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._title = QLabel(title)
        self._title.setObjectName("panelTitle")
        self._detail = QLabel()
        self._detail.setObjectName("panelDetail")
        self._detail.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._detail.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 8, 2)
        row.setSpacing(10)
        row.addWidget(self._title)
        row.addWidget(self._detail, 1)
        self._row = row
        self.setFixedHeight(HEIGHT)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The fixed height, which a dock would not ask for otherwise."""
        return QSize(super().sizeHint().width(), HEIGHT)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As ``sizeHint``."""
        return QSize(super().minimumSizeHint().width(), HEIGHT)

    def set_detail(self, text: str) -> None:
        """The quiet text at the right."""
        self._detail.setText(text)

    def add_widget(self, widget: QWidget) -> None:
        """One more button at the right end."""
        self._row.addWidget(widget)


class Panel(QWidget):
    """A view under its head line."""

    def __init__(self, header: PanelHeader, body: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(header)
        column.addWidget(body, 1)
