"""The bar of keyframes: keep hands, walk through them, write the walk."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.actions.commands import Command
from app.studio.views.thumbnails import SIDE, Thumbnails
from app.style.theme import Theme
from app.views.widgets import action_button, set_up_menu_button

HEIGHT: Final = SIDE + 24
KINDS: Final = (Command.WALK_LINEAR, Command.WALK_SPHERICAL)


class KeyframeBar(QWidget):
    """Keyframes and what is done with them. GUI thread only."""

    def __init__(
        self, theme: Theme, actions: dict[Command, QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("keyframeBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(HEIGHT)
        self.thumbnails = Thumbnails(theme)
        area = QScrollArea()
        area.setObjectName("thumbnails")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        area.setWidget(self.thumbnails)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 10, 4)
        row.setSpacing(6)
        row.addWidget(action_button(actions[Command.KEYFRAME_ADD], "Keyframe"))
        row.addWidget(action_button(actions[Command.KEYFRAME_PLAY], "Walk"))
        row.addSpacing(4)
        row.addWidget(area, 1)
        row.addWidget(_kind_button([actions[command] for command in KINDS]))

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.thumbnails.set_theme(theme)


def _kind_button(kinds: list[QAction]) -> QToolButton:
    """A button that names the kind of walk and offers the others."""
    button = QToolButton()
    tip = "How the walk goes from one keyframe to the next"
    set_up_menu_button(button, "speed", "Kind of walk", tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    menu = QMenu(button)
    menu.setToolTipsVisible(True)
    menu.addActions(kinds)
    button.setMenu(menu)

    def name() -> None:
        chosen = next((kind for kind in kinds if kind.isChecked()), kinds[0])
        button.setText(chosen.text().replace("&", "").removesuffix(" walk"))

    for kind in kinds:
        kind.toggled.connect(name)
    name()
    return button
