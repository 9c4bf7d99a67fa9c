"""What the latent space's tests share: the shipped decoder and space, a generator that is fake."""

from __future__ import annotations

import pytest

from engine.latent.sampling import RandomHands
from engine.latent.space import LatentSpace
from engine.tracking.generate import PoseDecoder
from tests.fakes_latent import FakeGenerator


@pytest.fixture(scope="session")
def decoder() -> PoseDecoder:
    return PoseDecoder(exact=True)


@pytest.fixture(scope="session")
def space() -> LatentSpace:
    return LatentSpace.load()


@pytest.fixture(scope="session")
def hands(decoder: PoseDecoder, space: LatentSpace) -> RandomHands:
    return RandomHands(decoder, space)


@pytest.fixture
def generator(decoder: PoseDecoder) -> FakeGenerator:
    return FakeGenerator(decoder)
