"""The studio follows the tracked hand until the user edits it."""

from __future__ import annotations

import pytest

from app.state.window_state import Level
from app.studio.control.studio import StudioController
from app.studio.state import EditSource
from tests.fakes import make_hand
from tests.fakes_latent import with_latent
from tests.fakes_studio import FIST, InlineWorker, NotedPage, see, shaped


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
