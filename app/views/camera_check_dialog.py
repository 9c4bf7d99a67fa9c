"""Will it work with my camera? What was measured, what is normal, and what would help most."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QDialog, QProgressBar, QPushButton, QWidget

from app.state.camera_check import CameraCheckState
from app.style.theme import Theme
from app.views.tables import plain_table, set_rows
from app.views.widgets import button_row, lay_out_dialog, paragraph
from engine.jobs.camera_verdict import MeasureRow, Outlook, Standing

COLUMNS: Final = ("Measure", "Here", "Normal", "")
NUMBERS: Final = (1, 2)
STANDING: Final = 3
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
        self.table = plain_table(COLUMNS, "Measures of the camera", numbers=NUMBERS)
        self.verdict = paragraph()
        font = self.verdict.font()
        font.setPointSizeF(1.25 * font.pointSizeF())
        font.setBold(True)
        self.verdict.setFont(font)
        self.help, self.notice = paragraph(), paragraph(muted=True)
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
        self._show_verdict(state)

    # -- inside ------------------------------------------------------------------------------

    def _show_verdict(self, state: CameraCheckState) -> None:
        report = state.report
        if state.error or report is None:
            self.notice.setText(state.error)
            return
        verdict, colour = report.verdict, self._colour(report.verdict.outlook)
        self.verdict.setText(verdict.outlook.value)
        self.verdict.setStyleSheet(f"color: {colour};")
        self.help.setText(verdict.help or NOTHING_NEEDED)
        width, height = report.size
        measured = f"{report.name}, {width} × {height}, {report.frames} frames"
        self.notice.setText("\n".join(filter(None, (measured, report.notice))))

    def _fill(self) -> None:
        rows = self._state.rows
        texts = [(row.title, row.value, row.normal, row.standing.value) for row in rows]
        for row, items in zip(rows, set_rows(self.table, texts, numbers=NUMBERS), strict=True):
            items[STANDING].setForeground(QColor(self._colour_of(row)))

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
