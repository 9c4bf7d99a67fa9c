"""The window: puts views, menus and bars together, and says what is asked for in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QMainWindow, QMenu

from app.actions.commands import Command
from app.actions.menu_specs import IN_CHOOSER, THEMES, Slot
from app.actions.menus import (
    build_actions,
    build_menus,
    build_tool_bar,
    set_action_icons,
    show_picture_view,
    show_playback,
    show_tracking,
)
from app.settings import Settings
from app.state.event_log import EventLog
from app.state.messages import Message
from app.state.window_state import WindowState
from app.style.icons import app_icon
from app.style.theme import Theme
from app.views.camera_check_dialog import CameraCheckDialog
from app.views.camera_presenter import CameraPresenter
from app.views.device_dialog import DeviceDialog
from app.views.export_presenter import ExportPresenter
from app.views.hint_bar import HintBar
from app.views.message_bar import MessageBar
from app.views.performance_view import PerformancePresenter
from app.views.pose_search_dialog import PoseSearchDialog
from app.views.profile_presenter import ProfilePresenter
from app.views.record_panel import RecordPanel
from app.views.replay_bar import ReplayBar
from app.views.scene_renderer import SceneRenderer
from app.views.scene_view import SceneView
from app.views.source_chooser import SourceChooser, fill_recent
from app.views.status_strip import StatusStrip
from app.views.stream_presenter import StreamPresenter
from app.window.dialogs import Dialogs, ask_for_source, dropped_path
from app.window.dock_layout import DockLayout
from app.window.pages import Page, Pages
from app.window.panels import Panels
from app.window.view_toggles import TOGGLES, ViewToggles
from engine.types import FrameResult

TITLE: Final = "Crossing Hands"


class MainWindow(QMainWindow):
    """The program's one window: setters in, signals out. GUI thread only.

    It knows no controller; ``app.wiring`` connects them.
    """

    command_triggered = Signal(object)
    """A ``Command`` that a menu, button or key asks for."""
    source_requested = Signal(str)
    """A source to open, as on the command line."""

    def __init__(
        self, settings: Settings, theme: Theme, renderer: SceneRenderer, log: EventLog
    ) -> None:
        super().__init__()
        self._settings = settings
        self._theme = theme
        self._state = WindowState()
        self.setWindowTitle(TITLE)
        self.setWindowIcon(app_icon())
        self.setAcceptDrops(True)
        self.actions_by_command = actions = build_actions(self, self.command_triggered.emit)
        self.scene_view = SceneView(renderer)
        self.message_bar = MessageBar(theme)
        self.hint_bar = HintBar(theme)
        self.panels = Panels(self.scene_view, log)
        self.status_strip = StatusStrip(theme, self.panels.performance.toggleViewAction())
        self.replay_bar = ReplayBar(theme, actions)
        self.pages = Pages(theme, actions)
        self.record_panel = RecordPanel(theme, actions)
        self.chooser = SourceChooser(theme, tuple(actions[command] for command in IN_CHOOSER))
        self.cameras = CameraPresenter(theme, self.chooser, self)
        self.streams = StreamPresenter(actions, self.status_strip, self)
        self.performance = PerformancePresenter(self.status_strip, self.panels.performance)
        self.export = ExportPresenter(self)
        self.profiles = ProfilePresenter(self)
        self.pose_search = PoseSearchDialog(self)
        self.device_dialog = DeviceDialog(theme, self)
        self.camera_check = CameraCheckDialog(theme, self)
        self.dialogs = Dialogs(self)
        self.dock_layout = DockLayout(self, settings, self.panels.placements)
        self.view_toggles = ViewToggles(actions, settings, self.pages, self.scene_view)
        self._lay_out()
        self._connect()
        self.set_theme(theme)
        self.restore()

    # -- setters -----------------------------------------------------------------------------

    def show_state(self, state: WindowState) -> None:
        """Titles, buttons and panels for ``state``."""
        self._state = state
        session = state.session
        shown = (session.spec, session.name) if session else ("", "No source")
        self.chooser.show_source(*shown)
        self.pages.track.show_state(state)
        self.setWindowTitle(f"{session.name} – {TITLE}" if session else TITLE)
        self.status_strip.show_state(state)
        show_playback(self.actions_by_command, state, self._theme)
        show_tracking(self.actions_by_command, state)
        show_picture_view(self.actions_by_command, state)
        self.replay_bar.show_state(state)
        self.record_panel.show_state(state)
        self.chooser.show_recent(state.recent)

    def show_message(self, message: Message) -> None:
        """A sentence under the tool bar."""
        self.message_bar.show_message(message)

    def show_result(self, result: FrameResult) -> None:
        """A new result for every view."""
        self.pages.track.show_result(result)
        self.scene_view.set_result(result)
        self.panels.show_result(result)
        self.status_strip.show_result(result)
        self.replay_bar.show_result(result)

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
        others = (
            *(self.replay_bar, self.pages, self.dock_layout, self.cameras),
            *(self.device_dialog, self.camera_check),
        )
        for part in (*bars, self.status_strip, *others):
            part.set_theme(theme)
        show_playback(self.actions_by_command, self._state, theme)

    def show_page(self, page: Page) -> None:
        """Show a page; each has its own width of the 3D view beside it."""
        before = self.pages.page
        self.pages.show_page(page)
        self.dock_layout.switch_page(before, page)

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

    def tick(self) -> None:
        """Views that have pictures of their own fetch them; called by the bridge's timer."""
        self.view_toggles.tick()
        self.scene_view.refresh()
        self.panels.tick()

    # -- what the window does by itself ------------------------------------------------------

    def handlers(self) -> dict[Command, Callable[[], object]]:
        """What to call for the commands that only concern views."""

        def ask(command: Command) -> Callable[[], object]:
            return lambda: self._request(ask_for_source(self, command, self._state.recent))

        sources = (Command.OPEN_RECORDING, Command.OPEN_FOLDER, Command.OPEN_SYNTHETIC)
        return {
            **{command: ask(command) for command in sources},
            **dict.fromkeys(TOGGLES, self.view_toggles.save_and_apply),
            Command.TO_FRAME: self.replay_bar.ask_for_number,
            Command.RECORD_WHERE: self.record_panel.choose_folder,
            Command.RECORD_SHOW: self.record_panel.show_folder,
            Command.STREAM_ADDRESSES: self.streams.ask_for_addresses,
            Command.EXPORT_RANGE: lambda: self.export.ask(self._state),
            Command.CAMERAS: self.cameras.show_dialog,
            Command.SELF_CHECK: self.device_dialog.open,
            Command.CHECK_CAMERA: self.camera_check.open,
            Command.FIND_POSE: lambda: self.pose_search.ask(self._state.recordings_folder),
            Command.PROFILES: self.profiles.dialog.open,
            Command.ADAPT: self.dialogs.show_adaptation,
            Command.RESET_LAYOUT: self.dock_layout.reset,
            Command.RESET_VIEW: self.scene_view.reset_view,
            Command.FULL_SCREEN: self._toggle_full_screen,
            Command.SHORTCUTS: self.dialogs.show_shortcuts,
            Command.HINTS: self.hint_bar.begin,
            Command.ABOUT: self.dialogs.show_about,
            Command.SETTINGS_EXPORT: self._export_settings,
            Command.SETTINGS_IMPORT: self.dialogs.ask_where_from,
            Command.QUIT: self.close,
        }

    def _toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _export_settings(self) -> None:
        self.dock_layout.save()
        self.dialogs.ask_where_to()

    def _request(self, spec: str) -> None:
        if spec:
            self.source_requested.emit(spec)

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
                Slot.SOURCES: self.cameras.fill_when_shown,
                Slot.RECENT: lambda menu: menu.aboutToShow.connect(lambda: self._fill_recent(menu)),
                Slot.NETWORKS: self.profiles.fill_when_shown,
                Slot.PANELS: self.dock_layout.fill_menu,
            },
        )

    def _connect(self) -> None:
        self.chooser.chosen.connect(self.source_requested)
        self.cameras.source_requested.connect(self.source_requested)
        self.message_bar.retry_requested.connect(self.source_requested)
        empty = self.pages.track.empty_state
        empty.recording_requested.connect(self.actions_by_command[Command.OPEN_RECORDING].trigger)
        empty.synthetic_requested.connect(self.actions_by_command[Command.OPEN_SYNTHETIC].trigger)

    def _fill_recent(self, menu: QMenu) -> None:
        menu.clear()
        fill_recent(menu, self._state.recent, self._theme, self._request)

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
            self._request(path)

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
