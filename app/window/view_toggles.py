"""What is drawn: switched by actions, remembered at once."""

from __future__ import annotations

from typing import Final

from app.actions.commands import Command
from app.actions.menus import Actions
from app.state.overlays import Overlays
from app.state.settings_store import SettingsStore
from app.state.store import Event
from app.views.scene_process import DrawingLibrary
from app.views.scene_view import SceneView
from app.window.pages import Pages

OVERLAYS: Final = {
    Command.SHOW_SKELETON: "skeleton",
    Command.SHOW_BOX: "box",
    Command.SHOW_UNCERTAINTY: "uncertainty",
    Command.MIRROR: "mirrored",
}
"""The field of ``Overlays`` that each command switches."""
TOGGLES: Final = (*OVERLAYS, Command.DRAW_WITH_OPEN3D)


class ViewToggles:
    """Passes the toggles on to the views. GUI thread only."""

    def __init__(
        self, actions: Actions, settings: SettingsStore, pages: Pages, scene: SceneView
    ) -> None:
        self._actions = actions
        self._settings = settings
        self._pages = pages
        self._scene = scene
        self.refused: Event[str] = Event()
        """A toggle that went back by itself, and why: a sentence."""

    def restore(self) -> None:
        """Be as in the settings."""
        first = Overlays()
        for command in TOGGLES:
            default = command in OVERLAYS and getattr(first, OVERLAYS[command])
            self._actions[command].setChecked(self._settings.flag(command.name, default))
        self._apply()

    def save_and_apply(self) -> None:
        """One was switched: show it, and remember it."""
        for command in TOGGLES:
            self._settings.set_flag(command.name, self._on(command))
        self._apply()

    def tick(self) -> None:
        """Notice that Open3D does not draw."""
        reason = self._scene.renderer.refusals.take()
        if reason is not None:
            self._actions[Command.DRAW_WITH_OPEN3D].setChecked(False)
            self.save_and_apply()
            self.refused.emit(f"OpenGL draws the 3D view, as Open3D cannot: {reason}")

    def _apply(self) -> None:
        overlays = Overlays(**{field: self._on(command) for command, field in OVERLAYS.items()})
        self._pages.show_overlays(overlays)
        self._scene.show_overlays(overlays)
        open3d = self._on(Command.DRAW_WITH_OPEN3D)
        library = DrawingLibrary.OPEN3D if open3d else DrawingLibrary.OPENGL
        self._scene.renderer.set_library(library)

    def _on(self, command: Command) -> bool:
        return self._actions[command].isChecked()
