"""The command that pictures every view, with a run and a 3D renderer that are made up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from app import screenshot
from app.actions.commands import Command
from app.application import Application
from app.session_factory import make_session
from app.state.session import Session
from app.views.scene_renderer import ScenePicture, SceneRenderer, SceneRequest
from engine.camera import Camera
from engine.tracking.config import Options
from tests.fakes import FakeSource
from tests.fakes_app import FakeBackend
from tests.hand_motions import MovingPipeline
from tests.windows import _Paced

CAMERA = Camera(width=320, height=240, fx=240.0, fy=240.0, cx=159.5, cy=119.5, fps=30.0)


class BlankRenderer(SceneRenderer):
    """Answers every request at once, with an empty picture."""

    def start(self) -> None:
        """Nothing to start."""

    def request(self, request: SceneRequest) -> None:
        pixels = np.full((request.style.height, request.style.width, 4), 24, np.uint8)
        self.pictures.put(ScenePicture(pixels, request, 1.0))


class MovingEngine(FakeBackend):
    def __init__(self, options: Options) -> None:
        super().__init__()

    def open(self, spec: str | None) -> Session:
        if spec == "nowhere":
            return super().open(spec)
        source = FakeSource(frame_count=None, live=True, gate=_Paced(), camera=CAMERA)
        return make_session(source, MovingPipeline(), "moving")


@pytest.fixture(autouse=True)
def _made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.application.SceneRenderer", BlankRenderer)
    monkeypatch.setattr("app.engine_backend.EngineBackend", MovingEngine)
    monkeypatch.setattr(screenshot, "BETWEEN_S", 0.6)


def test_every_view_is_pictured_dark_and_light(tmp_path: Path, qapp: object) -> None:
    folder = tmp_path / "views"
    assert screenshot.main(["moving", str(folder), "--all", "--seconds", "0.5"]) == 0
    names = {f"{view}_{theme}.png" for view in screenshot.VIEWS for theme in ("dark", "light")}
    assert {path.name for path in folder.iterdir()} == names
    pictures = {path.stem: QImage(str(path)) for path in folder.iterdir()}
    assert len({bytes(picture.constBits()) for picture in pictures.values()}) == len(names)
    corners = {name: picture.pixelColor(2, 2).lightness() for name, picture in pictures.items()}
    assert all((light > 128) is name.endswith("light") for name, light in corners.items())


def test_one_view_is_one_file_and_trouble_is_told(
    tmp_path: Path, qapp: object, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "plot.png"
    assert screenshot.main(["moving", str(path), "--view", "plot", "--seconds", "0.1"]) == 0
    assert QImage(str(path)).width() > 700
    assert screenshot.main(["moving", str(tmp_path / "no" / "x.png"), "--seconds", "0.1"]) == 2
    assert "could not be written" in capfd.readouterr().err
    assert screenshot.main(["nowhere", str(path)]) == 2
    assert "nowhere" in capfd.readouterr().err


def test_a_moving_picture_repeats(
    tmp_path: Path, qapp: object, capfd: pytest.CaptureFixture[str]
) -> None:
    image = pytest.importorskip("PIL.Image", reason="Pillow writes moving pictures")
    path = tmp_path / "window.webp"
    options = ["--moving", "0.5", "--seconds", "0.1"]
    assert screenshot.main(["moving", str(path), *options]) == 0
    with image.open(path) as moving:
        assert moving.n_frames > 1  # frames that are alike are joined
        assert moving.width == 960
        assert moving.info["loop"] == 0
    assert screenshot.main(["moving", str(tmp_path / "window.gif"), *options]) == 2
    assert "end it in .webp" in capfd.readouterr().err


def test_a_moving_picture_of_the_studio_walks_through_hands(
    tmp_path: Path, qapp: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = pytest.importorskip("PIL.Image", reason="Pillow writes moving pictures")
    asked: list[Command] = []
    trigger = screenshot._trigger

    def noted(application: Application, command: Command) -> None:
        asked.append(command)
        trigger(application, command)

    monkeypatch.setattr(screenshot, "_trigger", noted)
    path = tmp_path / "studio.webp"
    options = ["--page", "studio", "--moving", "4", "--seconds", "0.1"]
    assert screenshot.main(["moving", str(path), *options]) == 0
    assert tuple(asked) == screenshot.STUDIO_STEPS
    with image.open(path) as moving:
        assert moving.n_frames > 4
