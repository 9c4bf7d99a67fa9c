"""The self-check: what each device makes of stored images, and which one is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.control.device_check import DeviceCheckController
from app.style.theme import Theme
from app.views.tables import plain_table

if TYPE_CHECKING:
    from engine.tracking.self_check import DeviceReport

COLUMNS: Final = ("Device", "", "Pose", "Mean error", "Worst", "Verdict")
NUMBERS: Final = (2, 3, 4)
VERDICT: Final = 5
RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
ABOUT: Final = (
    "Every device that OpenVINO offers here computes the hands of stored images. What differs from "
    "the reference is told in millimetres; a device that is wrong cannot be chosen."
)


class DeviceDialog(QDialog):
    """Checks when it opens. GUI thread only."""

    def __init__(
        self, check: DeviceCheckController, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Self-check")
        self.setMinimumSize(760, 380)
        self._check, self._theme = check, theme
        self._reports: tuple[DeviceReport, ...] = ()
        self.table = plain_table(COLUMNS, "Devices")
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        for column in NUMBERS:
            head = QTableWidgetItem(COLUMNS[column])
            head.setTextAlignment(RIGHT)
            self.table.setHorizontalHeaderItem(column, head)
        self.bar = QProgressBar()
        self.words = QLabel()
        self.words.setObjectName("muted")
        self.words.setWordWrap(True)
        self.use_button, self.again_button = QPushButton("Use this device"), QPushButton("Check")
        self.use_button.setObjectName("primary")
        self._close = QPushButton("Close")
        self._lay_out()
        self.use_button.clicked.connect(self._use)
        self.again_button.clicked.connect(self._start)
        self._close.clicked.connect(self.reject)
        self.table.itemSelectionChanged.connect(self._show_choice)
        self.finished.connect(lambda _code: check.watch(None))
        check.watch(self)
        self._start()

    # -- what is told ------------------------------------------------------------------------

    def show_checking(self, done: int, of: int, device: str) -> None:
        """How far the check is."""
        self.bar.setMaximum(max(of, 1))
        self.bar.setValue(done)
        self.bar.setVisible(bool(device) or self._check.running)
        self.again_button.setEnabled(not self._check.running)
        if self._check.running:
            self.words.setText(f"Checking {device}…" if device else "Loading the networks…")

    def show_reports(self, reports: tuple[DeviceReport, ...], used: str) -> None:
        """How each device did."""
        self._reports = reports
        self.words.clear()
        self.table.setRowCount(len(reports))
        for row, report in enumerate(reports):
            for column, text in enumerate(_texts(report, used)):
                item = QTableWidgetItem(text)
                if column in NUMBERS:
                    item.setTextAlignment(RIGHT)
                if column == VERDICT:
                    colour = self._theme.success if report.passed else self._theme.error
                    item.setForeground(QColor(colour))
                item.setToolTip(report.reason)
                self.table.setItem(row, column, item)
        self._show_choice()

    def show_error(self, text: str) -> None:
        """Why nothing could be checked."""
        self.again_button.setEnabled(True)
        self.words.setText(text)

    # -- inside ------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        about = QLabel(ABOUT)
        about.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.addWidget(self.again_button)
        buttons.addStretch(1)
        buttons.addWidget(self._close)
        buttons.addWidget(self.use_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 18, 18, 14)
        column.setSpacing(12)
        for part in (about, self.table, self.bar, self.words):
            column.addWidget(part)
        column.addLayout(buttons)

    def _start(self) -> None:
        self._check.start()
        self.show_checking(0, 1, "")
        self._show_choice()

    def _chosen(self) -> DeviceReport | None:
        row = self.table.currentRow()
        return self._reports[row] if 0 <= row < len(self._reports) else None

    def _show_choice(self) -> None:
        report = self._chosen()
        self.use_button.setEnabled(report is not None and report.passed)
        if report is not None and not self._check.running:
            self.words.setText(f"{report.device}: {report.reason}" if report.reason else "")

    def _use(self) -> None:
        report = self._chosen()
        if report is not None and self._check.use(report.device):
            self.words.setText(f"The networks run on {report.device} now.")


def _texts(report: DeviceReport, used: str) -> tuple[str, ...]:
    name = report.device + ("  (in use)" if report.device == used else "")
    verdict = "good" if report.passed else "wrong" if report.worst_mm else "does not run"
    if report.worst_mm is None:
        return name, report.title, "–", "–", "–", verdict
    worst = report.worst_mm["pose"]
    return (
        name,
        report.title,
        f"{report.median_ms:.1f} ms",
        f"{report.mean_mm:.2f} mm",
        f"{worst:.2f} mm",
        verdict,
    )
