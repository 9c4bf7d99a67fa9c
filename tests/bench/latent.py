"""How long the latent studio's networks take."""

from __future__ import annotations

from engine.latent.space import LatentSpace
from engine.timing import StageStats
from engine.tracking.generate import DepthGenerator, PoseDecoder
from tests.bench.speed import time_calls

PERSPECTIVE = 0.3
"""Of a cube 450 mm away."""


def time_latents(count: int, device: str) -> tuple[StageStats, ...]:
    """One latent to its pose, and to its depth, ``count`` times each."""
    decoder, generator = PoseDecoder(device=device), DepthGenerator(device=device)
    latent = LatentSpace.load().neutral()
    return (
        time_calls("decode a pose", lambda: decoder(latent), count),
        time_calls("draw the depth", lambda: generator(latent, PERSPECTIVE), count),
    )
