"""The hands of the newest result in numbers."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QWidget

from app.style.theme import Theme
from app.views.series_list import NO_VALUE, value_text
from app.views.timeline import tabular
from app.views.widgets import grid_panel, set_up_scroll_area
from engine.measure.catalogue import quantity
from engine.measure.history import SIDES
from engine.measure.quantity import HandSamples, Quantity
from engine.skeleton import FINGERS, Handedness
from engine.types import FrameResult, TrackedHand

SHOWN: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("Confidence", ("confidence", "uncertainty")),
    ("Pinch", ("pinch:index", "pinch_strength:index", "pinch:middle", "pinch:ring")),
    ("Hand", ("openness", "palm_facing", "palm_range", "palm_length")),
    ("Curl", tuple(f"curl:{finger}" for finger in FINGERS)),
    (
        "Flexion",
        tuple(
            f"flexion:{finger}_{part}"
            for finger in ("index", "middle", "ring", "little")
            for part in ("mcp", "pip", "dip")
        ),
    ),
)
SIDE_KEY: Final = "side"
EVERY_TICKS: Final = 12
"""Numbers that change faster cannot be read."""


class MeasuresView(QScrollArea):
    """A line a measure, a column a hand. GUI thread only."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_up_scroll_area(self, "measures", "Measures")
        self._ticks = 0
        self._result: FrameResult | None = None
        self._changed = self._written = False
        self._values: dict[tuple[str, Handedness], QLabel] = {}
        self._quantities: list[Quantity] = []
        self._lay_out()
        self.set_theme(theme)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Narrow and high."""
        return QSize(262, 420)

    def set_theme(self, theme: Theme) -> None:
        """The style sheet has everything."""

    def text_of(self, key: str, side: Handedness) -> str:
        """What is written for a measure (or ``SIDE_KEY``) of one hand."""
        return self._values[key, side].text()

    def show_result(self, result: FrameResult | None) -> None:
        """A new result; None: there is none any more."""
        self._result, self._changed = result, True

    def tick(self) -> None:
        """Called by the window's timer: write the newest numbers now and then."""
        self._ticks += 1
        due = self._ticks % EVERY_TICKS == 0 or not self._written
        if self._changed and due and self.isVisible():
            self._changed, self._written = False, True
            for side in SIDES:
                self._write(side, _most_confident(self._result, side))

    def _write(self, side: Handedness, hand: TrackedHand | None) -> None:
        if hand is None:
            for (_, of), label in self._values.items():
                if of is side:
                    label.setText(NO_VALUE)
            return
        pose = hand.pose
        samples = HandSamples(
            side, pose.joints_mm[None], pose.sigma_mm[None], np.array([pose.score])
        )
        self._values[SIDE_KEY, side].setText(f"{hand.side_score:.2f}")
        for one in self._quantities:
            value = float(one.evaluate(samples)[0])
            self._values[one.key, side].setText(value_text(value, one.unit))

    def _lay_out(self) -> None:
        body, grid = grid_panel("measuresBody", (12, 8, 12, 10), (12, 3))
        grid.setColumnStretch(0, 1)
        for column, title in enumerate(("Right", "Left"), start=1):
            grid.addWidget(_right(QLabel(title), "muted"), 0, column)
        row = 1
        for title, keys in SHOWN:
            head = QLabel(title)
            head.setObjectName("panelTitle")
            grid.addWidget(head, row, 0, 1, 3)
            row += 1
            if title == SHOWN[0][0]:
                about = "Probability that the hand is of this side, of all frames so far"
                self._add(grid, row, SIDE_KEY, "Side", about)
                row += 1
            for key in keys:
                one = quantity(key)
                self._quantities.append(one)
                self._add(grid, row, key, one.name, one.about)
                row += 1
        grid.setRowStretch(row, 1)
        self.setWidget(body)
        bar = self.verticalScrollBar().sizeHint().width()
        self.setMinimumWidth(body.minimumSizeHint().width() + bar)

    def _add(self, grid: QGridLayout, row: int, key: str, name: str, about: str) -> None:
        label = QLabel(name)
        label.setToolTip(about)
        grid.addWidget(label, row, 0)
        for column, side in enumerate(SIDES, start=1):
            value = _right(QLabel(NO_VALUE))
            value.setFont(tabular(value.font()))
            value.setMinimumWidth(66)
            value.setAccessibleName(f"{name}, {side.value} hand")
            value.setToolTip(about)
            self._values[key, side] = value
            grid.addWidget(value, row, column)


def _right(label: QLabel, name: str = "") -> QLabel:
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    label.setObjectName(name)
    return label


def _most_confident(result: FrameResult | None, side: Handedness) -> TrackedHand | None:
    hands = [] if result is None else [h for h in result.hands if h.pose.handedness is side]
    return max(hands, key=lambda hand: hand.pose.score, default=None)
