"""The panel with all figures of the run: stages, rates, losses, and what the program takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.state.figures import PerformanceFigures
from app.style.theme import Theme
from app.views.dock import LazyDock
from app.views.status_strip import STEP_STAGE, StatusStrip, tabular

NONE: Final = "–"
STAGE_NAMES: Final = {STEP_STAGE: "whole step"}


class Rows(QWidget):
    """Names with one or two figures each, under quiet heads. GUI thread only."""

    def __init__(self, heads: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(0, 1)
        self._columns = len(heads)
        self._rows: dict[str, list[QLabel]] = {}
        for column, head in enumerate(heads):
            label = QLabel(head)
            label.setObjectName("panelTitle" if column == 0 else "muted")
            self._grid.addWidget(label, 0, column, _side(column))

    @property
    def texts(self) -> dict[str, tuple[str, ...]]:
        """What stands beside each name."""
        shown = {name: labels for name, labels in self._rows.items() if not labels[0].isHidden()}
        return {name: tuple(label.text() for label in labels[1:]) for name, labels in shown.items()}

    def show_rows(self, rows: Iterable[tuple[str, ...]]) -> None:
        """Show these, each a name and its figures; others are taken away."""
        wanted = {row[0]: row[1:] for row in rows}
        for name, figures in wanted.items():
            labels = self._rows.get(name) or self._add(name)
            for label, text in zip(labels[1:], figures, strict=True):
                if label.text() != text:
                    label.setText(text)
            labels[1].setAccessibleName(name)
        for name, labels in self._rows.items():
            for label in labels:
                if label.isHidden() is (name in wanted):
                    label.setVisible(name in wanted)

    def _add(self, name: str) -> list[QLabel]:
        row = len(self._rows) + 1
        labels = [QLabel(name if column == 0 else "") for column in range(self._columns)]
        for column, label in enumerate(labels):
            label.setObjectName("statusName" if column == 0 else "statusValue")
            tabular(label)
            self._grid.addWidget(label, row, column, _side(column))
        self._rows[name] = labels
        return labels


class PerformanceView(QScrollArea):
    """The figures below one another. GUI thread only."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Performance")
        self.stages = Rows(("Stages", "median ms", "p99 ms"))
        self.flow = Rows(("Frames", ""))
        self.losses = Rows(("Losses", ""))
        self.usage = Rows(("Program", ""))
        body = QWidget()
        body.setObjectName("panel")
        column = QVBoxLayout(body)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(16)
        for part in (self.flow, self.stages, self.losses, self.usage):
            column.addWidget(part)
        column.addStretch(1)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(250)
        self.setWidget(body)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Nothing here has colours of its own."""

    def show_performance(self, shown: PerformanceFigures) -> None:
        """New figures."""
        snapshot, usage = shown.snapshot, shown.usage
        self.flow.show_rows(
            (
                ("read", f"{snapshot.frames_in}  ·  {_rate(snapshot.fps_in)}"),
                ("with a result", f"{snapshot.frames_out}  ·  {_rate(snapshot.fps_out)}"),
                ("read to result", f"{snapshot.latency_ms:.1f} ms"),
                ("age of the pose shown", in_ms(shown.age_ms)),
            )
        )
        self.stages.show_rows(
            (STAGE_NAMES.get(s.name, s.name), f"{s.median_ms:.2f}", f"{s.p99_ms:.2f}")
            for s in snapshot.stages
        )
        self.losses.show_rows((("replaced by a newer frame", str(snapshot.dropped)),))
        self.usage.show_rows(
            (
                ("networks run on", shown.device),
                ("processor, of one core", f"{usage.cpu_percent:.0f} %" if usage else NONE),
                ("memory", f"{usage.memory_mb:.0f} MB" if usage else NONE),
                ("of that, the 3D view", f"{usage.children_mb:.0f} MB" if usage else NONE),
                ("longest stall of the window", f"{shown.stall_ms:.0f} ms"),
            )
        )


class PerformancePresenter:
    """The strip, always, and the panel, while it is open. GUI thread only."""

    def __init__(self, strip: StatusStrip, dock: LazyDock[PerformanceView]) -> None:
        self._strip, self._dock = strip, dock

    def show_performance(self, shown: PerformanceFigures) -> None:
        """Rates, times, losses."""
        self._strip.show_performance(shown)
        view = self._dock.view
        if self._dock.isVisible() and view is not None:
            view.show_performance(shown)


def in_ms(value: float | None) -> str:
    """Whole milliseconds, or a dash."""
    return NONE if value is None else f"{value:.0f} ms"


def _rate(fps: float) -> str:
    return f"{fps:.0f} fps" if fps > 0.0 else NONE


def _side(column: int) -> Qt.AlignmentFlag:
    return Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
