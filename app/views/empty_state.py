"""What the depth panel says before there is a picture."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.state.window_state import Phase, WindowState, short_name
from app.style.theme import Theme
from app.views.notice import Notice
from engine.caches import kernels_kept

HOW_TO_BEGIN: Final = (
    "Connect a RealSense camera, or drop a recording (.bag, .db3, .mcap)\n"
    "or a folder of depth images anywhere on this window."
)
FIRST_START: Final = "The first start takes a minute: code is compiled for this processor."


class EmptyState(Notice):
    """Title, a few words, and the ways to begin."""

    recording_requested = Signal()
    synthetic_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        choices = QWidget()
        opening = QPushButton("Open recording…")
        opening.setObjectName("primary")
        synthetic = QPushButton("Synthetic camera")
        buttons = QHBoxLayout(choices)
        buttons.setSpacing(10)
        buttons.addWidget(opening)
        buttons.addWidget(synthetic)
        super().__init__("synthetic", theme, choices, parent=parent)
        self._buttons = choices
        self._first_start = not kernels_kept()
        opening.clicked.connect(self.recording_requested)
        synthetic.clicked.connect(self.synthetic_requested)
        self.show_state(WindowState())

    @property
    def title(self) -> str:
        """The large line."""
        return self._title.text()

    def show_state(self, state: WindowState) -> None:
        """Say what is awaited, or how to begin if nothing is."""
        opening = state.opening or (state.session.name if state.session else "")
        waiting = bool(opening) and state.phase is not Phase.FAILED
        doing = "Opening…" if state.opening else "Waiting for the first frame…"
        self._title.setText(doing if waiting else "Show a hand to a depth camera")
        text = FIRST_START if self._first_start else short_name(opening)
        self._text.setText(text if waiting else HOW_TO_BEGIN)
        self._buttons.setVisible(not waiting)
