"""The studio's page: banner, buttons, sliders, depth pictures, health, keyframes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from app.actions.commands import Command
from app.actions.menu_specs import STUDIO_ONLY
from app.state.scene import eased
from app.state.window_state import Level
from app.studio.axes import Axis, AxisInfo
from app.studio.controller import Studio
from app.studio.export_dialog import ExportDialog
from app.studio.flow_banner import FlowBanner
from app.studio.joint_handles import JointHandles
from app.studio.keyframe_bar import KeyframeBar
from app.studio.loading_notice import LoadingNotice
from app.studio.pictures import DepthPictures, thumbnail
from app.studio.ports import Readiness, StudioState
from app.studio.slider_panel import SliderPanel
from app.studio.studio_bar import StudioBar, show_studio
from app.studio.worker import LatentPicture
from app.style.theme import Theme
from app.views.message_bar import MessageBar
from app.views.panel import Panel, PanelHeader
from app.views.scene_view import SceneView
from engine.camera import FloatArray
from engine.latent.walk import WalkKind, walk_through

NOTE_S: Final = 2.0
RATE_S: Final = 0.5
"""The rate of pictures is told as often as this."""


class StudioPage(QWidget):
    """The studio's view. GUI thread only."""

    def __init__(
        self,
        theme: Theme,
        actions: dict[Command, QAction],
        scene: SceneView,
        messages: MessageBar,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._actions = actions
        self._scene = scene
        self._messages = messages
        self._studio: Studio | None = None
        self._handlers: dict[Command, Callable[[], object]] = {}
        self._note_until_s = 0.0
        self._target: FloatArray | None = None
        self._drawn_s = self._counted_s = time.perf_counter()
        self._count = 0
        self.banner = FlowBanner(theme)
        self.bar = StudioBar(actions)
        self.sliders = SliderPanel(theme)
        self.pictures = DepthPictures(theme)
        self.keyframes = KeyframeBar(theme, actions)
        self.trouble = LoadingNotice(theme)
        self.export_dialog = ExportDialog(self)
        self.joint_handles = JointHandles(scene)
        self._lay_out()

    def bind(self, studio: Studio) -> None:
        """Send commands to ``studio`` from now on."""
        self._studio = studio
        self._handlers = self._handlers_of(studio)
        sliders, thumbnails = self.sliders, self.keyframes.thumbnails
        sliders.moved.connect(studio.set_value)
        sliders.held.connect(studio.hold)
        sliders.let_go.connect(studio.let_go)
        sliders.reset_requested.connect(studio.reset)
        sliders.lock_requested.connect(studio.set_locked)
        self.bar.seed_requested.connect(studio.random)
        thumbnails.chosen.connect(studio.keyframes.go_to)
        thumbnails.remove_requested.connect(studio.keyframes.remove)
        self.joint_handles.dragged.connect(studio.drag_joint)
        self.joint_handles.let_go.connect(studio.let_joint_go)

    def enter(self) -> None:
        """The page is shown."""
        if self._studio is not None:
            self._studio.enter()
            self.show_state(self._studio.state)

    def leave(self) -> None:
        """The page is hidden; the 3D view shows results again."""
        if self._studio is not None:
            self._studio.leave()
        self.joint_handles.show_joints(None)
        self._scene.set_scene(None)
        for command in STUDIO_ONLY:
            self._actions[command].setEnabled(False)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        parts = (self.banner, self.sliders, self.pictures, self.keyframes)
        for part in (*parts, self.trouble):
            part.set_theme(theme)

    def run(self, command: Command) -> None:
        """Do what a button, menu or key asks for."""
        if self._studio is not None and command in self._handlers:
            self._handlers[command]()
            self.show_state(self._studio.state)  # a button that was in vain comes up again

    def _handlers_of(self, studio: Studio) -> dict[Command, Callable[[], object]]:
        def on(command: Command) -> bool:
            return self._actions[command].isChecked()

        def walk_again() -> None:
            if studio.state.playing:
                studio.keyframes.play(True, self.walk_kind)

        return {
            Command.LATENT_FOLLOW: lambda: studio.follow(on(Command.LATENT_FOLLOW)),
            Command.LATENT_RANDOM: lambda: studio.random(self.bar.next_seed()),
            Command.LATENT_RESET: studio.reset_all,
            Command.LATENT_UNDO: studio.undo,
            Command.LATENT_REDO: studio.redo,
            Command.LATENT_COPY: lambda: self._copy(studio.text()),
            Command.LATENT_PASTE: lambda: studio.paste(QGuiApplication.clipboard().text()),
            Command.LATENT_CLOUD: lambda: studio.show_cloud(on(Command.LATENT_CLOUD)),
            Command.KEYFRAME_ADD: studio.keyframes.add,
            Command.KEYFRAME_PLAY: lambda: studio.keyframes.play(
                on(Command.KEYFRAME_PLAY), self.walk_kind
            ),
            Command.LATENT_EXPORT: lambda: self._offer_export(studio),
            Command.WALK_LINEAR: walk_again,
            Command.WALK_SPHERICAL: walk_again,
        }

    def _offer_export(self, studio: Studio) -> None:
        document = studio.document
        keyframes = () if document is None else document.keyframes
        kind = self.walk_kind
        walk = None if len(keyframes) < 2 else lambda n: walk_through(keyframes, n, kind)
        self.export_dialog.offer(walk, studio.state.seed)

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._note("29 numbers copied")

    @property
    def walk_kind(self) -> WalkKind:
        """The kind of walk chosen."""
        spherical = self._actions[Command.WALK_SPHERICAL].isChecked()
        return WalkKind.SPHERICAL if spherical else WalkKind.LINEAR

    # -- what the controller tells -----------------------------------------------------------

    def show_axes(self, infos: tuple[AxisInfo, ...], no_depth: str) -> None:
        """Make the sliders."""
        self.sliders.set_axes(infos)
        self.pictures.show_missing(no_depth)

    def show_state(self, state: StudioState) -> None:
        """Buttons, words and locks for ``state``."""
        ready = state.readiness is Readiness.READY
        self._stack.setCurrentWidget(self._content if ready else self.trouble)
        self.trouble.show_state(state)
        self.banner.show_edit_source(state.edit_source)
        self.sliders.show_locked(state.locked)
        self.bar.show_state(state)
        if state.following and state.no_follow:
            self.pictures.health.show_health(None, (state.no_follow,))
        show_studio(self._actions, state)

    def show_values(self, values: dict[Axis, float], spreads: dict[Axis, float]) -> None:
        """Where the sliders stand."""
        self.sliders.show_values(values, spreads)

    def show_picture(self, picture: LatentPicture) -> None:
        """What the latent looks like, in every view."""
        now_s = time.perf_counter()
        crop = picture.request.crop
        self._target = eased(self._target, crop.centre_mm, (now_s - self._drawn_s) * 1000.0)
        self._drawn_s = now_s
        self.pictures.show_picture(picture)
        self._scene.set_scene(picture.scene, self._target)
        self.joint_handles.show_joints(picture.scene.skeletons[0])
        self._tell_times(picture, now_s)

    def add_keyframe(self, picture: LatentPicture | None) -> None:
        """One more small picture."""
        self.keyframes.thumbnails.add(thumbnail(picture))

    def remove_keyframe(self, index: int) -> None:
        """One less."""
        self.keyframes.thumbnails.remove(index)

    def show_walk(self, place: float | None) -> None:
        """Where the walk is."""
        self.keyframes.thumbnails.show_place(place)

    def show_message(self, text: str, level: Level) -> None:
        """A sentence under the tool bar."""
        self._messages.show_message(text, level)

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
        self._stack.addWidget(self.trouble)
        self._stack.addWidget(self._content)
        self._header = PanelHeader("Latent studio")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(Panel(self._header, self._stack))

    def _note(self, text: str) -> None:
        """Show a short confirmation for a moment."""
        self._header.set_detail(text)
        self._note_until_s = time.perf_counter() + NOTE_S

    def _tell_times(self, picture: LatentPicture, now_s: float) -> None:
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
