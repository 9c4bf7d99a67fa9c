"""What is drawn: switched by actions, remembered at once."""

from __future__ import annotations

from typing import Final

from app.actions.commands import Command
from app.actions.menus import Actions
from app.state.settings_store import SettingsStore
from app.views.scene_view import SceneView
from app.window.pages import Pages

TOGGLES: Final = {
    Command.SHOW_SKELETON: True,
    Command.SHOW_BOX: True,
    Command.SHOW_UNCERTAINTY: False,
    Command.MIRROR: False,
}
"""The toggles and how they are at first."""


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
        for command, default in TOGGLES.items():
            self._actions[command].setChecked(self._settings.flag(command.name, default))
        self._apply()

    def save_and_apply(self) -> None:
        """One was switched: show it, and remember it."""
        for command in TOGGLES:
            self._settings.set_flag(command.name, self._on(command))
        self._apply()

    def _apply(self) -> None:
        uncertainty, mirrored = self._on(Command.SHOW_UNCERTAINTY), self._on(Command.MIRROR)
        self._pages.set_overlays(
            skeleton=self._on(Command.SHOW_SKELETON),
            box=self._on(Command.SHOW_BOX),
            uncertainty=uncertainty,
            mirrored=mirrored,
        )
        self._scene.set_uncertainty_shown(uncertainty)
        self._scene.set_mirrored(mirrored)

    def _on(self, command: Command) -> bool:
        return self._actions[command].isChecked()
