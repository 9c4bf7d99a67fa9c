"""Writes pictures of the real window showing a source: ``python -m app.screenshot -h``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.actions.commands import Command
from app.exit_process import exit_process
from app.views.scene_renderer import SceneRequest
from app.window.pages import Page
from engine.errors import CrossingHandsError
from engine.tracking.config import Options

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.application import Application
    from app.views.dock import Dock

THEMES: Final = ("dark", "light")
BETWEEN_S: Final = 1.2
"""For a view to be made and, with the plot, to have something to show."""

PER_SECOND: Final = 10.0
"""Pictures a second of a moving one."""

STUDIO_STEPS: Final = (
    *(Command.LATENT_FOLLOW, Command.KEYFRAME_ADD),
    *(2 * (Command.LATENT_RANDOM, Command.KEYFRAME_ADD)),
    Command.KEYFRAME_PLAY,
)
"""A moving picture of the studio goes from the hand that is followed to a walk through others."""
STEP_PICTURES: Final = 4
"""From one step to the next, for the hand to be drawn meanwhile."""


@dataclass(frozen=True, slots=True)
class ScreenshotJob:
    """What to picture: ``views`` by name, each in every one of ``themes``, ``seconds`` after the
    3D view has appeared; to ``target``, or into it if there are several pictures. With ``moving_s``
    one moving picture of so many seconds."""

    options: Options
    target: Path
    views: tuple[str, ...]
    themes: tuple[str, ...]
    page: Page
    size: tuple[int, int]
    seconds: float
    moving_s: float = 0.0

    @property
    def many(self) -> bool:
        """Whether ``target`` is a folder."""
        return len(self.views) * len(self.themes) > 1


def main(arguments: list[str] | None = None) -> int:
    """Open the window on a source and write what it shows after some seconds."""
    parser = argparse.ArgumentParser(prog="python -m app.screenshot", description=__doc__)
    parser.add_argument("source", help="as for main.py: a recording, folder, synthetic, camera")
    parser.add_argument("picture", type=Path, help="PNG file to write; with --all a folder")
    parser.add_argument(
        "--seconds", type=float, default=3.0, help="how long after the 3D view appears"
    )
    parser.add_argument(
        "--moving",
        type=float,
        default=0.0,
        metavar="S",
        help="a moving picture (.webp) of S seconds",
    )
    parser.add_argument("--page", choices=[page.value for page in Page], default=Page.TRACK.value)
    parser.add_argument("--view", choices=tuple(VIEWS), default="window", help="what to show")
    parser.add_argument("--all", action="store_true", help="every view, dark and light")
    parser.add_argument("--theme", choices=THEMES, default="dark")
    parser.add_argument("--size", default="1320x800", help="WIDTHxHEIGHT of the window")
    parser.add_argument("--seed", type=int, default=0, help="seed of the synthetic camera")
    parser.add_argument("--hands", type=int, default=1, help="most hands: 1 or 2 (1)")
    chosen = parser.parse_args(arguments)
    width, height = (int(part) for part in chosen.size.split("x"))
    try:
        options = Options(source=chosen.source, seed=chosen.seed, hands=chosen.hands)
    except CrossingHandsError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    views = tuple(VIEWS) if chosen.all else (chosen.view,)
    themes = THEMES if chosen.all else (chosen.theme,)
    page = Page(chosen.page)
    return _shoot(
        ScreenshotJob(
            options,
            chosen.picture,
            views,
            themes,
            page,
            (width, height),
            chosen.seconds,
            chosen.moving,
        )
    )


def _shoot(job: ScreenshotJob) -> int:
    from app.application import Application, make_qt_application
    from app.engine_backend import EngineBackend
    from app.settings import HINTS_SEEN, Settings
    from app.style.theme import ThemeChoice
    from engine.tracking.config import TrackingOverrides

    app = make_qt_application()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.at(Path(folder) / "settings.ini")
        settings.theme = ThemeChoice(job.themes[0])
        settings.set_flag(HINTS_SEEN, True)
        overrides = TrackingOverrides(job.options.hands)
        application = Application(app, EngineBackend(job.options), settings, overrides=overrides)
        application.window.resize(*job.size)
        shooting = _Shooting(application, job)
        application.start(job.options.source, job.page)
        try:
            app.exec()
        finally:
            application.close()
    if shooting.error is None:
        sys.stderr.write("the window was closed too early\n")
        return 2
    sys.stderr.write(shooting.error)
    return 2 if shooting.error else 0


class _Shooting:
    """Waits for the first 3D picture, then shows and grabs one view after the other."""

    def __init__(self, application: Application, job: ScreenshotJob) -> None:
        from PySide6.QtCore import QTimer

        self._application = application
        self._job = job
        self._steps = self._moving() if job.moving_s > 0.0 else self._pictures()
        self._timer = QTimer(singleShot=True)
        self._timer.timeout.connect(self._next)
        self.error: str | None = None
        application.bridge.ticked.connect(self._watch)

    def _watch(self) -> None:
        window, store = self._application.window, self._application.store
        drawn = window.scene_view.picture
        failed = store.state.session is None and window.message_bar.text
        if failed:
            self._end(f"{window.message_bar.text}\n")
        elif drawn is not None and _shows(drawn.request, self._job.page):
            self._application.bridge.ticked.disconnect(self._watch)
            self._timer.start(round(self._job.seconds * 1000))

    def _next(self) -> None:
        try:
            wait_s = next(self._steps)
        except StopIteration:
            self._end("")
        except (OSError, CrossingHandsError) as error:
            self._end(f"{error}\n")
        else:
            self._timer.start(round(wait_s * 1000))

    def _end(self, error: str) -> None:
        if self.error is None:
            self.error = error
        self._application.window.close()

    def _moving(self) -> Iterator[float]:
        """Grab many times; yields how long to wait before going on."""
        from app.animation import save_animation

        job, window = self._job, VIEWS[self._job.views[0]](self._application)
        count, images = max(round(job.moving_s * PER_SECOND), 1), []
        steps = iter(STUDIO_STEPS if job.page is Page.STUDIO else ())
        for number in range(count):
            if number >= count // 4 and number % STEP_PICTURES == 0:
                for command in islice(steps, 1):
                    _trigger(self._application, command)
            images.append(window.grab().toImage())
            yield 1.0 / PER_SECOND
        save_animation(images, job.target, PER_SECOND)

    def _pictures(self) -> Iterator[float]:
        """Show and grab; yields how long to wait before going on."""
        job = self._job
        if job.many:
            job.target.mkdir(parents=True, exist_ok=True)
        for theme in job.themes:
            _trigger(self._application, Command[f"THEME_{theme.upper()}"])
            for view in job.views:
                shown = VIEWS[view](self._application)
                yield BETWEEN_S if view != "window" else 0.0
                path = job.target / f"{view}_{theme}.png" if job.many else job.target
                if not shown.grab().save(str(path)):
                    raise OSError(f"{path} could not be written")
                VIEWS[view](self._application)


def _shows(request: SceneRequest, page: Page) -> bool:
    """Whether the 3D view shows what belongs to ``page``."""
    return request.scene is not None if page is Page.STUDIO else request.result is not None


# -- the views: each is shown by one call and put away by the next ------------------------------


def _trigger(application: Application, command: Command) -> None:
    application.window.actions_by_command[command].trigger()


def _window(application: Application) -> QWidget:
    return application.window


def _panel(of: Callable[[Application], Dock]) -> Callable[[Application], QWidget]:
    def toggle(application: Application) -> QWidget:
        of(application).toggleViewAction().trigger()
        return application.window

    return toggle


def _switched(command: Command) -> Callable[[Application], QWidget]:
    def toggle(application: Application) -> QWidget:
        _trigger(application, command)
        return application.window

    return toggle


def _switched_back(command: Command, back: Command) -> Callable[[Application], QWidget]:
    def toggle(application: Application) -> QWidget:
        shown = application.window.actions_by_command[command].isChecked()
        _trigger(application, back if shown else command)
        return application.window

    return toggle


def _dialog(
    command: Command, box: Callable[[Application], QWidget | None]
) -> Callable[[Application], QWidget]:
    def toggle(application: Application) -> QWidget:
        shown = box(application)
        if shown is not None and shown.isVisible():
            shown.close()
            return shown
        _trigger(application, command)
        made = box(application)
        return application.window if made is None else made

    return toggle


def _hints(application: Application) -> QWidget:
    bar = application.window.hint_bar
    if bar.isVisible():
        bar.hide()
    else:
        bar.begin()
    return application.window


VIEWS: Final[dict[str, Callable[[Application], QWidget]]] = {
    "window": _window,
    "plot": _panel(lambda application: application.window.panels.plot),
    "measures": _panel(lambda application: application.window.panels.measures),
    "performance": _panel(lambda application: application.window.panels.performance),
    "cameras": _dialog(Command.CAMERAS, lambda application: application.window.cameras.dialog),
    "check": _dialog(Command.SELF_CHECK, lambda application: application.window.device_dialog),
    "capture": _panel(lambda application: application.window.panels.capture),
    "adapt": _dialog(Command.ADAPT, lambda application: application.window.dialogs.adaptation),
    "log": _panel(lambda application: application.window.panels.log),
    "uncertainty": _switched(Command.SHOW_UNCERTAINTY),
    "mirror": _switched(Command.MIRROR),
    "colour": _switched_back(Command.VIEW_COLOUR, Command.VIEW_DEPTH),
    "both": _switched_back(Command.VIEW_BOTH, Command.VIEW_DEPTH),
    "keys": _dialog(Command.SHORTCUTS, lambda application: application.window.dialogs.shortcuts),
    "about": _dialog(Command.ABOUT, lambda application: application.window.dialogs.about),
    "hints": _hints,
}
"""What can be pictured, by name."""


if __name__ == "__main__":
    exit_process(main())
