"""Adapt to my camera: recordings to learn from, how far it is, and what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.state.jobs import AdaptationState
from engine.caches import home_folder

RECORDING_FILTER: Final = "Recordings (*.bag *.db3 *.mcap);;All files (*)"
ABOUT: Final = (
    "The networks learn your camera and your hand from recordings: two minutes or more of one "
    "person's hand, in many poses and turns, before one camera (Guided capture helps). No labels "
    "are needed. The last quarter of each recording proves whether they became better; they are "
    "kept only then, as a profile, and the shipped ones stay."
)
RECORD_TIP: Final = "Guided capture: the program asks for what it wants to see"
MINUTES: Final = (10, 40, 180)
STAGES: Final = {
    "start": "Starting…",
    "install": "Installing PyTorch (about 1.2 GB), which takes some minutes…",
    "follow hands": "Following the hands",
    "measure bones": "Measuring the bones",
    "label": "Looking at them from many sides",
    "learn": "Learning",
    "prove before": "Judging the networks as they were",
    "prove after": "Judging the adapted networks",
}


class AdaptationDialog(QDialog):
    """Chooses recordings and shows an adaptation, which goes on when it is closed. GUI thread."""

    start_requested = Signal(list, str, float)
    """Recordings (``Path``), the profile's name, minutes."""
    cancel_requested = Signal()
    record_requested = Signal()
    """A guided capture, whose recording is to be learned from."""
    install_requested = Signal()
    shown = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Adapt to my camera")
        self.setMinimumSize(560, 460)
        self._state = AdaptationState()
        self.recordings = QListWidget()
        self.recordings.setAccessibleName("Recordings")
        self.add_button, self.folder_button = QPushButton("Add files…"), QPushButton("Add folder…")
        self.remove_button = QPushButton("Remove")
        self.record_button = QPushButton("Record now…")
        self._record_blocker = ""
        self.install_button = QPushButton("Install PyTorch")
        self.name_edit = QLineEdit("My hand")
        self.minutes_box = QSpinBox()
        self.minutes_box.setRange(MINUTES[0], MINUTES[2])
        self.minutes_box.setValue(MINUTES[1])
        self.minutes_box.setSuffix(" min")
        self.bar, self.status_label = QProgressBar(), QLabel()
        self.status_label.setWordWrap(True)
        self.start_button = QPushButton("Adapt")
        self.start_button.setObjectName("primary")
        self.cancel_button, self.report_button = QPushButton("Cancel"), QPushButton("Show report")
        self._close = QPushButton("Close")
        self._lay_out()
        self._connect()
        self.show_adaptation(self._state)

    def add_recordings(self, paths: list[str]) -> None:
        """Add recordings to learn from, each once."""
        known = set(self._paths())
        new = dict.fromkeys(path for path in paths if path and path not in known)
        self.recordings.addItems(list(new))
        self._show_buttons()

    def set_record_blocker(self, reason: str) -> None:
        """Why nothing can be recorded now; empty if it can."""
        self._record_blocker = reason
        self._show_buttons()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Say that it is shown: what was missing may be there now."""
        super().showEvent(event)
        self.shown.emit()

    def show_adaptation(self, state: AdaptationState) -> None:
        """How far it is, or how it ended."""
        self._state = state
        self.bar.setVisible(state.running)
        if state.running:
            self.bar.setRange(0, state.progress.total)
            self.bar.setValue(state.progress.done)
            self.status_label.setText(progress_text(state))
        else:
            self.status_label.setText(" ".join(filter(None, (state.text, state.missing))))
        self._show_buttons()

    # -- inside ------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        about = QLabel(ABOUT)
        about.setWordWrap(True)
        beside = QHBoxLayout()
        beside.addWidget(self.record_button)
        for button in (self.add_button, self.folder_button, self.remove_button):
            beside.addWidget(button)
        beside.addStretch(1)
        form = QFormLayout()
        form.addRow("&Name of the profile", self.name_edit)
        form.addRow("&Time", self.minutes_box)
        buttons = QHBoxLayout()
        buttons.addWidget(self.report_button)
        buttons.addStretch(1)
        for button in (self._close, self.cancel_button, self.install_button, self.start_button):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 18, 18, 14)
        column.setSpacing(12)
        column.addWidget(about)
        column.addWidget(self.recordings)
        for layout in (beside, form):
            column.addLayout(layout)
        column.addWidget(self.bar)
        column.addWidget(self.status_label)
        column.addLayout(buttons)

    def _connect(self) -> None:
        self.add_button.clicked.connect(self._ask_for_files)
        self.folder_button.clicked.connect(self._ask_for_folder)
        self.remove_button.clicked.connect(self._remove)
        self.record_button.clicked.connect(self.record_requested)
        self.install_button.clicked.connect(self.install_requested)
        self.recordings.itemSelectionChanged.connect(self._show_buttons)
        self.name_edit.textChanged.connect(lambda _: self._show_buttons())
        self.start_button.clicked.connect(self._start)
        self.cancel_button.clicked.connect(self.cancel_requested)
        self.report_button.clicked.connect(self._show_report)
        self._close.clicked.connect(self.reject)

    def _paths(self) -> list[str]:
        return [self.recordings.item(row).text() for row in range(self.recordings.count())]

    def _show_buttons(self) -> None:
        state, idle = self._state, not self._state.running
        inputs = (self.add_button, self.folder_button, self.name_edit, self.minutes_box)
        for widget in inputs:
            widget.setEnabled(idle)
        self.remove_button.setEnabled(idle and bool(self.recordings.selectedItems()))
        ready = bool(self._paths()) and bool(self.name_edit.text().strip())
        self.start_button.setEnabled(idle and not state.missing and ready)
        self.record_button.setEnabled(idle and not self._record_blocker)
        self.record_button.setToolTip(self._record_blocker or RECORD_TIP)
        self.install_button.setVisible(state.installable and idle)
        self.start_button.setVisible(not self.install_button.isVisibleTo(self))
        self.cancel_button.setVisible(state.running)
        self.report_button.setVisible(state.report is not None)

    def _ask_for_files(self) -> None:
        files, _ = QFileDialog.getOpenFileNames(
            self, "Recordings to learn from", str(home_folder()), RECORDING_FILTER
        )
        self.add_recordings(files)

    def _ask_for_folder(self) -> None:
        self.add_recordings([QFileDialog.getExistingDirectory(self, "A folder of depth images")])

    def _remove(self) -> None:
        for item in self.recordings.selectedItems():
            self.recordings.takeItem(self.recordings.row(item))
        self._show_buttons()

    def _start(self) -> None:
        paths = [Path(path) for path in self._paths()]
        minutes = float(self.minutes_box.value())
        self.start_requested.emit(paths, self.name_edit.text().strip(), minutes)

    def _show_report(self) -> None:
        if self._state.report is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._state.report)))


def progress_text(state: AdaptationState) -> str:
    """What an adaptation does, and how long that will still take."""
    text = STAGES.get(state.stage, state.stage)
    if state.left_s is None:
        return text
    if state.left_s < 60:
        return f"{text}, {state.left_s} s left"
    return f"{text}, {round(state.left_s / 60)} min left"
