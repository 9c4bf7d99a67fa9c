"""What the studio says while its networks are loaded, or why they cannot be."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QWidget

from app.studio.state import Readiness, StudioState
from app.style.theme import Theme
from app.views.notice import Notice

TEXT_WIDTH: Final = 440


class LoadingNotice(Notice):
    """A large line and a few words. GUI thread only."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("latent", theme, parent=parent)
        self._text.setWordWrap(True)
        self._text.setFixedWidth(TEXT_WIDTH)
        self.show_state(StudioState())

    @property
    def text(self) -> str:
        """What is said below the large line."""
        return self._text.text()

    def show_state(self, state: StudioState) -> None:
        """Say what is awaited, or what went wrong."""
        failed = state.readiness is Readiness.FAILED
        self._title.setText("The studio cannot start" if failed else "Loading the networks…")
        self._text.setText(state.error)
