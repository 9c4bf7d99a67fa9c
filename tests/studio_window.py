"""Parts of a studio's window, found and handled as a user does."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from app.application import Application
from app.studio.axes import Axis, Group
from app.studio.control.studio import StudioController
from app.studio.views.page import StudioPage
from app.studio.views.slider_row import SliderRow
from engine.types import TrackedHand
from tests.fakes import make_hand
from tests.fakes_latent import fake_space, with_latent

FIST = Axis(Group.DIRECTION, 0)
Enter = Callable[..., Application]


def seen_hand(code: float = 0.5) -> TrackedHand:
    latent = fake_space().neutral()
    latent[:20] = code
    return with_latent(make_hand(), latent)


def page(application: Application) -> StudioPage:
    found = application.window.pages.studio
    assert found is not None
    return found


def studio(application: Application) -> StudioController:
    assert application.studio is not None
    return application.studio


def row(application: Application, axis: Axis = FIST) -> SliderRow:
    return page(application).sliders.rows[axis]


def drag(row: SliderRow, *values: float) -> None:
    places = [QPointF(row._x(value), row.height() / 2).toPoint() for value in values]
    QTest.mousePress(row, Qt.MouseButton.LeftButton, pos=places[0])
    for place in places[1:]:
        QTest.mouseMove(row, place)
    QTest.mouseRelease(row, Qt.MouseButton.LeftButton, pos=places[-1])
