"""Every connection between views and controllers, from top to bottom.

Views emit signals for what is asked for and have setters for what to show; controllers do it
and say with events what has changed. Neither knows the other: this module does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.actions.commands import Command
from app.actions.menu_specs import PICTURE_VIEWS, SIDES, SMOOTHINGS, THEMES
from app.actions.menus import chosen_tracking
from app.backend import Backend
from app.bridge import Bridge
from app.control.adaptation import AdaptationController
from app.control.controllers import Controllers
from app.state.messages import MessageCenter
from app.state.session import Session
from app.state.store import StateStore
from app.state.window_state import Level, WindowState
from app.style.theme import ThemeChoice
from app.window.main_window import MainWindow
from app.window.pages import Page
from app.wiring.panels import connect_panels
from engine.stream.output import StreamKind

if TYPE_CHECKING:
    from app.views.adaptation_dialog import AdaptationDialog

Handlers = Mapping[Command, Callable[[], object]]


def connect_threads(bridge: Bridge, window: MainWindow, controllers: Controllers) -> None:
    """What comes from other threads, through the bridge."""
    bridge.attached.connect(controllers.streams.attach)
    bridge.attached.connect(controllers.plot.attach)
    bridge.attached.connect(controllers.performance.on_attached)
    bridge.result_ready.connect(controllers.playback.on_result)
    bridge.result_ready.connect(window.show_result)
    bridge.result_ready.connect(controllers.event_logger.on_result)
    bridge.result_ready.connect(controllers.gestures.on_result)
    bridge.result_ready.connect(controllers.capture.on_result)
    bridge.result_ready.connect(controllers.pose_search.on_result)
    bridge.snapshot_ready.connect(controllers.source.on_snapshot)
    bridge.snapshot_ready.connect(controllers.performance.on_snapshot)
    bridge.ticked.connect(controllers.tick)
    bridge.ticked.connect(window.tick)


def connect_state(
    store: StateStore[WindowState],
    messages: MessageCenter,
    window: MainWindow,
    controllers: Controllers,
) -> None:
    """The window's state and its messages, and what happens when a source is opened."""
    store.subscribe(window.show_state)
    store.subscribe(controllers.event_logger.on_state)
    messages.posted.connect(window.show_message)
    messages.posted.connect(controllers.event_logger.on_message)
    messages.cleared.connect(lambda _: window.message_bar.clear())
    window.dialogs.adaptation_made.connect(
        lambda dialog: connect_capture_for_adaptation(dialog, store, window, controllers)
    )
    window.view_toggles.refused.connect(lambda text: messages.post(text, Level.WARNING))
    source = controllers.source
    source.opened.connect(lambda session: window.clear_results(_depth_range_mm(session)))
    source.opened.connect(controllers.playback.on_opened)
    source.opened.connect(controllers.tracking.on_opened)
    source.opened.connect(controllers.picture.on_opened)
    source.opened.connect(controllers.profiles.on_opened)


def _depth_range_mm(session: Session) -> tuple[float, float] | None:
    return None if session.replay is None else session.replay.depth_range_mm


def connect_commands(
    window: MainWindow,
    controllers: Controllers,
    set_theme: Callable[[ThemeChoice], None],
    show_page: Callable[[Page], None],
) -> None:
    """Menus, buttons and keys, but for those of the studio."""
    recording, tracking = controllers.recording, controllers.tracking
    actions = window.actions_by_command

    def toggle_recording() -> None:
        recording.toggle()
        window.record_panel.set_active(recording.active)

    def toggle_stream(kind: StreamKind) -> None:
        controllers.streams.toggle(kind)
        window.streams.refresh()

    def set_tracking() -> None:
        tracking.set(chosen_tracking(actions))

    dispatch(
        window,
        {
            **window.handlers(),
            **controllers.playback.commands,
            **{command: partial(set_theme, choice) for command, choice in THEMES.items()},
            **dict.fromkeys((Command.TWO_HANDS, *SIDES, *SMOOTHINGS), set_tracking),
            **{
                command: partial(controllers.picture.set, view)
                for command, view in PICTURE_VIEWS.items()
            },
            Command.PAGE_TRACK: partial(show_page, Page.TRACK),
            Command.PAGE_STUDIO: partial(show_page, Page.STUDIO),
            Command.RECORD: toggle_recording,
            Command.RECORD_DB3: partial(recording.set_format, as_folder=False),
            Command.RECORD_FOLDER: partial(recording.set_format, as_folder=True),
            Command.STREAM_WEBSOCKET: partial(toggle_stream, StreamKind.WEBSOCKET),
            Command.STREAM_OSC: partial(toggle_stream, StreamKind.OSC),
            Command.STREAM_VMC: partial(toggle_stream, StreamKind.VMC),
        },
    )


