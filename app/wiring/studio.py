"""The connections of the latent studio, which is made when its page is first shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.actions.commands import Command
from app.bridge import Bridge
from app.window.main_window import MainWindow
from app.window.pages import Page
from app.wiring.window import Handlers, dispatch

if TYPE_CHECKING:
    from app.studio.control.export import LatentExportController
    from app.studio.control.studio import StudioController
    from app.studio.views.page import StudioPage


def connect_studio(
    page: StudioPage,
    studio: StudioController,
    export: LatentExportController,
    window: MainWindow,
    bridge: Bridge,
) -> None:
    """The latent studio, which is made when its page is first shown."""
    bridge.result_ready.connect(studio.on_result)
    bridge.ticked.connect(studio.tick)
    bridge.ticked.connect(export.job.tick)

    show_studio(studio, page)

    keyframes = studio.keyframes
    page.sliders.moved.connect(studio.set_value)
    page.sliders.drag_started.connect(studio.begin_edit)
    page.sliders.drag_finished.connect(studio.end_edit)
    page.sliders.reset_requested.connect(studio.reset)
    page.sliders.lock_requested.connect(studio.set_locked)
    page.bar.seed_requested.connect(studio.random)
    page.keyframes.thumbnails.chosen.connect(keyframes.go_to)
    page.keyframes.thumbnails.remove_requested.connect(keyframes.remove)
    page.joint_handles.dragged.connect(studio.drag_joint)
    page.joint_handles.drag_finished.connect(studio.release_joint)

    dialog = page.export_dialog
    dialog.export_requested.connect(export.start)
    dialog.cancel_requested.connect(export.job.cancel)
    export.job.progressed.connect(dialog.show_progress)
    export.job.finished.connect(dialog.show_finished)
    export.job.failed.connect(dialog.show_failed)
    export.job.cancelled.connect(lambda _: dialog.show_failed(""))

    def show_page(shown: Page) -> None:
        if shown is Page.STUDIO:
            studio.activate()
            page.show_state(studio.store.state)
        else:
            studio.deactivate()
            page.deactivate()

    window.pages.page_changed.connect(show_page)

    def refresh() -> None:
        page.show_state(studio.store.state)  # a button that was in vain comes up again

    dispatch(window, _studio_commands(page, studio, window), then=refresh)


def show_studio(studio: StudioController, page: StudioPage) -> None:
    """Have the page show what the studio does."""
    studio.store.subscribe(page.show_state)
    studio.axes_ready.connect(page.show_axes)
    studio.values_changed.connect(page.show_values)
    studio.picture_drawn.connect(page.show_picture)
    studio.keyframes.added.connect(page.add_keyframe)
    studio.keyframes.removed.connect(page.remove_keyframe)
    studio.keyframes.walked.connect(page.show_walk)


def _studio_commands(page: StudioPage, studio: StudioController, window: MainWindow) -> Handlers:
    actions, keyframes = window.actions_by_command, studio.keyframes

    def is_on(command: Command) -> bool:
        return actions[command].isChecked()

    def play() -> None:
        keyframes.play(is_on(Command.KEYFRAME_PLAY), page.walk_kind)

    def offer_export() -> None:
        saved = () if studio.document is None else studio.document.keyframes
        page.offer_export(saved, studio.store.state.seed)

    def walk_again() -> None:
        if studio.store.state.playing:
            keyframes.play(True, page.walk_kind)

    return {
        Command.LATENT_FOLLOW: lambda: studio.follow(is_on(Command.LATENT_FOLLOW)),
        Command.LATENT_RANDOM: lambda: studio.random(page.bar.next_seed()),
        Command.LATENT_RESET: studio.reset_all,
        Command.LATENT_UNDO: studio.undo,
        Command.LATENT_REDO: studio.redo,
        Command.LATENT_COPY: lambda: page.copy(studio.text()),
        Command.LATENT_PASTE: lambda: studio.paste(page.pasted()),
        Command.LATENT_CLOUD: lambda: studio.show_cloud(is_on(Command.LATENT_CLOUD)),
        Command.LATENT_EXPORT: offer_export,
        Command.KEYFRAME_ADD: keyframes.add,
        Command.KEYFRAME_PLAY: play,
        Command.WALK_LINEAR: walk_again,
        Command.WALK_SPHERICAL: walk_again,
    }
