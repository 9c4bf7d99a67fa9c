"""Will it work with my camera? What was measured, what is normal, and what would help most."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTableWidgetItem,
    QWidget,
)

from app.state.camera_check import CameraCheckState
from app.style.theme import Theme
from app.views.tables import plain_table
from app.views.widgets import button_row, lay_out_dialog, paragraph
from engine.jobs.camera_verdict import MeasureRow, Outlook, Standing

COLUMNS: Final = ("Measure", "Here", "Normal", "")
RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
ABOUT: Final = (
    "Show one hand to the camera and open and close it. A hundred frames are measured and compared "
    "with cameras that are known to work."
)
WATCHING: Final = "Watching: {done} of {total} frames"
LOADING: Final = "Loading the networks…"
NOTHING_NEEDED: Final = "Nothing needs to be changed."


class CameraCheckDialog(QDialog):
    """Asks for a check when it opens, and gives it up when it closes. GUI thread only."""

    check_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Check camera")
        self.setMinimumSize(620, 640)
        self._theme = theme
        self._state = CameraCheckState()
        self.table = plain_table(COLUMNS, "Measures of the camera")
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            head = QTableWidgetItem(COLUMNS[column])
            head.setTextAlignment(RIGHT)
            self.table.setHorizontalHeaderItem(column, head)
        self.verdict = QLabel()
        font = self.verdict.font()
        font.setPointSizeF(1.25 * font.pointSizeF())
        font.setBold(True)
        self.verdict.setFont(font)
        self.help = QLabel()
        self.notice = QLabel()
        self.notice.setObjectName("muted")
        for label in (self.verdict, self.help, self.notice):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.again_button, self._close = QPushButton("Check again"), QPushButton("Close")
        self.again_button.clicked.connect(self.check_requested)
        self._close.clicked.connect(self.reject)
        self._lay_out()
        self.show_check(self._state)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self._fill()

    def open(self) -> None:
        """Open and check."""
        super().open()
        self.check_requested.emit()

    def show_check(self, state: CameraCheckState) -> None:
        """How the check is, and what it found."""
        before, self._state = self._state, state
        self.bar.setVisible(state.progress is not None)
        self.again_button.setEnabled(state.progress is None)
        if state.progress is not None:
            done, total = state.progress.done, max(state.progress.total, 1)
            self.bar.setMaximum(total)
            self.bar.setValue(done)
            self.notice.setText(WATCHING.format(done=done, total=total) if done else LOADING)
            return
        if state.report is not before.report:
            self._fill()
        self._tell(state)

    # -- inside ------------------------------------------------------------------------------

    def _tell(self, state: CameraCheckState) -> None:
        report = state.report
        if state.error or report is None:
            self.notice.setText(state.error)
            return
        verdict, colour = report.verdict, self._colour(report.verdict.outlook)
        self.verdict.setText(verdict.outlook.value)
        self.verdict.setStyleSheet(f"color: {colour};")
        self.help.setText(verdict.help or NOTHING_NEEDED)
        width, height = report.size
        told = f"{report.name}, {width} × {height}, {report.frames} frames"
        self.notice.setText("\n".join(filter(None, (told, report.notice))))

    def _fill(self) -> None:
        rows = self._state.rows
        self.table.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for column, text in enumerate((row.title, row.value, row.normal, row.standing.value)):
                item = QTableWidgetItem(text)
                if column in (1, 2):
                    item.setTextAlignment(RIGHT)
                if column == 3:
                    item.setForeground(QColor(self._colour_of(row)))
                self.table.setItem(number, column, item)

    def _colour(self, outlook: Outlook) -> str:
        theme = self._theme
        return {Outlook.GOOD: theme.success, Outlook.BAD: theme.error}.get(outlook, theme.warning)

    def _colour_of(self, row: MeasureRow) -> str:
        theme = self._theme
        colours = {Standing.NORMAL: theme.success, Standing.POOR: theme.error}
        return colours.get(row.standing, theme.warning)

    def _lay_out(self) -> None:
        buttons = button_row(self._close, left=(self.again_button,))
        parts = (paragraph(ABOUT), self.bar, self.verdict, self.help, self.table, self.notice)
        lay_out_dialog(self, *parts, buttons, tall=self.table)
