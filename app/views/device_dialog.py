"""The self-check: what each device makes of stored images, and which one is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QDialog, QProgressBar, QPushButton, QWidget

from app.state.jobs import DeviceCheckState, JobProgress
from app.style.theme import Theme
from app.views.tables import plain_table, set_rows
from app.views.widgets import button_row, lay_out_dialog, paragraph

if TYPE_CHECKING:
    from engine.tracking.self_check import DeviceReport

COLUMNS: Final = ("Device", "", "Pose", "Mean error", "Worst", "Result")
NUMBERS: Final = (2, 3, 4)
RESULT: Final = 5
ABOUT: Final = (
    "Every device that OpenVINO offers here computes the hands of stored images. What differs from "
    "the reference is given in millimetres; a device that is wrong cannot be chosen."
)


class DeviceDialog(QDialog):
    """Asks for a check when it opens, and gives it up when it closes. GUI thread only."""

    check_requested = Signal()
    device_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Self-check")
        self.setMinimumSize(760, 380)
        self._theme = theme
        self._state = DeviceCheckState("")
        self.table = plain_table(COLUMNS, "Devices", wide=1, numbers=NUMBERS)
        self.bar = QProgressBar()
        self.status_label = paragraph(muted=True)
        self.use_button, self.again_button = QPushButton("Use this device"), QPushButton("Check")
        self.use_button.setObjectName("primary")
        self._close = QPushButton("Close")
        self._lay_out()
        self.use_button.clicked.connect(self._use)
        self.again_button.clicked.connect(self.check_requested)
        self._close.clicked.connect(self.reject)
        self.table.itemSelectionChanged.connect(self._show_choice)
        self._show_progress(None)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme

    def open(self) -> None:
        """Open and check."""
        super().open()
        self.check_requested.emit()

    def show_check(self, state: DeviceCheckState) -> None:
        """How the check is, and how each device did."""
        before, self._state = self._state, state
        self._show_progress(state.progress)
        if (state.reports, state.used) != (before.reports, before.used):
            self._show_reports()
            if before.used and state.used != before.used:
                self.status_label.setText(f"The networks run on {state.used} now.")
        elif state.progress is not None:
            checking = state.checking
            self.status_label.setText(
                f"Checking {checking}…" if checking else "Loading the networks…"
            )
        elif before.progress is not None or state.error:
            self.status_label.setText(state.error)
            self._show_choice()

    # -- inside ------------------------------------------------------------------------------

    def _show_progress(self, progress: JobProgress | None) -> None:
        self.bar.setVisible(progress is not None)
        self.again_button.setEnabled(progress is None)
        if progress is not None:
            self.bar.setMaximum(max(progress.total, 1))
            self.bar.setValue(progress.done)

    def _show_reports(self) -> None:
        reports = self._state.reports
        self.status_label.clear()
        texts = [_texts(report, self._state.used) for report in reports]
        rows = set_rows(self.table, texts, numbers=NUMBERS)
        for report, items in zip(reports, rows, strict=True):
            colour = self._theme.success if report.passed else self._theme.error
            items[RESULT].setForeground(QColor(colour))
            for item in items:
                item.setToolTip(report.reason)
        self._show_choice()

    def _lay_out(self) -> None:
        buttons = button_row(self._close, self.use_button, left=(self.again_button,))
        lay_out_dialog(self, paragraph(ABOUT), self.table, self.bar, self.status_label, buttons)

    def _chosen(self) -> DeviceReport | None:
        row = self.table.currentRow()
        return self._state.reports[row] if 0 <= row < len(self._state.reports) else None

    def _show_choice(self) -> None:
        report = self._chosen()
        self.use_button.setEnabled(report is not None and report.passed)
        if report is not None and self._state.progress is None:
            self.status_label.setText(f"{report.device}: {report.reason}" if report.reason else "")

    def _use(self) -> None:
        report = self._chosen()
        if report is not None:
            self.device_chosen.emit(report.device)


def _texts(report: DeviceReport, used: str) -> tuple[str, ...]:
    name = report.device + ("  (in use)" if report.device == used else "")
    result = "good" if report.passed else "wrong" if report.worst_mm else "does not run"
    if report.worst_mm is None:
        return name, report.title, "–", "–", "–", result
    worst = report.worst_mm["pose"]
    return (
        name,
        report.title,
        f"{report.median_ms:.1f} ms",
        f"{report.mean_mm:.2f} mm",
        f"{worst:.2f} mm",
        result,
    )
