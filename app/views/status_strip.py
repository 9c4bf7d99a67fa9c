"""One quiet line at the bottom: what is tracked, how fast, how fresh, what was dropped."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app.state.figures import PerformanceFigures
from app.state.window_state import Phase, WindowState
from app.style.icons import icon
from app.style.theme import Theme
from engine.sources.base import ConnectionState
from engine.types import FrameResult, TrackingStatus

STEP_STAGE: Final = "step"
"""The pipeline's name for the sum of its stages."""
NONE: Final = "–"
SPACING: Final = 16
OTHER_WIDTH: Final = 110
"""Taken by margins, light, details button and the least free space in the middle."""
CONNECTION_TEXT: Final = {
    ConnectionState.LOST: "Camera lost",
    ConnectionState.UNPLUGGED: "Waiting for the camera",
    ConnectionState.RECONNECTED: "The camera is back",
}
PHASE_TEXT: Final = {
    Phase.EMPTY: "No source",
    Phase.PAUSED: "Paused",
    Phase.ENDED: "End of recording",
    Phase.FAILED: "Source stopped",
}


class Dot(QWidget):
    """A small round light."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour = QColor("gray")
        self.setFixedSize(QSize(10, 10))

    def set_colour(self, colour: str) -> None:
        """Light up in a CSS colour."""
        if QColor(colour) != self._colour:
            self._colour = QColor(colour)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the light."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._colour)
            painter.drawEllipse(QRectF(1, 1, 8, 8))


class Figure(QWidget):
    """A named number."""

    def __init__(self, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        label, self._value = QLabel(name), QLabel(NONE)
        label.setObjectName("statusName")
        self._value.setObjectName("statusValue")
        tabular(self._value)
        self.setToolTip(tip)
        self.setAccessibleName(name or tip)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        if name:
            row.addWidget(label)
        else:
            self._value.setObjectName("statusName")
        row.addWidget(self._value)

    @property
    def text(self) -> str:
        """What it shows."""
        return self._value.text()

    def show_text(self, text: str) -> None:
        """Show a number with its unit; the room it takes never shrinks, so nothing shakes."""
        if text != self._value.text():
            width = self._value.fontMetrics().horizontalAdvance(text) + 2
            self._value.setMinimumWidth(max(width, self._value.minimumWidth()))
            self._value.setText(text)
            self.setAccessibleDescription(text)


class StatusStrip(QWidget):
    """Figures of the current run; where room is short, the lesser ones stay away. GUI thread."""

    def __init__(
        self, theme: Theme, details: QAction | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("statusStrip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Status")
        self._theme, self._details = theme, details
        self._phase = Phase.EMPTY
        self._connection_state = ConnectionState.CONNECTED
        self._replay = False
        self._tracking: FrameResult | None = None
        self._dot = Dot()
        self.tracking = QLabel("No source")
        self.tracking.setMinimumWidth(150)
        self.rate = Figure("Rate", "Frames a second: read from the source → shown as a pose")
        self.age = Figure(
            "Age", "How old the pose on the screen is: the time since its frame was read (median)"
        )
        self.step = Figure("Step", "Median time of one step")
        self.stages = Figure("", "Median time of each stage of a step")
        self.dropped = Figure("Dropped", "Frames a newer one replaced before their turn")
        self.frames = Figure("Frame", "Number of the frame shown")
        self.stream = Figure("Stream", "Joints are streamed")
        self._streaming = False
        row = QHBoxLayout(self)
        row.setContentsMargins(13, 6, 14, 6)
        row.setSpacing(SPACING)
        row.addWidget(self._dot)
        row.addWidget(self.tracking)
        row.addStretch(1)
        for figure in self._figures:
            row.addWidget(figure)
        if details is not None:
            row.addWidget(_details_button(details))
        self.setFixedHeight(32)
        self.setMinimumWidth(1)
        self._fit()

    @property
    def _figures(self) -> tuple[Figure, ...]:
        """From left to right."""
        timed = (self.step, self.stages, self.age, self.rate)
        return (self.stream, *timed, self.dropped, self.frames)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Little: what does not fit stays away."""
        return QSize(200, 32)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        if self._details is not None:
            self._details.setIcon(icon("performance", theme.text))
        self._show_tracking()

    def show_state(self, state: WindowState) -> None:
        """Follow the phase; blank the figures when there is no source."""
        self._phase, self._connection_state = state.phase, state.connection.state
        self._replay = state.replay is not None
        if state.phase is Phase.EMPTY:
            for figure in (self.rate, self.age, self.step, self.dropped, self.frames):
                figure.show_text(NONE)
        self._show_tracking()
        self._fit()

    def show_result(self, result: FrameResult) -> None:
        """The tracking state and number of the newest frame."""
        self._tracking = result
        self.frames.show_text(str(result.frame.index))
        self._show_tracking()

    def show_performance(self, shown: PerformanceFigures) -> None:
        """Rates, times and drops."""
        snapshot = shown.snapshot
        out = _whole(snapshot.fps_out)
        # A recording's frames that are kept in memory are not read again.
        rate = out if self._replay else f"{_whole(snapshot.fps_in)} → {out}"
        self.rate.show_text(f"{rate} fps" if snapshot.fps_out > 0.0 or not self._replay else NONE)
        self.age.show_text(NONE if shown.age_ms is None else f"{shown.age_ms:.0f} ms")
        self.dropped.show_text(str(snapshot.dropped))
        times = {stage.name: stage.median_ms for stage in snapshot.stages}
        total = times.pop(STEP_STAGE, sum(times.values()))
        self.step.show_text(f"{total:.1f} ms")
        self.stages.show_text("  ·  ".join(f"{name} {ms:.1f}" for name, ms in times.items()))
        self._fit()

    def show_stream(self, text: str, tip: str) -> None:
        """Who listens to the stream of joints; empty if there is none."""
        self._streaming = bool(text)
        if text:
            self.stream.show_text(text)
            self.stream.setToolTip(tip)
        self._fit()

    def clear_results(self) -> None:
        """Another source is shown from now on."""
        self._tracking = None
        for figure in (self.rate, self.age):
            figure.show_text(NONE)
        self._show_tracking()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Show what there is room for."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Leave away the lesser figures until the rest fits."""
        wanted = [figure for figure in self._figures if figure is not self.stream]
        if self._streaming:
            wanted.insert(0, self.stream)
        room = self.width() - OTHER_WIDTH - self.tracking.sizeHint().width()
        lesser = [self.stages, self.frames, self.dropped, self.step]
        while lesser and sum(f.sizeHint().width() + SPACING for f in wanted) > room:
            wanted.remove(lesser.pop(0))
        for figure in self._figures:
            if figure.isHidden() is (figure in wanted):
                figure.setVisible(figure in wanted)

    def _show_tracking(self) -> None:
        text, colour = self._in_words()
        if text != self.tracking.text():
            self.tracking.setText(text)
        self._dot.set_colour(colour)

    def _in_words(self) -> tuple[str, str]:
        theme, result = self._theme, self._tracking
        if self._phase is not Phase.RUNNING:
            colour = theme.error if self._phase is Phase.FAILED else theme.muted
            return PHASE_TEXT[self._phase], colour
        if self._connection_state is not ConnectionState.CONNECTED:
            back = self._connection_state is ConnectionState.RECONNECTED
            return CONNECTION_TEXT[self._connection_state], theme.success if back else theme.warning
        if result is None:
            return "Waiting for frames", theme.muted
        match result.status:
            case TrackingStatus.TRACKING:
                sides = " and ".join(hand.pose.handedness.value for hand in result.hands)
                return f"Tracking {sides} hand{'s' * (len(result.hands) > 1)}", theme.success
            case TrackingStatus.LOST:
                return "Looking for the hand", theme.warning
            case _:
                return "No hand in view", theme.muted


def _details_button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setIconSize(QSize(14, 14))
    button.setFixedSize(QSize(24, 22))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAccessibleName("Show all figures")
    button.setObjectName("details")
    return button


def _whole(fps: float) -> str:
    return f"{fps:.0f}" if fps > 0.0 else NONE


def tabular(label: QLabel) -> None:
    """Digits of equal width, so that changing numbers do not shake."""
    font = label.font()
    font.setFeature(QFont.Tag("tnum"), 1)
    label.setFont(font)
