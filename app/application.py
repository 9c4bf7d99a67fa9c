"""Starts the window and puts its parts together; ends everything cleanly."""

from __future__ import annotations

import gc
import signal
import sys
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from app.actions.commands import Command
from app.backend import Backend, EngineBackend
from app.bridge import Bridge
from app.control.device_check import MEMORY_NAME, DeviceCheckController
from app.control.export import ExportController
from app.control.performance import PerformanceMonitor
from app.control.source import SourceController
from app.control.streaming import StreamController
from app.settings import ORGANISATION, Settings
from app.state.window_state import Level
from app.style.theme import ThemeChoice, apply_theme, theme_for
from app.views.device_dialog import DeviceDialog
from app.views.export_presenter import ExportPresenter
from app.views.performance_view import PerformancePresenter
from app.views.scene_renderer import SceneRenderer
from app.views.stream_presenter import StreamPresenter
from app.window.help import Help
from app.window.main_window import TITLE, MainWindow
from app.window.pages import Page
from engine.errors import InvalidInputError
from engine.stream.streamer import Streamer
from engine.tracking.config import Options, TrackingOverrides

if TYPE_CHECKING:
    from app.studio.page import StudioPage
    from app.studio.room import StudioRoom

STYLE: Final = "Fusion"


class Application:
    """The window with its controller, bridge and renderer. GUI thread only.

    ``close`` may be called in any state and more than once; it returns within a few seconds, as
    threads that do not answer are left to the end of the program.
    """

    def __init__(
        self,
        app: QApplication,
        backend: Backend,
        settings: Settings,
        streamer: Streamer | None = None,
        overrides: TrackingOverrides | None = None,
    ) -> None:
        self._app = app
        self._backend = backend
        self._settings = settings
        self._closed = False
        self._settings_warning = settings.drop_invalid()
        theme = apply_theme(settings.theme, app)
        self.renderer = SceneRenderer()
        self.window = MainWindow(settings, theme, self.renderer)
        self.bridge = Bridge()
        self.controller = SourceController(backend, self.bridge, self.window, settings)
        self.controller.tracking.begin(
            (overrides or TrackingOverrides()).applied_to(settings.tracking)
        )
        signs = StreamPresenter(self.window)
        self.streaming = StreamController(streamer or Streamer(), self.bridge, signs, settings)
        signs.bind(self.streaming)
        self.export_presenter = ExportPresenter(self.window)
        self.exporting = ExportController(
            self.controller, backend, self.bridge, self.export_presenter
        )
        self.export_presenter.bind(self.exporting)
        self.studio: StudioRoom | None = None
        self.window.bind(self.controller)
        self.window.pages.bind(self._make_studio)
        self.bridge.result_ready.connect(self.controller.on_result)
        self.bridge.snapshot_ready.connect(self.controller.on_snapshot)
        self._measure(backend)
        self.bridge.ticked.connect(self.controller.recording.poll)
        self.bridge.ticked.connect(self.controller.cameras.tick)
        self.bridge.ticked.connect(self.exporting.tick)
        self.window.command_handlers[Command.EXPORT_RANGE] = self._ask_for_export
        self.bridge.ticked.connect(self.window.scene_view.refresh)
        self.bridge.ticked.connect(self.streaming.tick)
        self.bridge.attached.connect(self.streaming.follow)
        self.bridge.attached.connect(self.window.panels.follow)
        self.bridge.ticked.connect(self.window.panels.tick)
        self.bridge.attached.connect(lambda _run: QTimer.singleShot(0, self._show_settings_warning))
        self.bridge.attached.connect(
            self._spare_what_is_loaded, Qt.ConnectionType.SingleShotConnection
        )
        self.help = Help(self.window, settings, backend, self.bridge, self._apply_settings)
        self.window.theme_requested.connect(self._set_theme)
        app.styleHints().colorSchemeChanged.connect(self._follow_system)

    def start(self, source: str | None, page: Page = Page.TRACK) -> None:
        """Show the window on ``page`` and open the first source."""
        self.window.show()
        self.window.show_page(page)
        self.help.begin()
        self.renderer.start()
        self.controller.open(source)
        self.controller.cameras.refresh()

    def close(self) -> None:
        """Stop the run, the renderer and the polling."""
        if self._closed:
            return
        self._closed = True
        self._app.styleHints().colorSchemeChanged.disconnect(self._follow_system)
        self.exporting.cancel()
        self.device_check.close()
        self.controller.close()
        if self.studio is not None:
            self.studio.close()
        self.window.panels.close()
        self.bridge.close()
        self.streaming.close()
        self.renderer.close()

    def tell_error(self, error: BaseException) -> None:
        """Something failed that should not have: say so, and go on."""
        text = f"Something unexpected went wrong: {type(error).__name__}: {error}"
        self.window.show_message(text, Level.ERROR)

    def _show_settings_warning(self) -> None:
        """Once the first source is there, whose opening takes other messages away."""
        if self._settings_warning and not self._closed:
            self.window.show_message(self._settings_warning, Level.WARNING)
            self._settings_warning = ""

    def _spare_what_is_loaded(self) -> None:
        """Once the first networks are there: the collector need not look through all libraries
        again and again, which stops every thread for up to a tenth of a second."""
        gc.freeze()

    def _apply_settings(self) -> None:
        """The settings were changed as a whole."""
        self.window.restore()
        self._set_theme(self._settings.theme)
        self.controller.tracking.set(self._settings.tracking)
        self.window.panels.recall()

    def _measure(self, backend: Backend) -> None:
        """Figures of the run, and the check of the devices."""
        window, bridge = self.window, self.bridge
        signs = PerformancePresenter(window.status_strip, window.panels.performance)
        self.performance = PerformanceMonitor(self.controller, bridge, signs, device=backend.device)
        bridge.snapshot_ready.connect(self.performance.on_snapshot)
        bridge.attached.connect(self.performance.on_attached)
        bridge.ticked.connect(self.performance.tick)
        window.pages.track.depth_view.painted.connect(self.performance.on_painted)
        self.device_check = DeviceCheckController(
            self.controller, backend, bridge, self._settings, self.performance.use_device
        )
        bridge.ticked.connect(self.device_check.tick)
        self.check_dialog: DeviceDialog | None = None
        window.command_handlers[Command.SELF_CHECK] = self._show_check

    def _show_check(self) -> None:
        theme = theme_for(self._settings.theme, self._app)
        self.check_dialog = DeviceDialog(self.device_check, theme, self.window)
        self.check_dialog.finished.connect(self._forget_check)
        self.check_dialog.open()

    def _forget_check(self) -> None:
        self.check_dialog = None

    def _ask_for_export(self) -> None:
        self.export_presenter.ask(self.controller.state)

    def _make_studio(self) -> StudioPage:
        from app.studio.room import StudioRoom

        window = self.window
        theme, actions = theme_for(self._settings.theme, self._app), window.actions_by_command
        self.studio = StudioRoom(
            self._backend, self.bridge, theme, actions, window.scene_view, window.message_bar
        )
        return self.studio.page

    def _set_theme(self, choice: ThemeChoice) -> None:
        self.window.set_theme(apply_theme(choice, self._app))

    def _follow_system(self) -> None:
        if self._settings.theme is ThemeChoice.SYSTEM:
            self._set_theme(ThemeChoice.SYSTEM)


