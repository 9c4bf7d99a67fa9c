"""The studio's worker and page without threads and widgets."""

from __future__ import annotations

from app.state.messages import Message, MessageCenter
from app.state.window_state import Level
from app.studio.axes import Axis, AxisInfo, Group
from app.studio.control.studio import StudioController
from app.studio.state import SliderSetup, SliderValues, StudioState
from app.studio.worker import LatentPicture, LatentRequest, draw
from app.wiring.studio import show_studio
from engine.camera import FloatArray
from engine.mailbox import Mailbox
from engine.types import TrackedHand
from tests.fakes import make_frame, make_result
from tests.fakes_latent import FakeModels, fake_space

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
    """Remembers what it was given."""

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
    show_studio(studio, page)  # type: ignore[arg-type]
    messages.posted.connect(page.show_message)
    return studio


def shaped(code: float) -> FloatArray:
    latent = fake_space().neutral()
    latent[:20] = code
    return latent


def see(studio: StudioController, *hands: TrackedHand) -> None:
    studio.on_result(make_result(make_frame(0), *hands))
