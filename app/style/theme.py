"""Dark and light themes: one set of named colours each, as a palette and a style sheet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from app.style.icons import ICON_FOLDER

_ARROW: Final = ICON_FOLDER / "down.svg"
"""A style sheet takes no drawing but from a file: one grey for both themes."""


class ThemeChoice(Enum):
    """What the user asked for."""

    SYSTEM = "system"
    DARK = "dark"
    LIGHT = "light"


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours by role, as CSS hexadecimal numbers."""

    window: str
    bar: str
    raised: str
    hover: str
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    success: str
    warning: str
    error: str
    error_background: str
    warning_background: str
    info_background: str


DARK: Final = Theme(
    window="#16181d",
    bar="#1d2026",
    raised="#272b33",
    hover="#323743",
    border="#2c3039",
    text="#e4e7ed",
    muted="#98a0ae",
    accent="#4cb3a5",
    on_accent="#0d1513",
    success="#4fc58c",
    warning="#e2b04a",
    error="#ef7468",
    error_background="#4a2427",
    warning_background="#463817",
    info_background="#1d3845",
)
LIGHT: Final = Theme(
    window="#eceef2",
    bar="#f8f9fb",
    raised="#ffffff",
    hover="#e4e8ee",
    border="#d3d8e0",
    text="#1d222b",
    muted="#5d6675",
    accent="#14786c",
    on_accent="#ffffff",
    success="#1c8a57",
    warning="#9a6b06",
    error="#c2382e",
    error_background="#fbe0de",
    warning_background="#fbedcb",
    info_background="#d9ecf5",
)

_STYLE: Final = """
QMainWindow, QDialog {{ background: {window}; }}
QMainWindow::separator {{ background: {window}; width: 6px; height: 6px; }}
QMainWindow::separator:hover {{ background: {accent}; }}
QMenuBar {{ background: {bar}; padding: 3px 6px; }}
QMenuBar::item {{ padding: 4px 9px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected {{ background: {hover}; }}
QMenu {{ background: {raised}; border: 1px solid {border}; padding: 5px; }}
QMenu::item {{ padding: 6px 26px 6px 10px; border-radius: 4px; }}
QMenu::item:selected {{ background: {hover}; color: {text}; }}
QMenu::item:disabled {{ color: {muted}; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::separator {{ height: 1px; background: {border}; margin: 5px 8px; }}
QToolBar {{ background: {bar}; border: none; border-bottom: 1px solid {border};
    padding: 6px 10px; spacing: 4px; }}
QToolBar::separator {{ background: {border}; width: 1px; margin: 4px 7px; }}
QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 6px;
    padding: 5px; color: {text}; }}
QToolButton:hover {{ background: {hover}; }}
QToolButton:pressed, QToolButton:checked {{ background: {raised}; border-color: {border}; }}
QToolButton:focus {{ border-color: {accent}; }}
QToolButton:disabled {{ color: {muted}; }}
QToolButton#sourceChooser, QToolButton#speed {{ background: {raised}; border-color: {border};
    padding: 5px 26px 5px 9px; font-weight: 500; text-align: left; }}
QToolButton#speed {{ padding: 4px 22px 4px 8px; font-weight: normal; }}
QToolButton#sourceChooser:hover, QToolButton#speed:hover {{ background: {hover}; }}
QToolButton#sourceChooser::menu-indicator, QToolButton#speed::menu-indicator {{
    subcontrol-position: right center; right: 9px; width: 9px; }}
QToolButton#record {{ padding-right: 19px; }}
QToolButton#record::menu-button {{ width: 16px; border: none; background: transparent; }}
QToolButton#record::menu-arrow {{ width: 9px; }}
QToolButton#details {{ padding: 0px; }}
#replayBar {{ border: none; border-top: 1px solid {border}; padding: 4px 10px 2px 8px; }}
QSpinBox {{ background: {raised}; border: 1px solid {border}; border-radius: 5px; color: {text};
    padding: 3px 0px; selection-background-color: {accent}; selection-color: {on_accent}; }}
QSpinBox::up-button, QSpinBox::down-button {{ width: 0px; border: none; }}
QSpinBox:focus {{ border-color: {accent}; }}
QSpinBox:disabled {{ color: {muted}; }}
QPushButton {{ background: {raised}; border: 1px solid {border}; border-radius: 6px;
    padding: 7px 15px; color: {text}; }}
QPushButton:hover {{ background: {hover}; }}
QPushButton:focus {{ border-color: {accent}; }}
QPushButton#primary {{ background: {accent}; border-color: {accent}; color: {on_accent};
    font-weight: 600; }}
QPushButton:disabled, QPushButton#primary:disabled {{ color: {muted}; background: {bar};
    border-color: {border}; }}
QLineEdit {{ background: {raised}; border: 1px solid {border}; border-radius: 5px;
    color: {text}; padding: 5px 8px; selection-background-color: {accent};
    selection-color: {on_accent}; }}
QLineEdit:focus {{ border-color: {accent}; }}
QLineEdit:disabled {{ color: {muted}; }}
QDialog QSpinBox {{ padding: 5px 8px; }}
QProgressBar {{ background: {hover}; border: none; border-radius: 4px; max-height: 8px;
    color: transparent; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 4px; }}
QScrollBar:vertical {{ background: transparent; width: 11px; margin: 0px; }}
QScrollBar:horizontal {{ background: transparent; height: 11px; margin: 0px; }}
QScrollBar::handle {{ background: {border}; border-radius: 4px; margin: 2px; min-height: 28px;
    min-width: 28px; }}
QScrollBar::handle:hover {{ background: {muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0px; height: 0px; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QDockWidget {{ color: {text}; border: none; }}
#panelHeader {{ background: {bar}; border-bottom: 1px solid {border}; }}
#panelTitle {{ font-weight: 600; }}
#panelDetail, #muted {{ color: {muted}; }}
#panel {{ background: {bar}; }}
QStatusBar {{ background: {bar}; border-top: 1px solid {border}; }}
QStatusBar::item {{ border: none; }}
#statusStrip {{ background: {bar}; }}
#statusValue {{ color: {text}; }}
#statusName {{ color: {muted}; }}
#messageBar {{ padding: 0px 8px; border: none; border-bottom: 1px solid {border}; }}
#messageBar[level="error"] {{ background: {error_background}; }}
#messageBar[level="warning"] {{ background: {warning_background}; }}
#messageBar[level="info"] {{ background: {info_background}; }}
#studioBar {{ background: {bar}; border-top: 1px solid {border};
    border-bottom: 1px solid {border}; }}
#keyframeBar {{ background: {bar}; border-top: 1px solid {border}; }}
#sliderPanel, #sliderList, #thumbnails, #thumbnails > QWidget > QWidget {{ background: {bar}; }}
QToolButton#groupHead, QToolButton#groupHead:checked {{ font-weight: 600; border: none;
    padding: 3px 2px; background: transparent; }}
QToolButton#groupHead:hover {{ background: {hover}; }}
QSplitter::handle {{ background: {border}; width: 1px; }}
#seriesList, #seriesBody, #measures, #measuresBody, #plotView {{ background: {bar}; }}
QToolButton#menuButton {{ background: {raised}; border-color: {border};
    padding: 4px 24px 4px 8px; }}
QToolButton#menuButton:hover {{ background: {hover}; }}
QToolButton#menuButton::menu-indicator {{ subcontrol-position: right center; right: 8px;
    width: 9px; }}
#logView, #shortcuts {{ background: {bar}; }}
QPlainTextEdit#log, QTreeWidget#shortcuts {{ background: {window}; border: none; color: {text};
    selection-background-color: {accent}; selection-color: {on_accent}; padding: 4px 6px; }}
QTreeWidget#shortcuts::item {{ padding: 4px 2px; }}
#hintBar {{ padding: 0px 8px; border: none; border-bottom: 1px solid {border};
    background: {info_background}; }}
#hintBar QPushButton {{ padding: 4px 12px; }}
#connectionBanner {{ background: {raised}; border: 1px solid {border}; border-radius: 7px; }}
QTableWidget {{ background: {raised}; border: 1px solid {border}; border-radius: 5px;
    color: {text}; selection-background-color: {accent}; selection-color: {on_accent};
    outline: none; }}
QTableWidget::item {{ padding: 5px 10px; border: none; }}
QHeaderView {{ background: {raised}; }}
QHeaderView::section {{ background: {raised}; color: {muted}; border: none;
    border-bottom: 1px solid {border}; padding: 6px 10px; }}
QComboBox {{ background: {raised}; border: 1px solid {border}; border-radius: 5px;
    color: {text}; padding: 4px 8px; }}
QComboBox:hover {{ background: {hover}; }}
QComboBox:focus {{ border-color: {accent}; }}
QComboBox:disabled {{ color: {muted}; background: {bar}; }}
QComboBox::drop-down {{ border: none; width: 26px; }}
QComboBox::down-arrow {{ image: url("{arrow}"); width: 12px; height: 12px; }}
QComboBox QAbstractItemView {{ background: {raised}; color: {text}; border: 1px solid {border};
    selection-background-color: {hover}; selection-color: {text}; outline: none; }}
#emptyState {{ background: {window}; }}
#emptyTitle {{ font-size: 17pt; font-weight: 600; }}
QToolTip {{ background: {raised}; color: {text}; border: 1px solid {border}; padding: 4px 6px; }}
"""


