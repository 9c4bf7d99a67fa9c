"""Writes a picture of the real window showing a source: ``python -m app.screenshot -h``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from app.leaving import leave
from app.pages import Page
from app.views.scene_renderer import SceneRequest
from engine.config import Options


def main(arguments: list[str] | None = None) -> int:
    """Open the window on a source and write what it shows after some seconds."""
    parser = argparse.ArgumentParser(prog="python -m app.screenshot", description=__doc__)
    parser.add_argument("source", help="as for main.py: a recording, folder, synthetic, camera")
    parser.add_argument("picture", type=Path, help="PNG file to write")
    parser.add_argument(
        "--seconds", type=float, default=3.0, help="how long after the 3D view appears"
    )
    parser.add_argument("--page", choices=[page.value for page in Page], default=Page.TRACK.value)
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--size", default="1320x800", help="WIDTHxHEIGHT of the window")
    parser.add_argument("--seed", type=int, default=0, help="seed of the synthetic camera")
    chosen = parser.parse_args(arguments)
    width, height = (int(part) for part in chosen.size.split("x"))
    options = Options(source=chosen.source, seed=chosen.seed)
    page = Page(chosen.page)
    return _shoot(options, chosen.picture, chosen.seconds, chosen.theme, (width, height), page)


def _shoot(
    options: Options,
    picture: Path,
    seconds: float,
    theme: str,
    size: tuple[int, int],
    page: Page,
) -> int:
    from PySide6.QtCore import QTimer

    from app.application import Application, make_qt_application
    from app.engine_access import LiveEngine
    from app.settings import Settings
    from app.theme import ThemeChoice

    app = make_qt_application()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.at(Path(folder) / "settings.ini")
        settings.theme = ThemeChoice(theme)
        application = Application(app, LiveEngine(options), settings)
        window = application.window
        window.resize(*size)
        timer = QTimer(singleShot=True, interval=round(seconds * 1000))
        outcome: list[str] = []

        def shoot() -> None:
            if application.controller.state.session is None:
                outcome.append(window.message_bar.text)
            elif window.grab().save(str(picture)):
                outcome.append("")
            else:
                outcome.append(f"{picture} could not be written")
            window.close()

        timer.timeout.connect(shoot)

        def watch() -> None:
            drawn = window.scene_view.picture
            failed = application.controller.state.session is None and window.message_bar.text
            if failed or (drawn is not None and _shows(drawn.request, page)):
                application.bridge.ticked.disconnect(watch)
                timer.start()

        application.bridge.ticked.connect(watch)
        application.start(options.source, page)
        try:
            app.exec()
        finally:
            application.close()
    if outcome == [""]:
        return 0
    sys.stderr.write(f"{outcome[0] if outcome else 'the window was closed too early'}\n")
    return 2


def _shows(request: SceneRequest, page: Page) -> bool:
    """Whether the 3D view shows what belongs to ``page``."""
    return request.scene is not None if page is Page.STUDIO else request.result is not None


if __name__ == "__main__":
    leave(main())
