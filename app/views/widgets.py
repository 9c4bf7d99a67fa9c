"""Small widgets that several views make alike: bars, buttons, number boxes, scrolled panels."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.style.theme import Theme
from app.views.timeline import tabular


class ThemedWidget(QWidget):
    """Paints itself in a theme's colours. GUI thread only."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self.update()


def button_row(*buttons: QPushButton, left: tuple[QPushButton, ...] = ()) -> QHBoxLayout:
    """The line of buttons below a dialog, at its right end; some at its ``left``."""
    row = QHBoxLayout()
    for button in left:
        row.addWidget(button)
    row.addStretch(1)
    for button in buttons:
        row.addWidget(button)
    return row


def paragraph(text: str = "", *, muted: bool = False) -> QLabel:
    """A text that is broken into lines, shown as it is."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    if muted:
        label.setObjectName("muted")
    return label


def lay_out_dialog(dialog: QWidget, *parts: QWidget | QLayout, tall: QWidget | None = None) -> None:
    """Put ``parts`` below one another; ``tall`` takes the height that is left."""
    column = QVBoxLayout(dialog)
    column.setContentsMargins(18, 18, 18, 14)
    column.setSpacing(12)
    for part in parts:
        if isinstance(part, QLayout):
            column.addLayout(part)
        else:
            column.addWidget(part, 1 if part is tall else 0)


def action_button(action: QAction, text: str = "") -> QToolButton:
    """A button that does ``action``: its icon alone, or with ``text`` beside it."""
    button = QToolButton()
    style = Qt.ToolButtonStyle.ToolButtonIconOnly
    if text:
        action.setIconText(text)
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    button.setDefaultAction(action)
    button.setToolButtonStyle(style)
    button.setIconSize(QSize(20, 20))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAccessibleName(action.text().replace("&", ""))
    return button


def set_up_menu_button(button: QToolButton, object_name: str, name: str, tip: str) -> None:
    """Make ``button`` open its menu at a click; ``name`` is read out."""
    button.setObjectName(object_name)
    button.setAccessibleName(name)
    button.setToolTip(tip)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)


def set_up_bar(bar: QToolBar, object_name: str) -> None:
    """Make ``bar`` stay where it is; its title is read out."""
    bar.setObjectName(object_name)
    bar.setAccessibleName(bar.windowTitle())
    bar.setMovable(False)
    bar.setFloatable(False)
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)


def grid_panel(
    object_name: str, margins: tuple[int, int, int, int], spacing: tuple[int, int]
) -> tuple[QWidget, QGridLayout]:
    """A panel and its grid, with ``spacing`` across and down."""
    panel = QWidget()
    panel.setObjectName(object_name)
    grid = QGridLayout(panel)
    grid.setContentsMargins(*margins)
    grid.setHorizontalSpacing(spacing[0])
    grid.setVerticalSpacing(spacing[1])
    return panel, grid


def fill(parent: QWidget, child: QWidget) -> None:
    """Lay ``child`` out as all there is in ``parent``."""
    column = QVBoxLayout(parent)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(child)


def number_box(name: str, tip: str) -> QSpinBox:
    """A narrow box for a whole number, which counts once Enter is pressed; ``name`` is read out."""
    box = QSpinBox()
    box.setAccessibleName(name)
    box.setToolTip(tip)
    box.setKeyboardTracking(False)
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
    box.setFont(tabular(box.font()))
    box.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    box.setFixedWidth(64)
    return box


def set_up_scroll_area(area: QScrollArea, object_name: str, name: str) -> None:
    """Make ``area`` a frameless panel that scrolls up and down only; ``name`` is read out."""
    area.setObjectName(object_name)
    area.setAccessibleName(name)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
