"""The panel of the 3D view: can be detached, moved and hidden."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDockWidget, QToolButton, QWidget

from app.icons import icon
from app.theme import Look
from app.views.panel import PanelHeader
from app.views.scene_view import SceneView


class SceneDock(QDockWidget):
    """A dock with the same head line as the other panel."""

    def __init__(self, view: SceneView, parent: QWidget | None = None) -> None:
        super().__init__("3D view", parent)
        self.setObjectName("sceneDock")
        header = PanelHeader("3D")
        self._float = _button("Detach the 3D view")
        self._hide = _button("Hide the 3D view")
        self._float.clicked.connect(lambda: self.setFloating(not self.isFloating()))
        self._hide.clicked.connect(self.close)
        header.add_widget(self._float)
        header.add_widget(self._hide)
        self.setTitleBarWidget(header)
        self.setWidget(view)

    def set_look(self, look: Look) -> None:
        """Use the colours of another theme."""
        self._float.setIcon(icon("detach", look.quiet))
        self._hide.setIcon(icon("close", look.quiet))


def _button(name: str) -> QToolButton:
    button = QToolButton()
    button.setToolTip(name)
    button.setAccessibleName(name)
    button.setIconSize(QSize(14, 14))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
