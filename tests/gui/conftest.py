"""A window on a fake engine, with its own settings, that is closed after the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.actions.commands import Command
from app.application import Application
from app.settings import Settings
from engine.types import TrackedHand
from tests.fakes import make_hand
from tests.fakes_app import FakeBackend
from tests.fakes_latent import FakeModels
from tests.studio_window import Enter, studio
from tests.windows import IdleRenderer, live, trigger, until


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.at(tmp_path / "settings.ini")


@pytest.fixture
def start(
    qtbot: QtBot, qapp: QApplication, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Application]]:
    monkeypatch.setattr("app.application.SceneRenderer", IdleRenderer)
    started: list[Application] = []

    def begin(source: str | None = "live", backend: FakeBackend | None = None) -> Application:
        backend = backend or FakeBackend(make_hand(), sources={"live": live})
        application = Application(qapp, backend, settings)
        started.append(application)
        application.start(source)
        qtbot.addWidget(application.window)
        return application

    yield begin
    for application in started:
        application.window.close()
        application.close()


@pytest.fixture
def enter(qtbot: QtBot, start: Callable[..., Application]) -> Enter:
    """Open the window and go to the studio, on a camera that sees ``hand``."""

    def begin(
        hand: TrackedHand | None = None, models: FakeModels | Exception | None = None
    ) -> Application:
        backend = FakeBackend(*([hand] if hand else []), sources={"live": live})
        if models is not None:
            backend.models = models
        application = start("live", backend)
        trigger(application, Command.PAGE_STUDIO)
        if not isinstance(models, Exception):
            until(qtbot, lambda: studio(application).picture is not None)
        return application

    return begin