def make_qt_application() -> QApplication:
    """The process's QApplication with the program's name and style."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setOrganizationName(ORGANISATION)
    app.setApplicationName(TITLE)
    app.setDesktopFileName("crossing-hands")
    app.setStyle(STYLE)
    return app


def _show_errors(application: Application) -> None:
    """Errors that nobody expects are told in the window too, not only where nobody looks."""
    before = sys.excepthook

    def told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        before(kind, error, trace)
        if isinstance(error, Exception):
            application.tell_error(error)

    sys.excepthook = told


def run_gui(
    options: Options,
    page: Page | str = Page.TRACK,
    streamer: Streamer | None = None,
    overrides: TrackingOverrides | None = None,
    *,
    device_asked: bool = True,
) -> int:
    """Show the window on ``page`` until it is closed; returns the exit status.

    Unless a device was asked for, the networks run on the one chosen in the window before.
    """
    app = make_qt_application()
    settings = Settings()
    if not device_asked:
        options = with_device(options, settings.text(MEMORY_NAME))
    application = Application(app, EngineBackend(options), settings, streamer, overrides)
    _show_errors(application)
    # Python sees Ctrl+C only while it runs, which the bridge's timer makes sure of.
    signal.signal(signal.SIGINT, lambda *_: application.window.close())
    QTimer.singleShot(0, lambda: application.start(options.source, Page(page)))
    try:
        return app.exec()
    finally:
        application.close()


def with_device(options: Options, device: str) -> Options:
    """``options`` with another device, if that is one."""
    try:
        return replace(options, device=device) if device else options
    except InvalidInputError:
        return options
