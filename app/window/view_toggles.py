"""What is drawn: switched by actions, remembered at once."""

from __future__ import annotations

from typing import Final

from app.actions.commands import Command
from app.actions.menus import Actions
from app.state.overlays import Overlays
from app.state.settings_store import SettingsStore
from app.views.scene_view import SceneView
from app.window.pages import Pages

TOGGLES: Final = {
    Command.SHOW_SKELETON: "skeleton",
    Command.SHOW_BOX: "box",
    Command.SHOW_UNCERTAINTY: "uncertainty",
    Command.MIRROR: "mirrored",
}
"""The field of ``Overlays`` that each command switches."""


class ViewToggles:
    """Passes the toggles on to the views. GUI thread only."""

    def __init__(
        self, actions: Actions, settings: SettingsStore, pages: Pages, scene: SceneView
    ) -> None:
        self._actions = actions
        self._settings = settings
        self._pages = pages
        self._scene = scene

    def restore(self) -> None:
        """Be as in the settings."""
        first = Overlays()
        for command, field in TOGGLES.items():
            on = self._settings.flag(command.name, getattr(first, field))
            self._actions[command].setChecked(on)
        self._apply()

    def save_and_apply(self) -> None:
        """One was switched: show it, and remember it."""
        for command in TOGGLES:
            self._settings.set_flag(command.name, self._on(command))
        self._apply()

    def _apply(self) -> None:
        overlays = Overlays(**{field: self._on(command) for command, field in TOGGLES.items()})
        self._pages.show_overlays(overlays)
        self._scene.show_overlays(overlays)

    def _on(self, command: Command) -> bool:
        return self._actions[command].isChecked()
