"""The user's profiles in a list: what each was made of and gained, one to use."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QDialog,
    QPushButton,
    QWidget,
)

from app.state.profiles import ProfilesState
from app.views.tables import plain_table, set_rows
from app.views.widgets import button_row, lay_out_dialog, paragraph
from engine.bone_lengths import bones_in_words
from engine.profile_store import StoredProfile
from engine.profiles import Gain, Profile

COLUMNS: Final = ("Profile", "Camera", "Made", "From")
SHIPPED_NAME: Final = "Shipped networks"
ABOUT: Final = (
    "A profile holds networks that were adapted to one camera and one person. The one you use is "
    "remembered for the camera."
)
NOT_REMEMBERED: Final = "Used until the program ends: this source has no serial number."


class ProfileDialog(QDialog):
    """Lists the shipped networks and every profile. GUI thread only."""

    use_requested = Signal(str)
    """The key of a profile; empty for the shipped networks."""
    add_requested = Signal()
    remove_requested = Signal(str)
    opened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Profiles")
        self.setMinimumSize(760, 460)
        self._state = ProfilesState()
        self.table = plain_table(COLUMNS, "Profiles")
        self.details = paragraph()
        self.details.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.details.setMinimumHeight(96)
        self.status_label = paragraph(muted=True)
        self.use_button, self.add_button = QPushButton("Use"), QPushButton("Add from folder…")
        self.use_button.setObjectName("primary")
        self.report_button, self.remove_button = QPushButton("Show report"), QPushButton("Remove…")
        self._close = QPushButton("Close")
        self._lay_out()
        self.use_button.clicked.connect(lambda: self.use_requested.emit(self.chosen_key))
        self.add_button.clicked.connect(self.add_requested)
        self.remove_button.clicked.connect(lambda: self.remove_requested.emit(self.chosen_key))
        self.report_button.clicked.connect(self._show_report)
        self._close.clicked.connect(self.reject)
        self.table.itemSelectionChanged.connect(self._show_choice)

    def open(self) -> None:
        """Open, and have the profiles listed anew."""
        super().open()
        self.opened.emit()

    def show_profiles(self, state: ProfilesState) -> None:
        """List what there is."""
        key = self.chosen_key
        self._state = state
        rows = [("", SHIPPED_NAME, "", "", ""), *(_row(each) for each in state.stored)]
        keys = [row[0] for row in rows]
        used = [name + ("  (in use)" if key == state.used else "") for key, name, *_ in rows]
        texts = [(name, *row[2:]) for name, row in zip(used, rows, strict=True)]
        for own_key, items in zip(keys, set_rows(self.table, texts), strict=True):
            items[0].setData(Qt.ItemDataRole.UserRole, own_key)
        self.table.selectRow(keys.index(key) if key in keys else 0)
        self._show_choice()

    @property
    def chosen_key(self) -> str:
        """The key of the selected profile; empty for the shipped networks, or for nothing."""
        item = self.table.item(self.table.currentRow(), 0)
        return "" if item is None else str(item.data(Qt.ItemDataRole.UserRole))

    # -- inside ------------------------------------------------------------------------------

    def _show_choice(self) -> None:
        state, key = self._state, self.chosen_key
        stored = state.named(key)
        profile = None if stored is None else stored.profile
        self.details.setText(_details(stored))
        self.use_button.setEnabled(key != state.used and (not key or profile is not None))
        self.remove_button.setEnabled(stored is not None)
        self.report_button.setEnabled(profile is not None and bool(profile.report))
        note = "" if state.camera_serial or not state.used else NOT_REMEMBERED
        self.status_label.setText(note)

    def _show_report(self) -> None:
        stored = self._state.named(self.chosen_key)
        if stored is not None and stored.profile is not None:
            path = Path(stored.path / stored.profile.report)
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

    def _lay_out(self) -> None:
        left = (self.add_button, self.remove_button, self.report_button)
        buttons = button_row(self._close, self.use_button, left=left)
        parts = (paragraph(ABOUT), self.table, self.details, self.status_label)
        lay_out_dialog(self, *parts, buttons, tall=self.table)


def _row(stored: StoredProfile) -> tuple[str, str, str, str, str]:
    profile = stored.profile
    if profile is None:
        return stored.key, f"{stored.key} – cannot be used", "", "", ""
    made = datetime.fromisoformat(profile.created).astimezone().strftime("%Y-%m-%d %H:%M")
    return stored.key, profile.name, _camera(profile), made, _recordings(profile)


def _camera(profile: Profile) -> str:
    return "  ".join(filter(None, (profile.camera_name, profile.camera_serial))) or "unknown"


def _recordings(profile: Profile) -> str:
    count = len(profile.recordings)
    return f"{count} recording{'s' if count > 1 else ''}, {profile.seconds / 60.0:.1f} min"


def _details(stored: StoredProfile | None) -> str:
    if stored is None:
        return "What the program came with: trained on synthetic hands of many people and cameras."
    profile = stored.profile
    if profile is None:
        return stored.problem
    lines = [f"Recordings: {', '.join(recording.name for recording in profile.recordings)}"]
    lines += [_gain(name, gain) for name, gain in profile.gains.items()]
    lines += filter(None, [bones_in_words(profile.bone_lengths_mm)])
    return "\n".join(lines)


def _gain(name: str, gain: Gain) -> str:
    verdict = "better" if gain.better else "the same" if gain.before == gain.after else "worse"
    unit = "" if not gain.unit else gain.unit if gain.unit == "%" else f" {gain.unit}"
    return f"{name}: {gain.before:.3g}{unit} before, {gain.after:.3g}{unit} after ({verdict})"
