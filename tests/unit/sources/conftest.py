"""Opens recordings with colour, closed after each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from engine.sources import open_source
from engine.sources.base import SeekableSource
from engine.types import Frame
from tests.colour_recordings import Frames, Open


@pytest.fixture
def opened() -> Iterator[Open]:
    """Opens recordings that are closed after the test."""
    with ExitStack() as stack:

        def open_one(path: Path) -> SeekableSource:
            source = stack.enter_context(closing(open_source(str(path))))
            assert isinstance(source, SeekableSource)
            return source

        yield open_one


@pytest.fixture
def frames(opened: Open) -> Frames:
    """All frames of a recording, which stays open for their colour."""

    def read(path: Path) -> list[Frame]:
        source = opened(path)
        return [source.frame_at(index) for index in range(source.frame_count)]

    return read
