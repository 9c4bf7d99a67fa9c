"""The studio's buttons: follow or freeze, random hands, history, text, data out."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QToolButton, QWidget

from app.actions.commands import Command
from app.actions.menu_specs import STUDIO_ONLY
from app.studio.state import Readiness, StudioState
from app.views.widgets import number_box

MAX_SEED: Final = 99_999
BEFORE: Final = (Command.LATENT_FOLLOW, None, Command.LATENT_RANDOM)
AFTER: Final = (
    Command.LATENT_RESET,
    Command.LATENT_UNDO,
    Command.LATENT_REDO,
    None,
    Command.LATENT_COPY,
    Command.LATENT_PASTE,
    None,
    Command.LATENT_CLOUD,
    Command.LATENT_EXPORT,
)
WITH_TEXT: Final = (Command.LATENT_FOLLOW, Command.LATENT_RANDOM)


class StudioBar(QWidget):
    """Buttons in a line. GUI thread only."""

    seed_requested = Signal(int)
    """The random hand of this seed."""

    def __init__(self, actions: dict[Command, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("studioBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.seed = _seed_box()
        self.seed.editingFinished.connect(self._typed)
        self._asked = 0
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 5, 8, 5)
        row.setSpacing(3)
        for command in BEFORE:
            self._add(row, actions, command)
        label = QLabel("Seed")
        label.setObjectName("muted")
        label.setBuddy(self.seed)
        row.addSpacing(4)
        row.addWidget(label)
        row.addSpacing(2)
        row.addWidget(self.seed)
        row.addSpacing(10)
        for command in AFTER:
            self._add(row, actions, command)
        row.addStretch(1)

    def show_state(self, state: StudioState) -> None:
        """The seed of the random hand asked for last."""
        if state.seed != self._asked:
            self._asked = state.seed
            self.seed.setValue(state.seed)

    def next_seed(self) -> int:
        """The seed after the one shown."""
        return (self.seed.value() + 1) % (MAX_SEED + 1)

    def _typed(self) -> None:
        if self.seed.value() != self._asked:
            self.seed_requested.emit(self.seed.value())

    @staticmethod
    def _add(row: QHBoxLayout, actions: dict[Command, QAction], command: Command | None) -> None:
        if command is None:
            row.addSpacing(10)
            return
        button = QToolButton()
        button.setDefaultAction(actions[command])
        words = command in WITH_TEXT
        style = Qt.ToolButtonStyle
        button.setToolButtonStyle(
            style.ToolButtonTextBesideIcon if words else style.ToolButtonIconOnly
        )
        button.setIconSize(QSize(18, 18))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(actions[command].text().replace("&", ""))
        row.addWidget(button)


def show_studio(actions: dict[Command, QAction], state: StudioState) -> None:
    """Let the studio's actions offer what suits ``state``."""
    ready = state.readiness is Readiness.READY
    for command in STUDIO_ONLY:
        actions[command].setEnabled(ready)
    actions[Command.LATENT_FOLLOW].setChecked(state.following)
    actions[Command.LATENT_UNDO].setEnabled(ready and state.can_undo)
    actions[Command.LATENT_REDO].setEnabled(ready and state.can_redo)
    actions[Command.LATENT_CLOUD].setChecked(state.cloud)
    actions[Command.KEYFRAME_PLAY].setEnabled(ready and state.keyframes > 1)
    actions[Command.KEYFRAME_PLAY].setChecked(state.playing)


def _seed_box() -> QSpinBox:
    box = number_box(
        "Seed of the random hand", "The same seed gives the same hand; type one and press Enter"
    )
    box.setRange(0, MAX_SEED)
    return box
