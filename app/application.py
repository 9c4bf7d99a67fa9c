"""Starts the window and puts its parts together; ends everything cleanly."""

from __future__ import annotations

import gc
import signal
import sys
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from app.actions.commands import Command
from app.backend import Backend
from app.bridge import Bridge
from app.control.context import ControllerContext
from app.control.controllers import Controllers
from app.control.device_check import DEVICE_KEY
from app.engine_backend import EngineBackend
from app.settings import HINTS_SEEN, ORGANISATION, Settings
from app.state.event_log import EventLog
from app.state.messages import MessageCenter
from app.state.store import StateStore
from app.state.window_state import Level, WindowState
from app.style.theme import ThemeChoice, apply_theme, theme_for
from app.views.scene_renderer import SceneRenderer
from app.window.main_window import TITLE, MainWindow
from app.window.pages import Page
from app.wiring import window as window_wiring
from app.wiring.studio import connect_studio
from engine.errors import InvalidInputError
from engine.stream.streamer import Streamer
from engine.tracking.config import Options, TrackingOverrides

if TYPE_CHECKING:
    from app.studio.control.export import LatentExportController
    from app.studio.control.studio import StudioController

STYLE: Final = "Fusion"
SWITCH_S: Final = 0.001
"""How long the thread that tracks waits for the interpreter while the window's paints. With the
default of 5 ms a camera of 90 frames a second lost 43 of 1,600 frames, so 8 of 1,000, those of the
start among them (``tests.soak --live --fps 90``)."""