def connect_views(window: MainWindow, controllers: Controllers) -> None:
    """Each view with the controller behind it."""
    source, playback, cameras = controllers.source, controllers.playback, controllers.cameras
    window.source_requested.connect(source.open)

    replay_bar = window.replay_bar
    replay_bar.seek_requested.connect(playback.seek)
    replay_bar.speed_requested.connect(playback.set_speed)
    replay_bar.drag_started.connect(playback.begin_scrub)
    replay_bar.drag_finished.connect(playback.end_scrub)

    cameras.found.subscribe(window.cameras.show_cameras)
    cameras.open_requested.connect(source.open)
    window.cameras.refresh_requested.connect(cameras.refresh)
    window.cameras.dialog.open_requested.connect(cameras.open)

    profiles = controllers.profiles
    profiles.store.subscribe(window.profiles.show_profiles)
    profiles.networks_changed.connect(lambda _: source.reopen(playback.shown))
    window.profiles.refresh_requested.connect(profiles.refresh)
    window.profiles.use_requested.connect(profiles.use)
    window.profiles.add_requested.connect(profiles.add)
    window.profiles.remove_requested.connect(profiles.remove)

    pose_search = controllers.pose_search
    pose_search.store.subscribe(window.pose_search.show_search)
    window.pose_search.search_requested.connect(pose_search.search)
    window.pose_search.open_requested.connect(source.open)

    depth_view = window.pages.track.depth_view
    controllers.capture.changed.connect(
        lambda shown: depth_view.show_ghost(shown.ghost_mm, lit=shown.is_shown)
    )

    controllers.recording.progressed.connect(window.record_panel.show_recording)
    window.record_panel.folder_chosen.connect(controllers.recording.set_folder)

    controllers.streams.store.subscribe(window.streams.show_streams)
    window.streams.dialog.address_chosen.connect(controllers.streams.set_address)

    export = controllers.export
    export.job.progressed.connect(window.export.show_progress)
    for ended in (export.job.finished, export.job.failed, export.job.cancelled):
        ended.connect(lambda _: window.export.hide_progress())
    window.export.export_requested.connect(export.start)
    window.export.cancel_requested.connect(export.job.cancel)

    window.panels.scene.visibilityChanged.connect(window.scene_view.renderer.set_shown)

    connect_panels(window.panels, controllers)


def connect_adaptation(dialog: AdaptationDialog, adaptation: AdaptationController) -> None:
    """The dialog of adaptation, which is made when it is first shown."""
    adaptation.store.subscribe(dialog.show_adaptation)
    dialog.shown.connect(adaptation.look)
    dialog.start_requested.connect(adaptation.start)
    dialog.cancel_requested.connect(adaptation.cancel)
    dialog.install_requested.connect(adaptation.install)


def connect_capture_for_adaptation(
    dialog: AdaptationDialog,
    store: StateStore[WindowState],
    window: MainWindow,
    controllers: Controllers,
) -> None:
    """Recordings that are made for an adaptation: the panel of guided capture takes the dialog's
    place until there is one."""
    capture = controllers.capture
    waiting: list[bool] = []

    def record() -> None:
        dialog.hide()
        waiting.append(True)
        window.panels.capture.show()
        window.panels.capture.raise_()
        if not capture.running:
            capture.toggle()

    def add(path: Path) -> None:
        dialog.add_recordings([str(path)])
        if waiting:
            waiting.clear()
            window.dialogs.show_adaptation()

    dialog.record_requested.connect(record)
    capture.recorded.connect(add)
    store.subscribe(lambda state: dialog.set_record_blocker(state.recording_blocker))


def connect_figures(
    window: MainWindow, controllers: Controllers, bridge: Bridge, backend: Backend
) -> None:
    """Figures of the run, the check of the devices, details about the program."""
    performance, device_check = controllers.performance, controllers.device_check
    performance.published.connect(window.performance.show_performance)
    window.panels.performance.visibilityChanged.connect(performance.set_details_shown)
    window.pages.track.depth_view.painted.connect(performance.on_painted)

    device_check.store.subscribe(window.device_dialog.show_check)
    device_check.device_changed.connect(performance.use_device)
    device_check.device_changed.connect(
        lambda _: controllers.source.reopen(controllers.playback.shown)
    )
    window.device_dialog.check_requested.connect(device_check.start)
    window.device_dialog.device_chosen.connect(device_check.use)
    window.device_dialog.finished.connect(lambda _: device_check.cancel())

    camera_check = controllers.camera_check
    camera_check.store.subscribe(window.camera_check.show_check)
    window.camera_check.check_requested.connect(camera_check.start)
    window.camera_check.finished.connect(lambda _: camera_check.cancel())

    def find_details() -> None:
        about = window.dialogs.about
        if about is not None:
            bridge.submit(backend.details, about.show_details, about.show_error)

    window.dialogs.details_requested.connect(find_details)
    window.dialogs.adaptation_made.connect(
        lambda dialog: connect_adaptation(dialog, controllers.adaptation)
    )
    window.dialogs.settings_export_requested.connect(controllers.settings_transfer.export_to)
    window.dialogs.settings_import_requested.connect(controllers.settings_transfer.import_from)


def dispatch(
    window: MainWindow, handlers: Handlers, then: Callable[[], object] = lambda: None
) -> None:
    """Call what ``handlers`` has for the commands that are triggered, and ``then``."""

    def run(command: Command) -> None:
        if command in handlers:
            handlers[command]()
            then()

    window.command_triggered.connect(run)
