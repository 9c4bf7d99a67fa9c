"""The studio with the shipped networks: what it writes is a recording that the program opens."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
from pytestqt.qtbot import QtBot

from app.actions.commands import Command
from app.application import Application
from app.engine_backend import EngineBackend
from app.studio.export_request import ExportRequest
from app.studio.latent_models import LatentModels
from engine.progress import Progress
from engine.sources import open_source
from engine.tracking.config import Options
from tests.fakes_app import FakeBackend
from tests.windows import live, trigger

SLOW_MS = 60_000
HANDS = 3


class StudioBackend(FakeBackend):
    """A camera that costs nothing, beside the real networks of the studio."""

    def __init__(self) -> None:
        super().__init__(sources={"live": live})
        self._real = EngineBackend(Options())

    def latent_models(self) -> LatentModels:  # type: ignore[override]
        return self._real.latent_models()

    def write_hands(self, request: ExportRequest, progress: Progress) -> None:
        self._real.write_hands(request, progress)


def test_random_hands_are_written_and_can_be_opened(
    qtbot: QtBot, start: Callable[..., Application], tmp_path: Path
) -> None:
    application = start("live", StudioBackend())
    trigger(application, Command.PAGE_STUDIO)
    studio, page = application.studio, application.window.pages.studio
    assert studio is not None and page is not None
    qtbot.waitUntil(lambda: studio.picture is not None, timeout=SLOW_MS)
    trigger(application, Command.LATENT_EXPORT)
    dialog, folder = page.export_dialog, tmp_path / "hands"
    dialog.folder.setText(str(folder))
    dialog.count.setValue(HANDS)
    dialog.seed.setValue(5)
    dialog.start_button.click()
    qtbot.waitUntil(lambda: "Written to" in dialog.status_label.text(), timeout=SLOW_MS)
    source = open_source(str(folder))
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    source.close()
    assert len(frames) == HANDS
    assert all(np.mean(frame.depth_mm > 0) > 0.02 for frame in frames)
    with (folder / "latents.csv").open() as file:
        assert len(list(csv.reader(file))) == HANDS + 1
