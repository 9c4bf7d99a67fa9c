"""The bar below a recording: where it stands, how fast it plays, what is repeated."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QWidget,
)

from app.actions.commands import Command
from app.state.session import ReplaySession
from app.state.window_state import SPEEDS, WindowState
from app.style.theme import Theme
from app.views.timeline import Timeline, tabular
from app.views.widgets import action_button, number_box, set_up_bar, set_up_menu_button
from engine.types import FrameResult

BEFORE: Final = (
    Command.RESTART,
    Command.STEP_BACK,
    Command.PAUSE,
    Command.STEP,
    Command.TO_END,
)
AFTER: Final = (Command.LOOP, Command.MARK_IN, Command.MARK_OUT)


class ReplayBar(QToolBar):
    """Shown while a recording is open, hidden for cameras. GUI thread only."""

    seek_requested = Signal(int)
    """The frame to show."""
    speed_requested = Signal(float)
    """Times the recorded pace."""
    drag_started = Signal()
    """The slider was taken."""
    drag_finished = Signal()
    """The slider was let go."""

    def __init__(
        self, theme: Theme, actions: dict[Command, QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__("Replay", parent)
        set_up_bar(self, "replayBar")
        self._replay: ReplaySession | None = None
        self._first_ms: float | None = None
        self.timeline = Timeline(theme)
        self.number = number_box(
            "Frame number", "Number of the frame shown; type one and press Enter to go there (G)"
        )
        self.count = QLabel()
        self.count.setObjectName("muted")
        self.speed = SpeedButton()
        self.addWidget(self._lay_out(actions))
        self._connect()
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.timeline.set_theme(theme)

    def show_state(self, state: WindowState) -> None:
        """Appear with a recording; show its length, speed and marks."""
        replay = state.replay
        if replay is not None and replay is not self._replay:
            self._first_ms = None
            self.timeline.set_times(replay.timeline_ms)
            self.number.setMaximum(replay.last_frame)
            self.count.setText(f"of {replay.last_frame}")
        self._replay = replay
        self.setVisible(replay is not None)
        self.timeline.setEnabled(state.can_seek)
        self.number.setEnabled(state.can_seek)
        self.timeline.set_marks(state.marks)
        self.speed.show_speed(state.speed)

    def show_result(self, result: FrameResult) -> None:
        """Stand at the frame of ``result``."""
        if self._replay is None:
            return
        index, stamp_ms = result.frame.index, result.frame.timestamp_ms
        if self._first_ms is None:
            self._first_ms = stamp_ms - float(self._replay.timeline_ms[index])
        self.timeline.show_frame(index, max(stamp_ms - self._first_ms, 0.0))
        if not self.number.hasFocus():
            self.number.blockSignals(True)
            self.number.setValue(index)
            self.number.blockSignals(False)

    def ask_for_number(self) -> None:
        """Let the user type a frame's number."""
        self.number.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.number.selectAll()

    def _lay_out(self, actions: dict[Command, QAction]) -> QWidget:
        content = QWidget()
        content.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3)
        for command in BEFORE:
            row.addWidget(action_button(actions[command]))
        row.addSpacing(6)
        row.addWidget(self.timeline, 1)
        row.addSpacing(6)
        label = QLabel("Frame")
        label.setObjectName("muted")
        label.setBuddy(self.number)
        for widget in (label, self.number, self.count):
            row.addWidget(widget)
            row.addSpacing(3)
        row.addSpacing(6)
        row.addWidget(self.speed)
        row.addSpacing(6)
        for command in AFTER:
            row.addWidget(action_button(actions[command]))
        return content

    def _connect(self) -> None:
        self.timeline.seek_requested.connect(self.seek_requested)
        self.timeline.sliderPressed.connect(self.drag_started)
        self.timeline.sliderReleased.connect(self.drag_finished)
        self.number.editingFinished.connect(self._number_typed)
        self.speed.chosen.connect(self.speed_requested)

    def _number_typed(self) -> None:
        if self.number.hasFocus():
            self.seek_requested.emit(self.number.value())
            self.timeline.setFocus()


class SpeedButton(QToolButton):
    """Names the speed and offers others. GUI thread only."""

    chosen = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tip = "How fast the recording plays (- and +; 0 as recorded)"
        set_up_menu_button(self, "speed", "Speed", tip)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFont(tabular(self.font()))
        self.setFixedWidth(92)
        menu = QMenu(self)
        group = QActionGroup(menu)
        self._actions: dict[float, QAction] = {}
        for speed in SPEEDS:
            action = group.addAction(_in_words(speed))
            action.setCheckable(True)
            action.triggered.connect(lambda _on=False, speed=speed: self.chosen.emit(speed))
            menu.addAction(action)
            self._actions[speed] = action
        self.setMenu(menu)

    def show_speed(self, speed: float) -> None:
        """Name the present speed."""
        self.setText(_in_words(speed))
        self.setAccessibleDescription(self.text())
        if speed in self._actions:
            self._actions[speed].setChecked(True)


def _in_words(speed: float) -> str:
    return "Fastest" if math.isinf(speed) else f"{speed:g} ×"
