"""The record button with its menu, and the red light beside it while something is recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from app.actions.commands import Command
from app.actions.menus import Actions, tool_tip
from app.state.formats import format_duration, format_size
from app.state.window_state import WindowState
from app.style.icons import icon
from app.style.theme import Theme
from app.views.status_strip import Dot, tabular
from engine.caches import home_folder
from engine.recording.recorder import RecordingSnapshot, RecordingState

MENU: Final = (Command.RECORD_DB3, Command.RECORD_FOLDER)
USUAL: Final = "00:00   000.0 MB"


class RecordPanel(QWidget):
    """Offers to record and shows how far the recording is. GUI thread only."""

    folder_chosen = Signal(Path)
    """Where new recordings shall go."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._action = actions[Command.RECORD]
        self._actions = actions
        self._on = False
        self._state = WindowState()
        self.button = QToolButton()
        self.button.setObjectName("record")
        self.button.setDefaultAction(self._action)
        self.button.setIconSize(QSize(20, 20))
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.button.setMenu(self._make_menu(actions))
        self.light = QWidget()
        self._dot = Dot()
        self._time, self._losses = QLabel(), QLabel()
        for label in (self._time, self._losses):
            tabular(label)
        width = self._time.fontMetrics().horizontalAdvance(USUAL)
        self._time.setMinimumWidth(width)  # so that what stands beside it seldom moves
        self._losses.setToolTip("Frames the disk was too slow for; they are not in the recording")
        inner = QHBoxLayout(self.light)
        inner.setContentsMargins(4, 0, 4, 0)
        inner.setSpacing(8)
        for part in (self._dot, self._time, self._losses):
            inner.addWidget(part)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.button)
        row.addWidget(self.light)
        self.light.hide()

    @property
    def text(self) -> str:
        """What stands beside the light; empty while it is dark."""
        return f"{self._time.text()} {self._losses.text()}".strip() if self._on else ""

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self._apply_theme()

    def show_state(self, state: WindowState) -> None:
        """Offer to record where that can be done, and say why where it cannot."""
        why = state.recording_blocker
        self._state = state
        chosen = Command.RECORD_FOLDER if state.record_as_folder else Command.RECORD_DB3
        self._actions[chosen].setChecked(True)
        self._action.setEnabled(self._on or not why)
        tip = tool_tip(Command.RECORD, self._action)
        self._action.setToolTip(f"{tip} – {why}" if why and not self._on else tip)

    def set_active(self, active: bool) -> None:
        """Something is recorded, or about to be."""
        self._action.setChecked(active)

    def show_recording(self, shown: RecordingSnapshot | None) -> None:
        """How far the recording is; None when there is none."""
        on = shown is not None
        if on is not self._on:
            self._on = on
            self._action.setText("Stop &recording" if on else "&Record")
            self.light.setVisible(on)
            self._apply_theme()
        self._action.setChecked(on)
        if shown is None:
            self.show_state(self._state)
        else:
            self._action.setEnabled(shown.state is RecordingState.RECORDING)
            self._show_figures(shown)

    def choose_folder(self) -> None:
        """Ask where new recordings shall go."""
        chosen = QFileDialog.getExistingDirectory(
            self, "Where recordings go", str(_existing(self._state.recordings_folder))
        )
        if chosen:
            self.folder_chosen.emit(Path(chosen))

    def show_folder(self) -> None:
        """Open the folder that recordings are in."""
        folder = _existing(self._state.recordings_folder)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _show_figures(self, shown: RecordingSnapshot) -> None:
        writing = "" if shown.state is RecordingState.RECORDING else "  writing…"
        figures = f"{format_duration(shown.elapsed_s)}   {format_size(shown.size_bytes)}{writing}"
        if figures != self._time.text():
            self._time.setText(figures)
        losses = f"{shown.dropped} lost" if shown.dropped else ""
        if losses != self._losses.text():
            self._losses.setText(losses)
        self.light.setToolTip(f"{shown.frames} frames in {shown.path}")
        self.light.setAccessibleName("Recording")
        self.light.setAccessibleDescription(f"{figures} {losses}".strip())

    def _apply_theme(self) -> None:
        theme = self._theme
        self._dot.set_colour(theme.error)
        self._losses.setStyleSheet(f"color: {theme.warning}")
        colour = theme.error if self._on else theme.text
        self._action.setIcon(icon("record", colour, disabled=theme.border))

    def _make_menu(self, actions: Actions) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for command in MENU:
            menu.addAction(actions[command])
        menu.addSeparator()
        menu.addAction(actions[Command.RECORD_WHERE])
        menu.addAction(actions[Command.RECORD_SHOW])
        menu.aboutToShow.connect(
            lambda: actions[Command.RECORD_WHERE].setToolTip(
                f"New recordings go to {self._state.recordings_folder}"
            )
        )
        return menu


def _existing(folder: Path) -> Path:
    return next((place for place in (folder, *folder.parents) if place.is_dir()), home_folder())
