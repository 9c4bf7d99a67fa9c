"""Guided capture: what is asked for, a ghost that shows it, and how much is covered."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.state.capture_state import CaptureShown
from app.style.theme import Theme
from app.views.overlay import draw_ghost, fitted
from app.views.widgets import ThemedWidget
from engine.camera import Camera, FloatArray
from engine.capture.goals import GoalKind

GHOST_CAMERA: Final = Camera(width=300, height=260, fx=480.0, fy=480.0, cx=149.5, cy=129.5)
WIDTH: Final = 280


class Ghost(ThemedWidget):
    """A skeleton that shows what is asked for; its frame lights up while the hand does it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._joints_mm: FloatArray | None = None
        self._lit = False
        self.setAccessibleName("What to show")
        self.setMinimumHeight(170)

    def show_hand(self, shown: CaptureShown) -> None:
        """Draw the ghost of ``shown``; mirrored, as a mirror would show one's own hand."""
        self._joints_mm, self._lit = shown.ghost_mm, shown.is_shown
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As large as its camera's image."""
        return QSize(GHOST_CAMERA.width, GHOST_CAMERA.height)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The frame, then the hand."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(QColor(self._theme.success if self._lit else self._theme.border))
        painter.setBrush(QColor(self._theme.bar))
        painter.drawRoundedRect(area, 8, 8)
        if self._joints_mm is not None:
            place = fitted(GHOST_CAMERA.width, GHOST_CAMERA.height, area, mirrored=True)
            draw_ghost(painter, self._joints_mm, GHOST_CAMERA, place, lit=self._lit)
        painter.end()


class CaptureView(QWidget):
    """The panel of guided capture. GUI thread only."""

    toggle_requested = Signal()
    """Start, or end."""
    skip_requested = Signal()
    """Ask for something else first."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("capture")
        self.setAccessibleName("Guided capture")
        self.prompt = QLabel()
        self.prompt.setObjectName("capturePrompt")
        self.prompt.setWordWrap(True)
        self.prompt.setAlignment(Qt.AlignmentFlag.AlignCenter)
        font = self.prompt.font()
        font.setPointSizeF(font.pointSizeF() * 1.35)
        self.prompt.setFont(font)
        self.prompt.setMinimumHeight(3 * self.prompt.fontMetrics().lineSpacing())
        self.ghost = Ghost(theme)
        self.filled = _bar("How long this has been shown")
        self.total = QLabel()
        self.total.setObjectName("panelTitle")
        self.bars = {kind.value: _bar(f"{kind.value}: share shown") for kind in GoalKind}
        self.toggle = QPushButton()
        self.skip = QPushButton("Later")
        self.skip.setToolTip("Ask for something else first")
        self.toggle.clicked.connect(self.toggle_requested)
        self.skip.clicked.connect(self.skip_requested)
        self._lay_out()
        self.show_capture(CaptureShown())

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Narrow and high."""
        return QSize(WIDTH, 520)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.ghost.set_theme(theme)

    def show_capture(self, shown: CaptureShown) -> None:
        """How far the capture is."""
        self.prompt.setText(shown.prompt)
        self.ghost.show_hand(shown)
        self.filled.setValue(round(shown.filled * 100))
        for name, bar in self.bars.items():
            bar.setValue(round(shown.coverage.get(name, 0.0) * 100))
        self.total.setText(f"Covered: {shown.total:.0%}")
        self.toggle.setText("Stop" if shown.running else "Start recording")
        self.skip.setEnabled(shown.ghost_mm is not None)

    def tell_filled(self, _: str) -> None:
        """A sound: what was asked for is shown, and one need not look."""
        QApplication.beep()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(8)
        column.addWidget(self.prompt)
        column.addWidget(self.ghost, 1)
        column.addWidget(self.filled)
        column.addWidget(self.total)
        grid = QGridLayout()
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for row, (name, bar) in enumerate(self.bars.items()):
            grid.addWidget(QLabel(name), row, 0)
            grid.addWidget(bar, row, 1)
        column.addLayout(grid)
        buttons = QHBoxLayout()
        buttons.addWidget(self.toggle, 1)
        buttons.addWidget(self.skip)
        column.addLayout(buttons)


def _bar(name: str) -> QProgressBar:
    bar = QProgressBar()
    bar.setRange(0, 100)
    bar.setTextVisible(False)
    bar.setFixedHeight(8)
    bar.setAccessibleName(name)
    bar.setToolTip(name)
    return bar
