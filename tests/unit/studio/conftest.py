"""A studio that shows its first hand."""

from __future__ import annotations

import pytest

from app.studio.control.studio import StudioController
from tests.fakes_studio import InlineWorker, NotedPage, make_studio


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
