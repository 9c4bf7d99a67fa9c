"""The window: puts views, menus and bars together and passes commands to the controller."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QMainWindow, QMenu

from app.actions.commands import Command
from app.actions.menu_specs import IN_CHOOSER, RECORDING, STUDIO_ONLY, THEMES, Slot
from app.actions.menus import (
    build_actions,
    build_menus,
    build_tool_bar,
    set_action_icons,
    show_playback,
    show_tracking,
)
from app.control.source import SourceController
from app.settings import Settings
from app.state.session import CamerasFound
from app.state.window_state import Level, WindowState
from app.style.icons import app_icon
from app.style.theme import Theme, ThemeChoice
from app.views.camera_presenter import CameraPresenter
from app.views.hint_bar import HintBar
from app.views.message_bar import MessageBar
from app.views.record_panel import RecordPanel
from app.views.replay_bar import ReplayBar
from app.views.scene_renderer import SceneRenderer
from app.views.scene_view import SceneView
from app.views.source_chooser import SourceChooser, fill_recent
from app.views.status_strip import StatusStrip
from app.window.dialogs import ask_for_source, dropped_path
from app.window.dock_layout import Desk
from app.window.pages import Page, Pages
from app.window.panels import Panels
from app.window.view_toggles import ViewToggles
from engine.recording.recorder import RecordingSnapshot
from engine.types import FrameResult

TITLE: Final = "Crossing Hands"


class MainWindow(QMainWindow):
    """The program's one window; the controller's view. GUI thread only."""

    theme_requested = Signal(object)
    """A ``ThemeChoice``."""

    def __init__(self, settings: Settings, theme: Theme, renderer: SceneRenderer) -> None:
        super().__init__()
        self._settings = settings
        self._theme = theme
        self._controller: SourceController | None = None
        self.setWindowTitle(TITLE)
        self.setWindowIcon(app_icon())
        self.setAcceptDrops(True)
        self.scene_view = SceneView(renderer)
        self.message_bar = MessageBar(theme)
        self.hint_bar = HintBar(theme)
        self.actions_by_command = build_actions(self, self._run)
        self.panels = Panels(settings, self.scene_view)
        self.status_strip = StatusStrip(theme, self.panels.performance.toggleViewAction())
        self.replay_bar = ReplayBar(theme, self.actions_by_command)
        self.pages = Pages(theme, self.actions_by_command)
        self.record_panel = RecordPanel(theme, self.actions_by_command, settings)
        offered = tuple(self.actions_by_command[command] for command in IN_CHOOSER)
        self.chooser = SourceChooser(theme, offered)
        self.camera_presenter = CameraPresenter(theme, self.chooser, self._open)
        self.dock_layout = Desk(self, settings, self.panels.places)
        self.view_toggles = ViewToggles(
            self.actions_by_command, settings, self.pages, self.scene_view
        )
        self.command_handlers = self._own_handlers()
        self._lay_out()
        self._connect()
        self.set_theme(theme)
        self.restore()
        self.show_state(WindowState())

    def bind(self, controller: SourceController) -> None:
        """Send commands to ``controller`` from now on."""
        self._controller = controller
        self.record_panel.bind(controller.recording)
        self.view_toggles.bind(controller.tracking)
        self.camera_presenter.bind(controller.cameras)
        playback = controller.playback
        playback.set_repeat(self._settings.flag(Command.LOOP.name, True))
        self.replay_bar.seek_requested.connect(playback.seek)
        self.replay_bar.speed_requested.connect(playback.set_speed)
        self.replay_bar.held.connect(playback.hold)
        self.replay_bar.let_go.connect(playback.let_go)

    # -- what the controller tells -----------------------------------------------------------

    def show_state(self, state: WindowState) -> None:
        """Titles, buttons and panels for ``state``."""
        session = state.session
        shown = (session.spec, session.name) if session else ("", "No source")
        self.chooser.show_source(*shown)
        self.pages.track.show_state(state)
        self.setWindowTitle(f"{session.name} – {TITLE}" if session else TITLE)
        self.status_strip.show_state(state)
        show_playback(self.actions_by_command, state, self._theme)
        show_tracking(self.actions_by_command, state)
        self.replay_bar.show_state(state)
        self.record_panel.show_state(state)
        self.panels.show_state(state)
        self.chooser.show_recent(self._settings.recent)

    def show_message(self, text: str, level: Level, retry: str | None = None) -> None:
        """A sentence under the tool bar."""
        self.message_bar.show_message(text, level, retry)
        self.panels.show_message(text, level)

    def clear_message(self) -> None:
        """Take the sentence away."""
        self.message_bar.clear()

    def show_result(self, result: FrameResult) -> None:
        """A new result for every view."""
        self.pages.track.show_result(result)
        self.scene_view.set_result(result)
        self.panels.show_result(result)
        self.status_strip.show_result(result)
        self.replay_bar.show_result(result)

    def show_recording(self, shown: RecordingSnapshot | None) -> None:
        """How far the recording is; None when there is none."""
        self.record_panel.show_recording(shown)

    def show_cameras(self, found: CamerasFound) -> None:
        """The attached cameras, or why there are none."""
        self.camera_presenter.show_cameras(found)

    def clear_results(self, depth_range_mm: tuple[float, float] | None = None) -> None:
        """Another source is shown from now on, in this range of depths if it is known."""
        self.pages.track.clear_results(depth_range_mm)
        self.scene_view.set_result(None)
        self.panels.show_result(None)
        self.status_strip.clear_results()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        set_action_icons(self.actions_by_command, theme)
        bars = (self.chooser, self.record_panel, self.message_bar, self.hint_bar)
        others = (self.replay_bar, self.pages, self.dock_layout, self.camera_presenter)
        for part in (*bars, self.status_strip, *others):
            part.set_theme(theme)
        if self._controller is not None:
            show_playback(self.actions_by_command, self._controller.state, theme)

    def show_page(self, page: Page) -> None:
        """Show a page; each has its own width of the 3D view beside it."""
        before = self.pages.page
        self.pages.show_page(page)
        self.dock_layout.switch_page(before, page)

    # -- building ----------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.setCentralWidget(self.pages)
        actions = self.actions_by_command
        self.addToolBar(build_tool_bar(self, actions, self.chooser, self.record_panel))
        self.addToolBarBreak()
        self.addToolBar(self.message_bar)
        self.addToolBarBreak()
        self.addToolBar(self.hint_bar)
        self.addToolBar(Qt.ToolBarArea.BottomToolBarArea, self.replay_bar)
        self.statusBar().addPermanentWidget(self.status_strip, 1)
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().setContentsMargins(0, 0, 0, 0)
        build_menus(
            self.menuBar(),
            actions,
            {
                Slot.SOURCES: self.camera_presenter.fill_when_shown,
                Slot.RECENT: lambda menu: menu.aboutToShow.connect(lambda: self._recent(menu)),
                Slot.PANELS: self.dock_layout.fill_menu,
            },
        )

    def _connect(self) -> None:
        self.panels.message.connect(self.show_message)
        self.chooser.chosen.connect(self._open)
        self.message_bar.retry_requested.connect(self._open)
        empty = self.pages.track.empty_state
        empty.recording_requested.connect(lambda: self._run(Command.OPEN_RECORDING))
        empty.synthetic_requested.connect(lambda: self._run(Command.OPEN_SYNTHETIC))

    def restore(self) -> None:
        """Stand and be switched as in the settings."""
        messages, hints = self.message_bar.isVisible(), self.hint_bar.isVisible()
        self.dock_layout.restore()
        self.message_bar.setVisible(messages)
        self.hint_bar.setVisible(hints)
        self.view_toggles.restore()
        theme = next(c for c, choice in THEMES.items() if choice is self._settings.theme)
        self.actions_by_command[theme].setChecked(True)
        self.actions_by_command[Command.FULL_SCREEN].setChecked(self.isFullScreen())

    # -- commands ----------------------------------------------------------------------------

    def _run(self, command: Command) -> None:
        """Do what a menu, button or key asks for."""
        if command in self.command_handlers:
            self.command_handlers[command]()
        elif command in RECORDING:
            self.record_panel.run(command)
        elif command in STUDIO_ONLY:
            self.pages.run(command)
        elif self._controller is not None:
            self._controller.playback.run(command)

    def _own_handlers(self) -> dict[Command, Callable[[], object]]:
        """What the window does by itself."""

        def ask(command: Command) -> Callable[[], object]:
            return lambda: self._open(ask_for_source(self, command, self._settings.recent))

        def dress(command: Command) -> Callable[[], object]:
            return lambda: self._ask_for_theme(THEMES[command])

        sources = (Command.OPEN_RECORDING, Command.OPEN_FOLDER, Command.OPEN_SYNTHETIC)
        return {
            **{command: ask(command) for command in sources},
            **{command: dress(command) for command in THEMES},
            Command.PAGE_TRACK: lambda: self.show_page(Page.TRACK),
            Command.PAGE_STUDIO: lambda: self.show_page(Page.STUDIO),
            Command.TO_FRAME: self.replay_bar.ask_for_number,
            **self.view_toggles.handlers,
            Command.LOOP: self._set_loop,
            Command.RESET_LAYOUT: self.dock_layout.reset,
            Command.RESET_VIEW: self.scene_view.reset_view,
            Command.FULL_SCREEN: lambda: self.setWindowState(
                self.windowState() ^ Qt.WindowState.WindowFullScreen
            ),
            Command.CAMERAS: lambda: self.camera_presenter.show_dialog(self),
            Command.QUIT: self.close,
        }

    def _set_loop(self) -> None:
        on = self.actions_by_command[Command.LOOP].isChecked()
        self._settings.set_flag(Command.LOOP.name, on)
        if self._controller is not None:
            self._controller.playback.run(Command.LOOP)

    def _ask_for_theme(self, choice: ThemeChoice) -> None:
        self._settings.theme = choice
        self.theme_requested.emit(choice)

    def _open(self, spec: str) -> None:
        if spec and self._controller is not None:
            self._controller.open(spec)

    def _recent(self, menu: QMenu) -> None:
        menu.clear()
        fill_recent(menu, self._settings.recent, self._theme, self._open)

    # -- events ------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Welcome files and folders."""
        if dropped_path(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Open what was dropped."""
        path = dropped_path(event)
        if path is not None:
            event.acceptProposedAction()
            self._open(path)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Escape leaves the full screen."""
        if event.key() == Qt.Key.Key_Escape and self.isFullScreen():
            self.actions_by_command[Command.FULL_SCREEN].trigger()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Remember how the window stood."""
        self.dock_layout.save()
        super().closeEvent(event)
