"""Colour in the window: the switch, the overlay, words where there is none, what cameras give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from app.actions.commands import Command
from app.application import Application
from app.settings import Settings
from app.state.overlays import Overlays
from app.views.colour_view import NO_COLOUR, ColourView
from engine.camera import Camera
from engine.colour import ColourCamera, ColourImage
from engine.pictures.palette import JOINT_RGB
from engine.pictures.view import PictureView
from engine.skeleton import WRIST
from engine.types import Frame, FrameResult
from tests.fakes import FakeSource, make_hand, make_result
from tests.fakes_app import FakeBackend
from tests.pictures import rgb_at
from tests.windows import Start, live, running, trigger, until, write_folder

CAMERA = Camera(width=320, height=240, fx=300.0, fy=300.0, cx=159.5, cy=119.5)
BLUE = (20, 40, 200)


def colour_camera(**changes: object) -> ColourCamera:
    move = np.array([30.0, -10.0, 0.0], np.float32)
    fields: dict[str, object] = {"t_colour_from_depth_mm": move, **changes}
    return ColourCamera(400, 300, 350.0, 350.0, 199.5, 149.5, **fields)  # type: ignore[arg-type]


def coloured(result: FrameResult, camera: ColourCamera | None = None) -> FrameResult:
    image = ColourImage(camera or colour_camera(), lambda: np.full((300, 400, 3), BLUE, np.uint8))
    return replace(result, frame=replace(result.frame, colour=image))


def plain(problem: str = "") -> FrameResult:
    depth = np.full((240, 320), 600.0, np.float32)
    return make_result(Frame(depth, 0.0, 0, CAMERA, colour_problem=problem), make_hand())


@pytest.fixture
def view(qtbot: QtBot) -> ColourView:
    view = ColourView()
    qtbot.addWidget(view)
    view.resize(800, 600)
    view.show()
    return view


def test_joints_lie_where_the_colour_camera_sees_them(view: ColourView) -> None:
    result = coloured(plain())
    view.set_result(result)
    view.grab()
    for joint, (u, v) in enumerate(colour_camera().project(result.hands[0].pose.joints_mm)):
        assert rgb_at(view, u, v) == JOINT_RGB[joint]
    assert rgb_at(view, 5, 290) == BLUE


def test_a_mirror_turns_the_colour_too(view: ColourView) -> None:
    result = coloured(plain())
    view.set_result(result)
    view.grab()
    view.show_overlays(Overlays(box=False, uncertainty=True, mirrored=True))
    u, v = colour_camera().project(result.hands[0].pose.joints_mm[WRIST])
    assert rgb_at(view, float(u), float(v)) == JOINT_RGB[WRIST]


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (plain(), NO_COLOUR),
        (plain("the camera sends no colour any more"), "The camera sends no colour any more."),
    ],
)
def test_without_colour_there_are_words(view: ColourView, result: FrameResult, said: str) -> None:
    painted: list[FrameResult] = []
    view.painted.connect(painted.append)
    view.set_result(coloured(plain()))
    view.grab()
    assert view.problem == ""
    view.set_result(result)
    view.grab()
    assert view.problem == said
    assert view.placement() is None
    assert painted[-1] is result


def test_a_damaged_image_is_said_and_the_next_one_shown(view: ColourView) -> None:
    result = coloured(plain())
    damaged = ColourImage(colour_camera(), lambda: np.zeros((3, 3, 3), np.uint8))
    view.set_result(replace(result, frame=replace(result.frame, colour=damaged)))
    view.grab()
    assert "3x3" in view.problem
    view.set_result(result)
    view.grab()
    assert rgb_at(view, 5, 290) == BLUE


def test_a_hidden_view_decodes_nothing(view: ColourView) -> None:
    asked: list[int] = []

    def load() -> np.ndarray:
        asked.append(1)
        return np.zeros((300, 400, 3), np.uint8)

    view.hide()
    result = plain()
    image = ColourImage(colour_camera(), load)
    view.set_result(replace(result, frame=replace(result.frame, colour=image)))
    assert not asked
    view.show()
    view.grab()
    view.grab()
    assert len(asked) == 1


# ---- the window


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = write_folder(tmp_path / "take")
    for index in range(6):
        Image.fromarray(np.full((48, 64, 3), BLUE, np.uint8)).save(path / f"color_{index}.png")
    return path


def test_the_switch_shows_pictures_and_is_remembered(
    qtbot: QtBot, start: Callable[..., Application], folder: Path, settings: Settings
) -> None:
    backend = FakeBackend(make_hand(), sources={"live": live})
    application = start(str(folder), backend)
    page = application.window.pages.track
    until(qtbot, lambda: application.store.state.session is not None)
    application.window.show()
    until(qtbot, page.depth_view.isVisible)
    assert not page.colour_view.isVisible()
    trigger(application, Command.VIEW_COLOUR)
    assert (page.depth_view.isVisible(), page.colour_view.isVisible()) == (False, True)
    until(qtbot, lambda: page.colour_view.placement() is not None)
    trigger(application, Command.VIEW_BOTH)
    assert (page.depth_view.isVisible(), page.colour_view.isVisible()) == (True, True)
    assert application.window.actions_by_command[Command.VIEW_BOTH].isChecked()
    assert settings.text("picture_view") == "both"
    assert application.store.state.view is PictureView.BOTH


class Switchable(FakeSource):
    """A camera whose colour can be switched on."""

    def __init__(self) -> None:
        fake = live()
        super().__init__(frame_count=None, live=True, gate=fake._gate)
        self.asked: list[bool] = []

    def show_colour(self, on: bool) -> None:
        self.asked.append(on)


def test_a_camera_reads_colour_only_while_it_is_shown(qtbot: QtBot, start: Start) -> None:
    camera = Switchable()
    backend = FakeBackend(make_hand(), sources={"live": lambda: camera})
    application = running(qtbot, lambda: start("live", backend))
    assert camera.asked == [False]
    trigger(application, Command.VIEW_BOTH)
    trigger(application, Command.VIEW_DEPTH)
    assert camera.asked == [False, True, False]
