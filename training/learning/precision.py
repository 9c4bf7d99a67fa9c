"""The number format of a training step: bfloat16 where the processor is made for it."""

from __future__ import annotations

from enum import Enum

import torch

from engine.errors import InvalidInputError


class TrainingPrecision(Enum):
    """What convolutions and matrix products are computed in; weights and sums stay float32."""

    F32 = "f32"
    BF16 = "bf16"


def has_fast_bf16(device: torch.device) -> bool:
    """Whether bfloat16 pays on ``device``: a CPU with AMX tiles, or a GPU that computes in it.

    AVX-512's own bfloat16 instructions do not pay: measured on one core, a step of the estimator
    on 64 crops takes 1.3 times as long as in float32.
    """
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return device.type == "cpu" and torch.cpu._is_amx_tile_supported()  # noqa: SLF001


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
