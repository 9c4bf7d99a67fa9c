"""What is drawn, and how hands are followed: switched by actions, remembered at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtGui import QAction

from app.actions.commands import Command
from app.actions.menu_specs import SMOOTHINGS
from app.control.tracking import TrackingController
from app.settings import Settings
from app.views.scene_view import SceneView
from app.window.pages import Pages
from engine.tracking.config import TrackingSettings

TOGGLES: Final = {
    Command.SHOW_SKELETON: True,
    Command.SHOW_BOX: True,
    Command.SHOW_UNCERTAINTY: False,
    Command.MIRROR: False,
}
"""The switches and how they stand at first."""


class ViewToggles:
    """Passes the switches on to the views. GUI thread only."""

    def __init__(
        self,
        actions: dict[Command, QAction],
        settings: Settings,
        pages: Pages,
        scene: SceneView,
    ) -> None:
        self._actions = actions
        self._settings = settings
        self._pages = pages
        self._scene = scene
        self._tracking: TrackingController | None = None

    def bind(self, tracking: TrackingController) -> None:
        """Let the controller change how hands are followed from now on."""
        self._tracking = tracking

    @property
    def handlers(self) -> dict[Command, Callable[[], object]]:
        """What to do for each command."""
        return {
            **dict.fromkeys(TOGGLES, self.switched),
            **dict.fromkeys(SMOOTHINGS, self._tune),
            Command.TWO_HANDS: self._tune,
        }

    def _tune(self) -> None:
        if self._tracking is not None:
            level = next(level for command, level in SMOOTHINGS.items() if self._on(command))
            self._tracking.set(TrackingSettings(2 if self._on(Command.TWO_HANDS) else 1, level))

    def restore(self) -> None:
        """Stand as in the settings."""
        for command, default in TOGGLES.items():
            self._actions[command].setChecked(self._settings.flag(command.name, default))
        self._apply()

    def switched(self) -> None:
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
