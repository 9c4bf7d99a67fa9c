"""The processes of one training run and how they share out its batches."""

from __future__ import annotations

import os
from typing import Final

import torch
import torch.distributed as dist

CHUNK: Final = 16
"""Samples made from one seed: the unit that processes share out among themselves."""


class Workers:
    """This process among those started by ``torchrun`` (one alone otherwise)."""

    def __init__(self) -> None:
        self.world_size = int(os.environ.get("WORLD_SIZE", "1"))
        self.rank = int(os.environ.get("RANK", "0"))
        if self.world_size > 1 and not dist.is_initialized():
            dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")

    @property
    def is_leader(self) -> bool:
        """True in the process that writes files."""
        return self.rank == 0

    def chunks(self, seed: int, step: int, count: int, group: int = 1) -> list[int]:
        """Seeds of this process's share of the ``count`` chunks of batch ``step``, which are
        shared out in groups of ``group``."""
        first = seed * 1_000_003 + step * count
        own = range(self.rank, count // group, self.world_size)
        return [first + which * group + k for which in own for k in range(group)]

    def broadcast(self, decision: bool) -> bool:
        """The leader's ``decision``, in every process: each must take the same branch."""
        if self.world_size == 1:
            return decision
        flag = torch.tensor([float(decision)])
        dist.broadcast(flag, 0)
        return bool(flag.item())
