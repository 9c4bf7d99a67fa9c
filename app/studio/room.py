"""Puts the studio's parts together. Imported when its page is first shown: it takes a second."""

from __future__ import annotations

from PySide6.QtGui import QAction

from app.actions.commands import Command
from app.backend import Backend
from app.bridge import Bridge
from app.studio.controller import Studio
from app.studio.exporting import Exporting
from app.studio.page import StudioPage
from app.studio.worker import LatentWorker
from app.style.theme import Theme
from app.views.message_bar import MessageBar
from app.views.scene_view import SceneView


class StudioRoom:
    """The studio's page with its controller, thread and exports. GUI thread only."""

    def __init__(
        self,
        backend: Backend,
        bridge: Bridge,
        theme: Theme,
        actions: dict[Command, QAction],
        scene: SceneView,
        messages: MessageBar,
    ) -> None:
        self.page = StudioPage(theme, actions, scene, messages)
        self.studio = Studio(LatentWorker(backend.latent_models), self.page)
        dialog = self.page.export_dialog
        self.exporting = Exporting(bridge, backend.write_hands, dialog)
        self.page.bind(self.studio)
        dialog.ordered.connect(self.exporting.start)
        dialog.cancel_requested.connect(self.exporting.cancel)
        bridge.result_ready.connect(self.studio.on_result)
        bridge.ticked.connect(self.studio.tick)
        bridge.ticked.connect(self.exporting.tick)

    def close(self) -> None:
        """End the thread; an export stops after its present hand."""
        self.exporting.cancel()
        self.studio.close()