class Application:
    """The window with its controllers, bridge and renderer. GUI thread only.

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
        gestures_file: Path | None = None,
    ) -> None:
        self._app = app
        self._backend = backend
        self._settings = settings
        self._closed = False
        self._settings_warning = settings.drop_invalid()
        self.messages = MessageCenter()
        self.log = EventLog()
        self.store = StateStore(_first_state(settings, overrides or TrackingOverrides()))
        self.bridge = Bridge()
        self.renderer = SceneRenderer()
        self.window = MainWindow(
            settings, apply_theme(settings.theme, app), self.renderer, self.log
        )
        self.controllers = controllers = Controllers(
            ControllerContext(self.store, backend, self.bridge, settings, self.messages),
            self.log,
            streamer or Streamer(),
            gestures_file,
        )
        self.studio: StudioController | None = None
        self._latent_export: LatentExportController | None = None
        window_wiring.connect_threads(self.bridge, self.window, controllers)
        window_wiring.connect_state(self.store, self.messages, self.window, controllers)
        window_wiring.connect_commands(self.window, controllers, self.set_theme, self.show_page)
        window_wiring.connect_views(self.window, controllers)
        window_wiring.connect_figures(self.window, controllers, self.bridge, backend)
        controllers.settings_transfer.imported.connect(lambda _: self._apply_settings())
        self.window.hint_bar.done.connect(lambda: settings.set_flag(HINTS_SEEN, True))
        self.bridge.attached.connect(lambda _run: QTimer.singleShot(0, self._show_settings_warning))
        self.bridge.attached.connect(
            self._freeze_garbage_collector, Qt.ConnectionType.SingleShotConnection
        )
        app.styleHints().colorSchemeChanged.connect(self._follow_system)

    def start(self, source: str | None, page: Page = Page.TRACK) -> None:
        """Show the window on ``page`` and open the first source."""
        self.window.show()
        self.show_page(page)
        if not self._settings.flag(HINTS_SEEN, False):
            self.window.hint_bar.begin()
        self.renderer.start()
        self.controllers.gestures.load()
        self.controllers.source.open(source)
        self.controllers.cameras.refresh()

    def close(self) -> None:
        """Stop the run, the renderer and the polling."""
        if self._closed:
            return
        self._closed = True
        self._app.styleHints().colorSchemeChanged.disconnect(self._follow_system)
        self.controllers.close()
        if self._latent_export is not None:
            self._latent_export.job.cancel()
        if self.studio is not None:
            self.studio.close()
        self.bridge.close()
        self.controllers.streams.close()
        self.renderer.close()

    def show_page(self, page: Page) -> None:
        """Show a page; the studio is made when it is first asked for."""
        if page is Page.STUDIO and self.studio is None:
            self._make_studio()
        self.window.show_page(page)

    def set_theme(self, choice: ThemeChoice) -> None:
        """Use a theme, also after the next start."""
        self._settings.theme = choice
        self.window.set_theme(apply_theme(choice, self._app))

    def report_error(self, error: BaseException) -> None:
        """Something failed that should not have: say so, and go on."""
        text = f"Something unexpected went wrong: {type(error).__name__}: {error}"
        self.messages.post(text, Level.ERROR)

    # -- inside ------------------------------------------------------------------------------

    def _make_studio(self) -> None:
        from app.studio.control.export import LatentExportController
        from app.studio.control.studio import StudioController
        from app.studio.views.page import StudioPage
        from app.studio.worker import LatentWorker

        window, backend = self.window, self._backend
        theme = theme_for(self._settings.theme, self._app)
        page = StudioPage(theme, window.actions_by_command, window.scene_view)
        worker = LatentWorker(backend.latent_models)
        self.studio = StudioController(worker, self.messages)
        self.controllers.profiles.loaded.connect(lambda _: worker.reload())
        self._latent_export = LatentExportController(self.bridge, backend.write_hands)
        connect_studio(page, self.studio, self._latent_export, window, self.bridge)
        window.pages.add_studio(page)

    def _show_settings_warning(self) -> None:
        """Once the first source is there, whose opening takes other messages away."""
        if self._settings_warning and not self._closed:
            self.messages.post(self._settings_warning, Level.WARNING)
            self._settings_warning = ""

    def _freeze_garbage_collector(self) -> None:
        """Once the first networks are there: the collector need not go through all libraries
        again and again, which stops every thread for up to a tenth of a second."""
        gc.freeze()

    def _apply_settings(self) -> None:
        """The settings were changed as a whole."""
        settings = self._settings
        self.window.restore()
        self.set_theme(settings.theme)
        self.controllers.tracking.set(settings.tracking)
        self.controllers.plot.reload()
        self.controllers.picture.reload()
        self.store.update(_with_settings(self.store.state, settings))

    def _follow_system(self) -> None:
        if self._settings.theme is ThemeChoice.SYSTEM:
            self.set_theme(ThemeChoice.SYSTEM)


def _first_state(settings: Settings, overrides: TrackingOverrides) -> WindowState:
    state = WindowState(
        tracking=overrides.applied_to(settings.tracking),
        repeat=settings.flag(Command.LOOP.name, True),
    )
    return _with_settings(state, settings)


def _with_settings(state: WindowState, settings: Settings) -> WindowState:
    """``state`` with what the settings say of files."""
    return replace(
        state,
        recent=settings.recent,
        recordings_folder=settings.recordings_folder,
        record_as_folder=settings.record_as_folder,
    )


def make_qt_application() -> QApplication:
    """The process's QApplication with the program's name and style."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setOrganizationName(ORGANISATION)
    app.setApplicationName(TITLE)
    app.setDesktopFileName("crossing-hands")
    app.setStyle(STYLE)
    sys.setswitchinterval(SWITCH_S)
    return app


def _show_uncaught_errors(application: Application) -> None:
    """Unexpected errors are shown in the window too, not only where nobody reads them."""
    before = sys.excepthook

    def report(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        before(kind, error, trace)
        if isinstance(error, Exception):
            application.report_error(error)

    sys.excepthook = report


def run_gui(
    options: Options,
    page: Page | str = Page.TRACK,
    streamer: Streamer | None = None,
    overrides: TrackingOverrides | None = None,
    *,
    device_given: bool = True,
    gestures_file: Path | None = None,
) -> int:
    """Show the window on ``page`` until it is closed; returns the exit status.

    Unless a device was given, the networks run on the one chosen in the window before; own gestures
    are kept in ``gestures_file``, None for the usual place.
    """
    app = make_qt_application()
    settings = Settings()
    if not device_given:
        options = with_device(options, settings.text(DEVICE_KEY))
    application = Application(
        app, EngineBackend(options), settings, streamer, overrides, gestures_file
    )
    _show_uncaught_errors(application)
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
