"""How long a run trains, at what rate and on how many samples a step."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.errors import InvalidInputError
from training.learning.workers import CHUNK


@dataclass(frozen=True, slots=True)
class LoopConfig:
    """``steps`` optimiser steps of ``batch`` samples over all processes; ``learning_rate`` rises
    over ``warmup_steps``, stays, and falls to 0 as a cosine over the last ``anneal`` share.

    ``norm_batch`` samples go through the networks together and share their batch statistics,
    whatever the number of processes. ``betas`` of Adam; ``average_steps`` time constant of the
    weights' moving average.

    Raises:
        InvalidInputError: naming the field that cannot be used.
    """

    steps: int
    batch: int = 64
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.01
    betas: tuple[float, float] = (0.9, 0.999)
    warmup_steps: int = 300
    anneal: float = 0.4
    average_steps: int = 500
    norm_batch: int = CHUNK
    seed: int = 0
    checkpoint_minutes: float = 4.0

    def __post_init__(self) -> None:
        if self.steps < 1 or self.batch < CHUNK or self.batch % CHUNK:
            raise InvalidInputError(f"steps must be positive and batch a multiple of {CHUNK}")
        if not 0 < self.anneal <= 1:
            raise InvalidInputError(f"anneal must lie in (0, 1], not {self.anneal}")
        if self.norm_batch < CHUNK or self.norm_batch % CHUNK or self.batch % self.norm_batch:
            raise InvalidInputError(
                f"norm_batch must be a multiple of {CHUNK} that divides the batch of "
                f"{self.batch}, not {self.norm_batch}"
            )

    def rate_at(self, step: int, first: int = 0) -> float:
        """Learning rate of optimiser step ``step`` of a run that began at step ``first``."""
        start = self.steps * (1 - self.anneal)
        rate = self.learning_rate * min(1.0, (step - first + 1) / self.warmup_steps)
        if step > start:
            rate *= 0.5 * (1 + math.cos(math.pi * (step - start) / (self.steps - start)))
        return rate