def theme_for(choice: ThemeChoice, app: QApplication) -> Theme:
    """The colours of ``choice``; a system that does not say gets the dark ones."""
    if choice is ThemeChoice.SYSTEM:
        light = app.styleHints().colorScheme() == Qt.ColorScheme.Light
        return LIGHT if light else DARK
    return LIGHT if choice is ThemeChoice.LIGHT else DARK


def apply_theme(choice: ThemeChoice, app: QApplication) -> Theme:
    """Give the whole program the theme ``choice`` and return its colours."""
    hints = app.styleHints()
    if choice is ThemeChoice.SYSTEM:
        hints.unsetColorScheme()
    else:
        dark = choice is ThemeChoice.DARK
        hints.setColorScheme(Qt.ColorScheme.Dark if dark else Qt.ColorScheme.Light)
    theme = theme_for(choice, app)
    app.setPalette(_palette(theme))
    colours = {name: getattr(theme, name) for name in Theme.__slots__}
    app.setStyleSheet(_STYLE.format(**colours, arrow=_ARROW.as_posix()))
    return theme


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for part, colour in (
        (role.Window, theme.window),
        (role.Base, theme.raised),
        (role.AlternateBase, theme.bar),
        (role.Button, theme.raised),
        (role.ToolTipBase, theme.raised),
        (role.WindowText, theme.text),
        (role.Text, theme.text),
        (role.ButtonText, theme.text),
        (role.ToolTipText, theme.text),
        (role.PlaceholderText, theme.muted),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.on_accent),
        (role.Link, theme.accent),
        (role.Accent, theme.accent),
    ):
        palette.setColor(part, QColor(colour))
    for part in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, part, QColor(theme.muted))
    return palette
