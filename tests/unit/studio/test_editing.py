"""Editing a hand without widgets: sliders, joints, text, locks and keyframes."""

from __future__ import annotations

import numpy as np
import pytest

from app.state.window_state import Level
from app.studio.control.studio import StudioController
from app.studio.state import EditSource, Readiness
from app.studio.walk_player import WalkPlayer
from engine.latent.text import to_text
from engine.latent.walk import WalkKind
from tests.fakes_latent import FakeModels, fake_space
from tests.fakes_studio import FIST, InlineWorker, NotedPage, make_studio, shaped


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
