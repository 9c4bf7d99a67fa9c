"""The gesture that each hand holds, and the own ones: recorded, listed, removed."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.state.gesture_state import GestureShown
from app.style.icons import icon
from app.style.theme import Theme
from app.views.overlay import gesture_text
from app.views.series_list import NO_VALUE
from engine.gestures.own import MAX_NAME
from engine.measure.history import SIDES
from engine.skeleton import Handedness
from engine.types import FrameResult

WIDTH: Final = 262
HINT: Final = "Name a gesture, press Record, and hold it while you turn your hand a little."
SHOW_IT: Final = "Show “{name}” to the camera."


class GestureView(QWidget):
    """The panel of gestures. GUI thread only."""

    toggle_requested = Signal(str)
    """Record the gesture of this name, or give up the one that is recorded."""
    remove_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("gestures")
        self.setAccessibleName("Gestures")
        self._theme = theme
        self._shown = GestureShown()
        self._held = {side: _held_label(side) for side in SIDES}
        self._list = QGridLayout()
        self._list.setColumnStretch(0, 1)
        self.name = QLineEdit(placeholderText="Name", maxLength=MAX_NAME)
        self.name.setAccessibleName("Name of the gesture")
        self.record = QPushButton("Record")
        self.progress = QProgressBar(textVisible=False)
        self.progress.setFixedHeight(8)
        self.progress.setAccessibleName("Examples recorded")
        self.hint = QLabel(HINT)
        self.hint.setObjectName("muted")
        self.hint.setWordWrap(True)
        self.record.clicked.connect(self._toggle)
        self.name.returnPressed.connect(self._toggle)
        self.name.textChanged.connect(lambda _: self._refresh())
        self._lay_out()
        self.show_gestures(GestureShown())

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Narrow and high."""
        return QSize(WIDTH, 420)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self._fill_list()

    def text_of(self, side: Handedness) -> str:
        """What is written for the hand of one side."""
        return self._held[side].text()

    def show_result(self, result: FrameResult | None) -> None:
        """A new result; None: there is none any more."""
        held = {} if result is None else {hand.handedness: hand.gesture for hand in result.hands}
        for side, label in self._held.items():
            text = gesture_text(held.get(side)) or NO_VALUE
            if text != label.text():
                label.setText(text)

    def show_gestures(self, shown: GestureShown) -> None:
        """The own gestures, and how far the one is that is recorded."""
        before, self._shown = self._shown, shown
        if shown.own != before.own:
            self._fill_list()
        if before.recording and not shown.recording and shown.done == shown.total:
            self.name.clear()
        self._refresh()

    def _refresh(self) -> None:
        shown, recording = self._shown, bool(self._shown.recording)
        self.record.setText("Stop" if recording else "Record")
        self.record.setEnabled(recording or bool(self.name.text().strip() and not shown.blocker))
        self.name.setEnabled(not recording and not shown.blocker)
        self.progress.setRange(0, max(shown.total, 1))
        self.progress.setValue(shown.done if recording else 0)
        asked = SHOW_IT.format(name=shown.recording) if recording else HINT
        self.hint.setText(shown.blocker or asked)

    def _toggle(self) -> None:
        self.toggle_requested.emit(self.name.text())

    def _fill_list(self) -> None:
        while (item := self._list.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for row, (name, count) in enumerate(self._shown.own):
            label, number = QLabel(name), QLabel(f"{count} examples")
            number.setObjectName("muted")
            remove = QToolButton()
            remove.setIcon(icon("close", self._theme.muted))
            remove.setToolTip(f"Forget “{name}”")
            remove.setAccessibleName(f"Forget {name}")
            remove.clicked.connect(lambda _=False, name=name: self.remove_requested.emit(name))
            for column, widget in enumerate((label, number, remove)):
                self._list.addWidget(widget, row, column)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(8)
        hands = QGridLayout()
        for place, side in enumerate(SIDES):
            head = QLabel(side.value.capitalize())
            head.setObjectName("muted")
            hands.addWidget(head, 0, place, Qt.AlignmentFlag.AlignHCenter)
            hands.addWidget(self._held[side], 1, place)
            hands.setColumnStretch(place, 1)
        column.addLayout(hands)
        title = QLabel("Own gestures")
        title.setObjectName("panelTitle")
        column.addWidget(title)
        column.addLayout(self._list)
        row = QHBoxLayout()
        row.addWidget(self.name, 1)
        row.addWidget(self.record)
        column.addLayout(row)
        column.addWidget(self.progress)
        column.addWidget(self.hint)
        column.addStretch(1)


def _held_label(side: Handedness) -> QLabel:
    label = QLabel(NO_VALUE)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setAccessibleName(f"Gesture of the {side.value} hand")
    font = label.font()
    font.setPointSizeF(font.pointSizeF() * 1.6)
    label.setFont(font)
    return label
