"""Finds a pose in a folder of recordings without images, and opens them where it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from app.state.pose_search import PoseSearchState
from app.views.tables import plain_table, set_rows
from app.views.widgets import button_row, lay_out_dialog, paragraph

if TYPE_CHECKING:
    from engine.pose_files.search import PoseMatch

COLUMNS: Final = ("Recording", "Frames", "Time", "Hand", "Off by")
SHOWN_HAND: Final = "The hand that is shown"
WITHIN_DEG: Final = 30
ABOUT: Final = (
    "Searches recordings without images (.pose) for a pose, whatever the hand's place, turn and "
    "size. A double click opens a recording there."
)


class PoseSearchDialog(QDialog):
    """Asks what to look for and lists what was found. GUI thread only."""

    search_requested = Signal(Path, str, float)
    """Folder, name of the pose (empty: of the hand that is shown), limit in degrees."""
    open_requested = Signal(str, int)
    """A recording and one of its frames."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Find pose")
        self.setMinimumSize(680, 480)
        self._state = PoseSearchState()
        self.folder_box, self.pose_box, self.limit_box = QLineEdit(), QComboBox(), QSpinBox()
        self.folder_box.setAccessibleName("Folder of recordings without images")
        self.pose_box.setAccessibleName("Pose")
        self.pose_box.addItem(SHOWN_HAND, "")
        self.limit_box.setAccessibleName("Degrees that the bones may be off")
        self.limit_box.setRange(1, 90)
        self.limit_box.setValue(WITHIN_DEG)
        self.limit_box.setSuffix("°")
        self.table = plain_table(COLUMNS, "Where the pose was found")
        self.notice = paragraph(muted=True)
        self.browse_button, self.search_button = QPushButton("Choose…"), QPushButton("Find")
        self.open_button, close = QPushButton("Open there"), QPushButton("Close")
        self.search_button.setObjectName("primary")
        self.search_button.setDefault(True)
        self._lay_out(close)
        self.browse_button.clicked.connect(self._ask_for_folder)
        self.search_button.clicked.connect(self._search)
        self.open_button.clicked.connect(self._open_match)
        self.table.itemDoubleClicked.connect(lambda _: self._open_match())
        self.table.itemSelectionChanged.connect(self._show_choice)
        close.clicked.connect(self.reject)
        self._show_choice()

    def ask(self, folder: Path) -> None:
        """Open; ``folder`` is where to look unless another one was chosen before."""
        if self.pose_box.count() == 1:
            from engine.pose_files.search import pose_names

            for name in pose_names():
                self.pose_box.addItem(name.replace("_", " "), name)
        if not self.folder_box.text():
            self.folder_box.setText(str(folder))
        super().open()

    def show_search(self, state: PoseSearchState) -> None:
        """What was found."""
        self._state = state
        self.search_button.setEnabled(not state.searching)
        set_rows(self.table, [_texts(match, state.folder) for match in state.matches])
        found = f"Found {len(state.matches)} times." if state.folder is not None else ""
        found = "Searching…" if state.searching else found
        failed = bool(state.notice) and not state.matches
        self.notice.setText(state.notice if failed else "\n".join([found, state.notice]).strip())
        self._show_choice()

    # -- inside ------------------------------------------------------------------------------

    def _search(self) -> None:
        folder = Path(self.folder_box.text()).expanduser()
        limit = float(self.limit_box.value())
        self.search_requested.emit(folder, self.pose_box.currentData(), limit)

    def _open_match(self) -> None:
        row = self.table.currentRow()
        if 0 <= row < len(self._state.matches):
            match = self._state.matches[row]
            self.open_requested.emit(str(match.path), match.best)

    def _show_choice(self) -> None:
        self.open_button.setEnabled(0 <= self.table.currentRow() < len(self._state.matches))

    def _ask_for_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(
            self, "Folder of recordings without images", self.folder_box.text()
        )
        if path:
            self.folder_box.setText(path)

    def _lay_out(self, close: QPushButton) -> None:
        place = QHBoxLayout()
        place.addWidget(self.folder_box, 1)
        place.addWidget(self.browse_button)
        form = QFormLayout()
        form.addRow("In", place)
        form.addRow("Pose", self.pose_box)
        form.addRow("Off by up to", self.limit_box)
        buttons = button_row(close, self.open_button, self.search_button)
        parts = (paragraph(ABOUT), form, self.table, self.notice)
        lay_out_dialog(self, *parts, buttons, tall=self.table)


def _texts(match: PoseMatch, folder: Path | None) -> tuple[str, ...]:
    path = match.path
    if folder is not None and path.is_relative_to(folder) and path != folder:
        path = path.relative_to(folder)
    return (
        str(path),
        f"{match.first}–{match.last}",
        f"{match.begin_s:.1f}–{match.end_s:.1f} s",
        match.handedness.value,
        f"{match.distance_deg:.0f}°",
    )
