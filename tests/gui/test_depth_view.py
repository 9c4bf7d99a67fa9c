"""The depth view with real widgets: overlays, colours, readout under the pointer."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter
from pytestqt.logging import _QtMessageCapture
from pytestqt.qtbot import QtBot

from app.state.overlays import Overlays
from app.views.depth_image import DepthColouriser
from app.views.depth_view import DepthView
from engine.camera import Camera
from engine.pictures.palette import JOINT_RGB, NO_DATA_RGB
from engine.skeleton import Handedness
from engine.types import Frame
from tests.fakes import make_hand, make_result
from tests.pictures import rgb_at

CAMERA = Camera(width=320, height=240, fx=300.0, fy=300.0, cx=159.5, cy=119.5)


def flat_frame(depth_mm: float = 600.0) -> Frame:
    return Frame(np.full((240, 320), depth_mm, dtype=np.float32), 0.0, 0, CAMERA)


@pytest.fixture
def view(qtbot: QtBot) -> DepthView:
    view = DepthView()
    qtbot.addWidget(view)
    view.resize(960, 720)
    view.show()
    return view


@pytest.mark.parametrize("side", list(Handedness))
def test_joints_have_their_fingers_colours(view: DepthView, side: Handedness) -> None:
    hand = make_hand(handedness=side)
    view.set_result(make_result(flat_frame(), hand))
    for joint, (u, v) in enumerate(CAMERA.project(hand.pose.joints_mm)):
        assert rgb_at(view, u, v) == JOINT_RGB[joint]


def test_a_ghost_shows_what_is_asked_for(view: DepthView) -> None:
    joints = make_hand().pose.joints_mm
    view.set_result(make_result(flat_frame()))
    u, v = CAMERA.project(joints)[8]
    before = rgb_at(view, u, v)
    view.show_ghost(joints)
    pale = rgb_at(view, u, v)
    view.show_ghost(joints, lit=True)
    lit = rgb_at(view, u, v)

    def gap(one: tuple[int, int, int], other: tuple[int, int, int]) -> int:
        return sum(abs(a - b) for a, b in zip(one, other, strict=True))

    assert 0 < gap(lit, JOINT_RGB[8]) < gap(pale, JOINT_RGB[8]) < gap(before, JOINT_RGB[8])
    view.show_ghost(None)
    assert rgb_at(view, u, v) == before


def test_painting_ends_though_somebody_holds_the_frame(
    view: DepthView, qtlog: _QtMessageCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A profiler, a debugger or a traceback keeps what stands in a frame alive; a painter that
    outlives its widget's painting ends the program."""
    held = []

    def paint(self: DepthView, painter: QPainter, *_: object) -> None:
        assert painter.isActive()
        held.append(sys._getframe(1))

    monkeypatch.setattr(DepthView, "_paint_hands", paint)
    view.set_result(make_result(flat_frame(), make_hand()))
    view.repaint()
    assert held
    assert not held[0].f_locals["painter"].isActive()
    assert not [record.message for record in qtlog.records if "painter" in record.message]


def test_a_hidden_skeleton_is_not_drawn(view: DepthView) -> None:
    hand = make_hand()
    view.show_overlays(Overlays(skeleton=False))
    view.set_result(make_result(flat_frame(), hand))
    shown = [rgb_at(view, u, v) for u, v in CAMERA.project(hand.pose.joints_mm)]
    assert not set(shown) & set(JOINT_RGB)


def test_the_box_encloses_the_hands_cube(view: DepthView) -> None:
    hand = make_hand()
    half_px = 300.0 * hand.crop.cube_mm / 2.0 / 450.0
    plain = make_result(flat_frame())
    view.set_result(plain)
    before = rgb_at(view, 159.5 - half_px, 119.5 - half_px + 8)
    view.show_overlays(Overlays(skeleton=False))
    view.set_result(make_result(flat_frame(), hand))
    assert rgb_at(view, 159.5 - half_px, 119.5 - half_px + 8) != before


def test_pixels_without_depth_have_their_own_colour(view: DepthView) -> None:
    depth = np.full((240, 320), 700.0, dtype=np.float32)
    depth[100:140, 100:140] = 0.0
    view.set_result(make_result(Frame(depth, 0.0, 0, CAMERA)))
    assert rgb_at(view, 120, 120) == NO_DATA_RGB
    assert rgb_at(view, 60, 60) != NO_DATA_RGB


def test_the_picture_keeps_its_aspect(view: DepthView) -> None:
    view.set_result(make_result(flat_frame()))
    for size in ((900, 300), (300, 900)):
        view.resize(*size)
        place = view.placement()
        assert place is not None
        assert place.area.width() / place.area.height() == pytest.approx(320 / 240)
        assert view.rect().toRectF().adjusted(-1, -1, 1, 1).contains(place.area)


def test_the_readout_tells_the_depth_under_the_pointer(view: DepthView) -> None:
    depth = np.full((240, 320), 700.0, dtype=np.float32)
    depth[50, 80] = 432.0
    view.set_result(make_result(Frame(depth, 0.0, 0, CAMERA)))
    place = view.placement()
    assert place is not None
    x, y = place.to_widget(np.array([80, 50], dtype=np.float32))
    assert view.depth_at(QPointF(float(x), float(y))) == (80, 50, 432.0)
    assert view.depth_at(QPointF(-5.0, 10.0)) is None


@pytest.mark.parametrize("shape", [(16, 16), (720, 1280)])
@pytest.mark.parametrize("value", [0.0, 65535.0, 1e9])
def test_odd_frames_are_drawn(view: DepthView, shape: tuple[int, int], value: float) -> None:
    height, width = shape
    camera = Camera(width, height, 100.0, 100.0, width / 2, height / 2)
    frame = Frame(np.full(shape, value, dtype=np.float32), 0.0, 0, camera)
    view.set_result(make_result(frame, make_hand()))
    assert not view.grab().isNull()


def test_near_is_lighter_than_far() -> None:
    depth = np.linspace(400.0, 1600.0, 200, dtype=np.float32)[None].repeat(100, axis=0)
    pixels = DepthColouriser().colour(depth)[50].astype(np.int64)
    light = (pixels >> 16 & 255) + (pixels >> 8 & 255) + (pixels & 255)
    inner = light[10:-10]
    assert np.all(np.diff(inner) <= 3)
    assert inner[0] - inner[-1] > 200


def test_the_range_follows_a_change_calmly() -> None:
    colouriser = DepthColouriser()
    colouriser.colour(np.full((64, 64), 500.0, dtype=np.float32))
    before = colouriser.near_mm
    colouriser.colour(np.full((64, 64), 1000.0, dtype=np.float32))
    after_one = colouriser.near_mm
    for _ in range(60):
        colouriser.colour(np.full((64, 64), 1000.0, dtype=np.float32))
    assert before < after_one < before + 0.3 * (colouriser.near_mm - before)
    assert colouriser.near_mm == pytest.approx(970.0, rel=0.02)
    colouriser.reset_range()
    colouriser.colour(np.full((64, 64), 300.0, dtype=np.float32))
    assert colouriser.near_mm == pytest.approx(291.0)
