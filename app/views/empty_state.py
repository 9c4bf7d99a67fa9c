"""What the depth panel says before there is a picture."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.icons import pixmap
from app.theme import Look
from app.window_state import Phase, WindowState, short_name

ICON_SIZE: Final = 72
HOW_TO_BEGIN: Final = (
    "Connect a RealSense camera, or drop a recording (.bag, .db3)\n"
    "or a folder of depth images anywhere on this window."
)


class EmptyState(QWidget):
    """Title, a few words, and the ways to begin."""

    recording_asked = Signal()
    synthetic_asked = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("emptyState")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._icon = QLabel(alignment=Qt.AlignmentFlag.AlignHCenter)
        self._title = QLabel(alignment=Qt.AlignmentFlag.AlignHCenter)
        self._title.setObjectName("emptyTitle")
        self._words = QLabel(alignment=Qt.AlignmentFlag.AlignHCenter)
        self._words.setObjectName("quiet")
        self._buttons = QWidget()
        opening = QPushButton("Open recording…")
        opening.setObjectName("primary")
        opening.clicked.connect(self.recording_asked)
        synthetic = QPushButton("Synthetic camera")
        synthetic.clicked.connect(self.synthetic_asked)
        buttons = QHBoxLayout(self._buttons)
        buttons.setSpacing(10)
        buttons.addWidget(opening)
        buttons.addWidget(synthetic)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch(2)
        middle = Qt.AlignmentFlag.AlignHCenter
        for widget in (self._icon, self._title, self._words, self._buttons):
            column.addWidget(widget, 0, middle)
        column.addStretch(3)
        self.set_look(look)
        self.show_state(WindowState())

    @property
    def title(self) -> str:
        """The large line."""
        return self._title.text()

    def set_look(self, look: Look) -> None:
        """Use the colours of another theme."""
        ratio = self.devicePixelRatioF()
        image = pixmap("synthetic", look.quiet, round(ICON_SIZE * ratio))
        image.setDevicePixelRatio(ratio)
        self._icon.setPixmap(image)

    def show_state(self, state: WindowState) -> None:
        """Say what is awaited, or how to begin if nothing is."""
        opening = state.opening or (state.session.name if state.session else "")
        waiting = bool(opening) and state.phase is not Phase.FAILED
        doing = "Opening…" if state.opening else "Waiting for the first frame…"
        self._title.setText(doing if waiting else "Show a hand to a depth camera")
        self._words.setText(short_name(opening) if waiting else HOW_TO_BEGIN)
        self._buttons.setVisible(not waiting)
