"""What a loss is computed on: named tuples of tensors that share their first axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor

Batch = tuple[Any, ...]
"""A ``NamedTuple`` of tensors, of further such batches, or None where a part is missing."""
B = TypeVar("B", bound=Batch)


def joined(chunks: Sequence[B], device: torch.device) -> B:
    """Chunks of one type put together along their first axis, on ``device``."""
    return type(chunks[0])(*(_joined_field(field, device) for field in zip(*chunks, strict=True)))


def _joined_field(parts: tuple[Any, ...], device: torch.device) -> Any:
    if parts[0] is None:
        return None
    if not isinstance(parts[0], Tensor):
        return joined(parts, device)
    return (parts[0] if len(parts) == 1 else torch.cat(parts)).to(device)
