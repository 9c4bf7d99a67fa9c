"""The studio's page: banner, buttons, sliders, depth pictures, health, keyframes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from app.actions.commands import Command
from app.actions.menu_specs import STUDIO_ONLY
from app.state.scene import eased
from app.studio.state import Readiness, SliderSetup, SliderValues, StudioState
from app.studio.views.export_dialog import ExportDialog
from app.studio.views.flow_banner import FlowBanner
from app.studio.views.joint_handles import JointHandles
from app.studio.views.keyframe_bar import KeyframeBar
from app.studio.views.loading_notice import LoadingNotice
from app.studio.views.pictures import DepthPictures, thumbnail
from app.studio.views.slider_panel import SliderPanel
from app.studio.views.studio_bar import StudioBar, show_studio
from app.studio.worker import LatentPicture
from app.style.theme import Theme
from app.views.panel import Panel, PanelHeader
from app.views.scene_view import SceneView
from app.views.widgets import fill
from engine.camera import FloatArray
from engine.latent.walk import WalkKind, walk_through

NOTE_S: Final = 2.0
RATE_S: Final = 0.5
"""How often the rate of pictures is shown."""


class StudioPage(QWidget):
    """The studio's view. GUI thread only."""

    def __init__(
        self,
        theme: Theme,
        actions: dict[Command, QAction],
        scene: SceneView,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._actions = actions
        self._scene = scene
        self._note_until_s = 0.0
        self._target: FloatArray | None = None
        self._drawn_s = self._counted_s = time.perf_counter()
        self._count = 0
        self.banner = FlowBanner(theme)
        self.bar = StudioBar(actions)
        self.sliders = SliderPanel(theme)
        self.pictures = DepthPictures(theme)
        self.keyframes = KeyframeBar(theme, actions)
        self.loading_notice = LoadingNotice(theme)
        self.export_dialog = ExportDialog(self)
        self.joint_handles = JointHandles(scene)
        self._lay_out()

    def deactivate(self) -> None:
        """The page is hidden; the 3D view shows results again."""
        self.joint_handles.show_joints(None)
        self._scene.set_scene(None)
        for command in STUDIO_ONLY:
            self._actions[command].setEnabled(False)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        parts = (self.banner, self.sliders, self.pictures, self.keyframes)
        for part in (*parts, self.loading_notice):
            part.set_theme(theme)

    def offer_export(self, keyframes: Sequence[FloatArray], seed: int) -> None:
        """Ask what to write: random hands from ``seed``, or the walk through ``keyframes``."""
        kind = self.walk_kind
        walk = None if len(keyframes) < 2 else lambda n: walk_through(keyframes, n, kind)
        self.export_dialog.offer(walk, seed)

    def pasted(self) -> str:
        """The text on the clipboard."""
        return QGuiApplication.clipboard().text()

    def copy(self, text: str) -> None:
        """Put the latent's text onto the clipboard."""
        QGuiApplication.clipboard().setText(text)
        self._note("Latent code copied: 29 numbers")

    @property
    def walk_kind(self) -> WalkKind:
        """The kind of walk chosen."""
        spherical = self._actions[Command.WALK_SPHERICAL].isChecked()
        return WalkKind.SPHERICAL if spherical else WalkKind.LINEAR

    # -- setters -----------------------------------------------------------------------------

    def show_axes(self, setup: SliderSetup) -> None:
        """Make the sliders."""
        self.sliders.set_axes(setup.infos)
        self.pictures.show_no_depth(setup.no_depth)

    def show_state(self, state: StudioState) -> None:
        """Buttons, words and locks for ``state``."""
        ready = state.readiness is Readiness.READY
        self._stack.setCurrentWidget(self._content if ready else self.loading_notice)
        self.loading_notice.show_state(state)
        self.banner.show_edit_source(state.edit_source)
        self.sliders.show_locked(state.locked)
        self.bar.show_state(state)
        if state.following and state.follow_blocker:
            self.pictures.health.show_health(None, (state.follow_blocker,))
        show_studio(self._actions, state)

    def show_values(self, state: SliderValues) -> None:
        """Where the sliders stand."""
        self.sliders.show_values(state.values, state.spreads)

    def show_picture(self, picture: LatentPicture) -> None:
        """What the latent looks like, in every view."""
        now_s = time.perf_counter()
        crop = picture.request.crop
        self._target = eased(self._target, crop.centre_mm, (now_s - self._drawn_s) * 1000.0)
        self._drawn_s = now_s
        self.pictures.show_picture(picture)
        self._scene.set_scene(picture.scene, self._target)
        self.joint_handles.show_joints(picture.scene.skeletons[0])
        self._show_times(picture, now_s)

    def add_keyframe(self, picture: LatentPicture | None) -> None:
        """One more small picture."""
        self.keyframes.thumbnails.add(thumbnail(picture))

    def remove_keyframe(self, index: int) -> None:
        """One less."""
        self.keyframes.thumbnails.remove(index)

    def show_walk(self, place: float | None) -> None:
        """Where the walk is."""
        self.keyframes.thumbnails.show_place(place)

    # -- inside ------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.sliders)
        self._split.addWidget(self.pictures)
        self._split.setStretchFactor(1, 1)
        self._content = QWidget()
        content = QVBoxLayout(self._content)
        content.setContentsMargins(0, 0, 0, 0)
        content.setSpacing(0)
        content.addWidget(self.banner)
        content.addWidget(self.bar)
        content.addWidget(self._split, 1)
        content.addWidget(self.keyframes)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.loading_notice)
        self._stack.addWidget(self._content)
        self._header = PanelHeader("Latent studio")
        fill(self, Panel(self._header, self._stack))

    def _note(self, text: str) -> None:
        """Show a short confirmation for a moment."""
        self._header.set_detail(text)
        self._note_until_s = time.perf_counter() + NOTE_S

    def _show_times(self, picture: LatentPicture, now_s: float) -> None:
        self._count += 1
        passed_s = now_s - self._counted_s
        if passed_s < RATE_S or now_s < self._note_until_s:
            return
        parts = [f"decode {picture.decode_ms:.1f} ms"]
        if picture.depth is not None:
            parts.append(f"depth {picture.generate_ms:.1f} ms")
        if passed_s < 2 * RATE_S:  # otherwise nothing moved for a while
            parts.append(f"{self._count / passed_s:.0f} updates/s")
        self._header.set_detail("  ·  ".join(parts))
        self._count, self._counted_s = 0, now_s
