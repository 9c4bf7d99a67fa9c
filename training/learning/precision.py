"""The number format of a training step: bfloat16 where the processor is fast in it."""

from __future__ import annotations

import time
from enum import Enum
from functools import cache
from typing import Final

import torch
from torch import nn

from engine.errors import InvalidInputError

FAST_RATIO: Final = 1.2
"""Below this bfloat16 gives digits away for little."""


class TrainingPrecision(Enum):
    """What convolutions and matrix products are computed in; weights and sums stay float32."""

    F32 = "f32"
    BF16 = "bf16"


@cache
def has_fast_bf16(device: torch.device) -> bool:
    """Whether bfloat16 pays on ``device``: a GPU that computes in it, or a CPU on which two
    convolutions are learned at least 1.2 times as fast in it.

    Measured, as the processor's flags do not tell: with AVX-512's own bfloat16 instructions a step
    of the estimator took 1.3 times as long as in float32 on one machine, 0.65 times on another.
    """
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    if device.type != "cpu" or not _is_bf16_known():
        return False
    plain, reduced = (_learning_seconds(reduced=reduced) for reduced in (False, True))
    return plain > FAST_RATIO * reduced


def _is_bf16_known() -> bool:
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())  # noqa: SLF001


def _learning_seconds(*, reduced: bool) -> float:
    """The shortest of a few steps of a small network."""
    with torch.random.fork_rng(devices=[]):
        inner = nn.Conv2d(32, 64, 3, padding=1)
        network = nn.Sequential(inner, nn.ReLU(), nn.Conv2d(64, 64, 3, padding=1))
        crops = torch.randn(16, 32, 32, 32)
    seconds = []
    for _ in range(6):
        start = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=reduced):
            loss = network(crops).float().square().mean()
        loss.backward()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def choose_precision(asked: str, device: torch.device) -> TrainingPrecision:
    """``asked`` "f32" or "bf16", or the better one for ``device`` ("auto").

    Raises:
        InvalidInputError: for another word.
    """
    if asked == "auto":
        return TrainingPrecision.BF16 if has_fast_bf16(device) else TrainingPrecision.F32
    try:
        return TrainingPrecision(asked)
    except ValueError:
        raise InvalidInputError(f"precision must be auto, f32 or bf16, not {asked!r}") from None


def autocast(precision: TrainingPrecision, device: torch.device) -> torch.autocast:
    """The context in which a loss is computed."""
    enabled = precision is TrainingPrecision.BF16
    return torch.autocast(device.type, torch.bfloat16, enabled=enabled)
