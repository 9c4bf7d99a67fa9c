"""The studio without widgets: commands in, what the page is told out."""

from __future__ import annotations

import numpy as np
import pytest

from app.state.messages import Message, MessageCenter
from app.state.window_state import Level
from app.studio.axes import Axis, AxisInfo, Group
from app.studio.control.studio import StudioController
from app.studio.state import EditSource, Readiness, SliderSetup, SliderValues, StudioState
from app.studio.walk_player import WalkPlayer
from app.studio.worker import LatentPicture, LatentRequest, draw
from engine.camera import FloatArray
from engine.latent.text import to_text
from engine.latent.walk import WalkKind
from engine.mailbox import Mailbox
from engine.types import TrackedHand
from tests.fakes import make_frame, make_hand, make_result
from tests.fakes_latent import FakeModels, fake_space, with_latent

FIST = Axis(Group.DIRECTION, 0)


class InlineWorker:
    """Draws in the caller's thread, when asked; its networks are there at once."""

    def __init__(self) -> None:
        self.pictures: Mailbox[LatentPicture] = Mailbox()
        self.notices: Mailbox[str] = Mailbox()
        self.models: FakeModels | None = FakeModels()
        self.failure: str | None = None
        self.requests: list[LatentRequest] = []
        self.started = self.closed = 0

    def start(self) -> None:
        self.started += 1

    def request(self, request: LatentRequest) -> None:
        self.requests.append(request)
        assert self.models is not None
        self.pictures.put(draw(self.models, request))

    def close(self) -> None:
        self.closed += 1


class NotedPage:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.infos: tuple[AxisInfo, ...] = ()
        self.state = StudioState()
        self.values: dict[Axis, float] = {}
        self.spreads: dict[Axis, float] = {}
        self.pictures: list[LatentPicture] = []
        self.keyframes = 0
        self.place: float | None = None
        self.messages: list[tuple[str, Level]] = []

    def show_axes(self, setup: SliderSetup) -> None:
        self.infos = setup.infos

    def show_state(self, state: StudioState) -> None:
        self.state = state

    def show_values(self, sliders: SliderValues) -> None:
        self.values, self.spreads = sliders.values, sliders.spreads

    def show_picture(self, picture: LatentPicture) -> None:
        self.pictures.append(picture)

    def add_keyframe(self, picture: LatentPicture | None) -> None:
        self.keyframes += 1

    def remove_keyframe(self, index: int) -> None:
        self.keyframes -= 1

    def show_walk(self, place: float | None) -> None:
        self.place = place

    def show_message(self, message: Message) -> None:
        self.messages.append((message.text, message.level))


def make_studio(worker: InlineWorker, page: NotedPage) -> StudioController:
    messages = MessageCenter()
    studio = StudioController(worker, messages)  # type: ignore[arg-type]
    studio.store.subscribe(page.show_state)
    studio.axes_ready.connect(page.show_axes)
    studio.values_changed.connect(page.show_values)
    studio.picture_drawn.connect(page.show_picture)
    studio.keyframes.added.connect(page.add_keyframe)
    studio.keyframes.removed.connect(page.remove_keyframe)
    studio.keyframes.walked.connect(page.show_walk)
    messages.posted.connect(page.show_message)
    return studio


@pytest.fixture
def page() -> NotedPage:
    return NotedPage()


@pytest.fixture
def worker() -> InlineWorker:
    return InlineWorker()


@pytest.fixture
def studio(worker: InlineWorker, page: NotedPage) -> StudioController:
    studio = make_studio(worker, page)
    studio.activate()
    studio.tick()
    studio.tick()
    return studio


def shaped(code: float) -> FloatArray:
    latent = fake_space().neutral()
    latent[:20] = code
    return latent


def see(studio: StudioController, *hands: TrackedHand) -> None:
    studio.on_result(make_result(make_frame(0), *hands))


def test_the_networks_are_loaded_once_and_a_hand_is_shown(
    studio: StudioController, worker: InlineWorker, page: NotedPage
) -> None:
    assert worker.started == 1
    assert page.state.readiness is Readiness.READY
    assert len(page.infos) == 20 + 3 + 3 + 29
    assert len(page.pictures) == 1
    studio.deactivate()
    studio.activate()
    assert worker.started == 1


def test_networks_that_cannot_be_loaded_are_told(worker: InlineWorker, page: NotedPage) -> None:
    worker.models, worker.failure = None, "latent_space.json is missing"
    studio = make_studio(worker, page)
    studio.activate()
    studio.tick()
    assert page.state.readiness is Readiness.FAILED
    assert page.state.error == "latent_space.json is missing"
    studio.random(3)
    studio.paste("1,2")
    studio.keyframes.add()
    assert studio.text() == ""


def test_a_slider_moves_the_hand(studio: StudioController, page: NotedPage) -> None:
    studio.begin_edit()
    studio.set_value(FIST, 1.0)
    studio.set_value(FIST, 2.0)
    studio.end_edit()
    studio.tick()
    assert page.values[FIST] == pytest.approx(2.0)
    assert page.pictures[-1].latent[0] == pytest.approx(2.0)
    assert page.state.edit_source is EditSource.USER
    studio.undo()
    assert page.values[FIST] == pytest.approx(0.0)
    assert page.state.can_redo
    studio.redo()
    studio.reset(FIST)
    assert page.values[FIST] == pytest.approx(0.0)


def test_a_random_hand_comes_with_its_picture(studio: StudioController, page: NotedPage) -> None:
    studio.random(11)
    studio.tick()
    assert page.state.seed == 11
    assert np.allclose(studio.document.latent, FakeModels().random(11))
    assert page.values[FIST] == pytest.approx(float(FakeModels().random(11)[0]), abs=1e-4)
    studio.undo()
    assert page.values[FIST] == pytest.approx(0.0)


