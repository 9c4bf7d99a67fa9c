"""Profiles in the window: a menu of networks to use, and the dialog that lists them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QWidget

from app.state.profiles import ProfilesState
from app.views.profile_dialog import SHIPPED_NAME, ProfileDialog
from engine.caches import home_folder

DAMAGED: Final = "cannot be used"


class ProfilePresenter(QObject):
    """Offers the shipped networks and every profile. GUI thread only."""

    refresh_requested = Signal()
    """Something that lists profiles opens: a good moment to look for them."""
    use_requested = Signal(str)
    add_requested = Signal(Path)
    remove_requested = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._state = ProfilesState()
        self.dialog = ProfileDialog(parent)
        self.dialog.opened.connect(self.refresh_requested)
        self.dialog.use_requested.connect(self.use_requested)
        self.dialog.add_requested.connect(self._ask_for_folder)
        self.dialog.remove_requested.connect(self._ask_whether_to_remove)
        self.dialog.show_profiles(self._state)

    def show_profiles(self, state: ProfilesState) -> None:
        """Offer these."""
        if state != self._state:
            self._state = state
            self.dialog.show_profiles(state)

    def fill_when_shown(self, menu: QMenu) -> None:
        """Let ``menu`` offer the networks whenever it opens."""
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(lambda: self._fill(menu))

    def _fill(self, menu: QMenu) -> None:
        menu.clear()
        group = QActionGroup(menu)
        self._add(menu, group, "", SHIPPED_NAME, "")
        for stored in self._state.stored:
            name = stored.key if stored.profile is None else stored.profile.name
            self._add(menu, group, stored.key, name, stored.problem)
        self.refresh_requested.emit()

    def _add(self, menu: QMenu, group: QActionGroup, key: str, name: str, problem: str) -> None:
        text = f"{name} – {DAMAGED}" if problem else name
        action = menu.addAction(text.replace("&", "&&"))
        action.setCheckable(True)
        action.setChecked(key == self._state.used)
        action.setEnabled(not problem)
        action.setToolTip(problem or name)
        action.triggered.connect(lambda: self.use_requested.emit(key))
        group.addAction(action)

    def _ask_for_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(
            self._parent, "Add a profile from its folder", str(home_folder())
        )
        if path:
            self.add_requested.emit(Path(path))

    def _ask_whether_to_remove(self, key: str) -> None:
        answer = QMessageBox.question(
            self._parent, "Profiles", f"Delete the profile {key}? Its networks are gone then."
        )
        if answer == QMessageBox.StandardButton.Yes:
            self.remove_requested.emit(key)
