"""Batch statistics of a network measured anew, on samples that it is shown without learning."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


@contextmanager
def statistics_measured(network: nn.Module) -> Iterator[bool]:
    """While this lasts ``network`` replaces its batch statistics by the means over all it is shown.

    Gives whether it has any to measure: a part that is held stays as it is. The network is left in
    evaluation mode.
    """
    network.train()
    norms = [m for m in network.modules() if isinstance(m, NORMS) and m.training]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    try:
        with torch.no_grad():
            yield bool(norms)
    finally:
        network.eval()
