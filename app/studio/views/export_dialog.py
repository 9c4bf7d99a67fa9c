"""The dialogue that writes random hands or a walk as data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.state.jobs import JobProgress
from app.studio.export_request import ExportRequest
from engine.camera import FloatArray
from engine.errors import InvalidInputError
from engine.latent.layouts import LayoutKind

MAX_COUNT: Final = 100_000
FIRST_COUNT: Final = 100
FIRST_FOLDER: Final = Path("out/hands")
LAYOUTS: Final = {
    LayoutKind.FOLDER: (
        "Recording of this program",
        "16-bit images with camera.json, joints.csv and latents.csv; it can be opened here",
    ),
    LayoutKind.MSRA: ("MSRA", "As the MSRA hand gesture data set, read by its tools"),
    LayoutKind.NYU: ("NYU", "As the NYU hand pose data set, read by its tools"),
}
RANDOM, WALK = range(2)
Walk = Callable[[int], FloatArray]
"""The walk [N, 29] through the keyframes with so many hands from one to the next."""


class ExportDialog(QDialog):
    """Asks what to write and where, and shows how far it is. GUI thread only."""

    export_requested = Signal(object)
    """An ``ExportRequest``."""
    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export hands")
        self.setMinimumWidth(480)
        self._walk: Walk | None = None
        self._running = False
        self.what = QComboBox()
        self.what.addItems(["Random hands", "Walk through the keyframes"])
        self.count = _spin(1, MAX_COUNT, FIRST_COUNT)
        self.seed = _spin(0, MAX_COUNT, 0)
        self.layouts = QComboBox()
        for kind, (name, _about) in LAYOUTS.items():
            self.layouts.addItem(name, kind)
        for box in (self.what, self.layouts):
            box.setMinimumHeight(30)
        self.about = QLabel()
        self.about.setObjectName("muted")
        self.about.setWordWrap(True)
        self.folder = QLineEdit(str(FIRST_FOLDER.absolute()))
        self.progress = QProgressBar()
        self.status_label = QLabel()
        self.status_label.setWordWrap(True)
        self.status_label.setObjectName("muted")
        self.start_button = QPushButton("Export")
        self.start_button.setObjectName("primary")
        self.close_button = QPushButton("Close")
        self._lay_out()
        self._connect()
        self._show_choice()

    def offer(self, walk: Walk | None, seed: int) -> None:
        """Open, with a walk to write if there are keyframes; ``seed`` is proposed."""
        self._walk = walk
        if not self._running:
            self.seed.setValue(seed)
            self.what.setCurrentIndex(RANDOM if walk is None else self.what.currentIndex())
            self._show_choice()
            self.status_label.clear()
            self.progress.hide()
        self.open()

    def show_progress(self, progress: JobProgress) -> None:
        """So many hands are written."""
        self._set_running(True)
        self.progress.setRange(0, progress.total)
        self.progress.setValue(progress.done)
        self.status_label.setText(f"{progress.done} of {progress.total} hands")

    def show_finished(self, folder: Path) -> None:
        """Everything is written in ``folder``."""
        self._set_running(False)
        self.progress.setValue(self.progress.maximum())
        self.status_label.setText(f"Written to {folder}")

    def show_failed(self, error: str) -> None:
        """Nothing is written; ``error`` says why, empty if it was cancelled."""
        self._set_running(False)
        self.progress.hide()
        self.status_label.setText(error or "Cancelled; nothing was left behind")

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Closing cancels."""
        self._stop()
        super().closeEvent(event)

    def reject(self) -> None:
        """Escape and the button: cancel what runs, else close."""
        if self._running:
            self._stop()
        else:
            super().reject()

    # -- inside ------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._choose = QPushButton("Choose…")
        self._choose.clicked.connect(self._choose_folder)
        where = QHBoxLayout()
        where.setSpacing(8)
        where.addWidget(self.folder, 1)
        where.addWidget(self._choose)
        self._count_label = QLabel()
        self._seed_label = QLabel("Seed")
        self._seed_label.setToolTip("The same seed gives the same files")
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.setVerticalSpacing(10)
        form.setHorizontalSpacing(16)
        form.addRow("What", self.what)
        form.addRow(self._count_label, self.count)
        form.addRow(self._seed_label, self.seed)
        form.addRow("Layout", self.layouts)
        form.addRow("", self.about)
        form.addRow("Folder", where)
        buttons = QDialogButtonBox()
        buttons.addButton(self.start_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.close_button, QDialogButtonBox.ButtonRole.RejectRole)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 18, 18, 16)
        column.setSpacing(12)
        column.addLayout(form)
        column.addStretch(1)
        column.addWidget(self.progress)
        column.addWidget(self.status_label)
        column.addWidget(buttons)
        self.progress.hide()

    def _connect(self) -> None:
        self.what.currentIndexChanged.connect(self._show_choice)
        self.layouts.currentIndexChanged.connect(self._show_choice)
        self.start_button.clicked.connect(self._start)
        self.close_button.clicked.connect(self.reject)

    def _show_choice(self) -> None:
        walk = self.what.currentIndex() == WALK
        self._count_label.setText("Hands from one to the next" if walk else "How many")
        self._seed_label.setEnabled(not walk)
        self.seed.setEnabled(not walk and not self._running)
        self.about.setText(LAYOUTS[self.layouts.currentData()][1])
        self.what.model().item(WALK).setEnabled(self._walk is not None)  # type: ignore[attr-defined]

    def _start(self) -> None:
        count, walk = self.count.value(), None
        try:
            if self.what.currentIndex() == WALK and self._walk is not None:
                walk = self._walk(count)
                count = len(walk)
            request = ExportRequest(
                Path(self.folder.text().strip() or FIRST_FOLDER).expanduser().absolute(),
                self.layouts.currentData(),
                count,
                self.seed.value(),
                walk,
            )
        except InvalidInputError as error:
            self.status_label.setText(str(error))
            return
        self.export_requested.emit(request)

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(
            self, "A new or empty folder for the hands", str(Path(self.folder.text()).parent)
        )
        if chosen:
            self.folder.setText(chosen)

    def _stop(self) -> None:
        if self._running:
            self.status_label.setText("Cancelling…")
            self.cancel_requested.emit()

    def _set_running(self, running: bool) -> None:
        if running == self._running:
            return
        self._running = running
        self.progress.setVisible(True)
        choices = (self.what, self.count, self.layouts, self.folder, self._choose)
        for widget in (*choices, self.start_button):
            widget.setEnabled(not running)
        self.close_button.setText("Cancel" if running else "Close")
        self._show_choice()


def _spin(low: int, high: int, value: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setValue(value)
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
    box.setFixedWidth(110)
    return box