def test_the_first_hand_with_a_latent_is_followed(
    studio: StudioController, page: NotedPage
) -> None:
    see(studio, with_latent(make_hand(), shaped(0.5), 0.2))
    studio.tick()
    assert page.state.following
    assert page.state.edit_source is EditSource.CAMERA
    assert page.values[FIST] == pytest.approx(0.5)
    assert page.spreads[FIST] == pytest.approx(0.2, rel=1e-3)
    assert page.pictures[-1].reconstruction is not None
    studio.set_value(FIST, 1.5)
    assert page.spreads == {}
    see(studio, with_latent(make_hand(), shaped(-0.5)))
    assert not page.state.following
    assert page.state.compared
    assert page.values[FIST] == pytest.approx(1.5)
    studio.follow(True)
    see(studio, with_latent(make_hand(), shaped(-0.5)))
    assert page.values[FIST] == pytest.approx(-0.5)


def test_an_edit_before_the_first_hand_is_not_overrun(
    studio: StudioController, page: NotedPage
) -> None:
    studio.set_value(FIST, 1.5)
    see(studio, with_latent(make_hand(), shaped(0.5)))
    assert page.values[FIST] == pytest.approx(1.5)


def test_a_network_without_latents_cannot_be_followed(
    studio: StudioController, page: NotedPage
) -> None:
    see(studio, make_hand())
    studio.follow(True)
    assert not page.state.following
    assert "no latent" in page.messages[-1][0]
    see(studio)
    studio.follow(True)
    assert "No hand" in page.messages[-1][0]


def test_a_request_without_a_picture_is_told_and_forgotten(
    studio: StudioController, worker: InlineWorker, page: NotedPage
) -> None:
    worker.notices.put("seed 4 gives no hand; choose another")
    studio.tick()
    assert page.messages[-1] == ("Seed 4 gives no hand; choose another.", Level.ERROR)
    studio.set_value(FIST, 1.0)
    assert page.values[FIST] == pytest.approx(1.0)


def test_a_keyframe_chosen_before_the_first_hand_stays(
    studio: StudioController, page: NotedPage
) -> None:
    studio.keyframes.add()
    studio.keyframes.go_to(0)
    see(studio, with_latent(make_hand(), shaped(0.5)))
    assert page.values[FIST] == pytest.approx(0.0)


def test_text_goes_out_and_comes_in(studio: StudioController, page: NotedPage) -> None:
    studio.set_value(FIST, 1.25)
    text = studio.text()
    studio.reset_all()
    studio.paste(text)
    assert page.values[FIST] == pytest.approx(1.25)
    assert studio.text() == text
    for wrong in ("", "1,2,3", text.replace("1.25", "nan"), "hello"):
        studio.paste(wrong)
        assert page.messages[-1][1] is Level.ERROR
        assert studio.text() == text


def test_a_joint_is_dragged_to_the_pointer(studio: StudioController, page: NotedPage) -> None:
    for x in (10.0, 30.0):
        studio.drag_joint(8, np.array([x, -20.0, 440.0], np.float32))
        assert page.state.edit_source is EditSource.JOINT
        studio.tick()
    studio.release_joint()
    studio.tick()
    assert np.allclose(page.pictures[-1].scene.skeletons[0][8], (30.0, -20.0, 440.0), atol=0.1)
    assert page.state.edit_source is EditSource.USER
    studio.undo()
    studio.tick()
    assert np.allclose(studio.document.latent, fake_space().neutral())


def test_locks_are_told_and_keep_their_axis(studio: StudioController, page: NotedPage) -> None:
    studio.set_value(FIST, 1.0)
    studio.set_locked(FIST, True)
    assert page.state.locked == {FIST}
    studio.random(5)
    studio.tick()
    studio.tick()
    assert page.values[FIST] == pytest.approx(1.0)
    assert page.pictures[-1].latent[0] == pytest.approx(1.0)


def test_a_walk_goes_through_the_keyframes(
    studio: StudioController, page: NotedPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(np.arange(0.0, 100.0, 0.3))
    monkeypatch.setattr(studio.keyframes, "_player", WalkPlayer(lambda: float(next(clock))))
    studio.keyframes.play(True, WalkKind.LINEAR)
    assert not page.state.playing
    assert "2 keyframes" in page.messages[-1][0]
    for code in (-1.0, 1.0):
        studio.paste(to_text(shaped(code)))
        studio.keyframes.add()
    assert page.keyframes == 2
    studio.keyframes.play(True, WalkKind.LINEAR)
    shown = []
    for _ in range(8):
        studio.tick()
        shown.append(page.values[FIST])
    assert page.state.playing
    assert page.place is not None
    assert shown == pytest.approx([-0.5, 0.0, 0.5, 1.0, 0.5, 0.0, -0.5, -1.0], abs=0.05)
    studio.set_value(FIST, 0.3)
    assert not page.state.playing
    assert page.place is None
    studio.undo()
    studio.undo()
    assert page.values[FIST] == pytest.approx(1.0, abs=1e-3)
    studio.keyframes.remove(0)
    assert page.keyframes == 1


def test_nothing_happens_while_the_page_is_hidden(
    studio: StudioController, worker: InlineWorker, page: NotedPage
) -> None:
    studio.deactivate()
    asked = len(worker.requests)
    see(studio, with_latent(make_hand(), shaped(0.5)))
    studio.tick()
    assert len(worker.requests) == asked
    studio.close()
    assert worker.closed == 1
