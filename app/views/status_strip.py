"""One quiet line at the bottom: what is tracked, how fast, how fresh, what was dropped."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.theme import Look
from app.window_state import Phase, WindowState
from engine.run_state import RunnerSnapshot
from engine.types import FrameResult, TrackingStatus

STEP_STAGE: Final = "step"
"""The pipeline's name for the sum of its stages."""
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
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        painter.drawEllipse(QRectF(1, 1, 8, 8))


class Figure(QWidget):
    """A named number."""

    def __init__(self, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        label, self._value = QLabel(name), QLabel("–")
        label.setObjectName("statusName")
        self._value.setObjectName("statusValue")
        tabular(self._value)
        self.setToolTip(tip)
        self.setAccessibleName(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(label)
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
    """Figures of the current run. GUI thread only."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusStrip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Status")
        self._look = look
        self._phase = Phase.EMPTY
        self._tracking: FrameResult | None = None
        self._dot = Dot()
        self.tracking = QLabel("No source")
        self.tracking.setMinimumWidth(150)
        self.rate = Figure("Rate", "Frames a second: read from the source → shown as a pose")
        self.latency = Figure("Latency", "Time from reading a frame to having its pose")
        self.stages = Figure("Step", "Median time of one step, and of each of its stages")
        self.dropped = Figure("Dropped", "Frames a newer one replaced before their turn")
        self.frames = Figure("Frame", "Number of the frame shown")
        self.stream = Figure("Stream", "Joints are streamed")
        self.stream.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(13, 6, 14, 6)
        row.setSpacing(8)
        row.addWidget(self._dot)
        row.addWidget(self.tracking)
        row.addStretch(1)
        row.addWidget(self.stream)
        for figure in (self.stages, self.latency, self.rate, self.dropped, self.frames):
            row.addSpacing(14)
            row.addWidget(figure)
        self.setFixedHeight(32)

    def set_look(self, look: Look) -> None:
        """Use the colours of another theme."""
        self._look = look
        self._show_tracking()

    def show_state(self, state: WindowState) -> None:
        """Follow the phase; blank the figures when there is no source."""
        self._phase = state.phase
        if state.phase is Phase.EMPTY:
            for figure in (self.rate, self.latency, self.stages, self.dropped, self.frames):
                figure.show_text("–")
        self._show_tracking()

    def show_result(self, result: FrameResult) -> None:
        """The tracking state and number of the newest frame."""
        self._tracking = result
        self.frames.show_text(str(result.frame.index))
        self._show_tracking()

    def show_figures(self, snapshot: RunnerSnapshot) -> None:
        """Rates, times and drops."""
        self.rate.show_text(f"{snapshot.fps_in:.0f} → {snapshot.fps_out:.0f} fps")
        self.latency.show_text(f"{snapshot.latency_ms:.1f} ms")
        self.dropped.show_text(str(snapshot.dropped + snapshot.consumer_dropped))
        times = {stage.name: stage.median_ms for stage in snapshot.stages}
        total = times.pop(STEP_STAGE, sum(times.values()))
        parts = "  ·  ".join(f"{name} {ms:.1f}" for name, ms in times.items())
        self.stages.show_text(f"{total:.1f} ms" + (f"   ({parts})" if parts else ""))

    def show_stream(self, text: str, tip: str) -> None:
        """Who listens to the stream of joints; empty if there is none."""
        self.stream.setVisible(bool(text))
        if text:
            self.stream.show_text(text)
            self.stream.setToolTip(tip)

    def forget_results(self) -> None:
        """Another source is shown from now on."""
        self._tracking = None
        self._show_tracking()

    def _show_tracking(self) -> None:
        text, colour = self._in_words()
        if text != self.tracking.text():
            self.tracking.setText(text)
        self._dot.set_colour(colour)

    def _in_words(self) -> tuple[str, str]:
        look, result = self._look, self._tracking
        if self._phase is not Phase.RUNNING:
            colour = look.bad if self._phase is Phase.FAILED else look.quiet
            return PHASE_TEXT[self._phase], colour
        if result is None:
            return "Waiting for frames", look.quiet
        match result.status:
            case TrackingStatus.TRACKING:
                sides = " and ".join(hand.pose.handedness.value for hand in result.hands)
                return f"Tracking {sides} hand{'s' * (len(result.hands) > 1)}", look.good
            case TrackingStatus.LOST:
                return "Looking for the hand", look.waiting
            case _:
                return "No hand in view", look.quiet


def tabular(label: QLabel) -> None:
    """Digits of equal width, so that changing numbers do not shake."""
    font = label.font()
    font.setFeature(QFont.Tag("tnum"), 1)
    label.setFont(font)
