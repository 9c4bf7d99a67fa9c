"""A window on a fake engine, with its own settings, that is closed after the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.application import Application
from app.settings import Settings
from tests.fakes import make_hand
from tests.fakes_app import FakeEngine
from tests.windows import IdleRenderer, live


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.at(tmp_path / "settings.ini")


@pytest.fixture
def start(
    qtbot: QtBot, qapp: QApplication, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Application]]:
    monkeypatch.setattr("app.application.SceneRenderer", IdleRenderer)
    started: list[Application] = []

    def begin(source: str | None = "live", engine: FakeEngine | None = None) -> Application:
        engine = engine or FakeEngine(make_hand(), sources={"live": live})
        application = Application(qapp, engine, settings)
        started.append(application)
        application.start(source)
        qtbot.addWidget(application.window)
        return application

    yield begin
    for application in started:
        application.window.close()
        application.close()
