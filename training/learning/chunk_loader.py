"""Training samples made beside the step: chunks of 16, in the order of their seeds.

Making a crop is a third of the work of learning from it, so child processes make them while the
networks compute. A chunk depends on its seed alone, so neither the number of processes nor an
interruption changes what is learned.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import torch
from torch.utils.data import DataLoader, Dataset

from engine.errors import ModelError
from training.learning.batches import Batch

PREFETCHED_CHUNKS: Final = 8
"""Chunks (about 1 MB each) that each child process makes ahead."""
SampleChunk = Callable[[int], Batch]
"""Makes the samples of one seed; all tensors share their first axis."""


class _Chunks(Dataset[Batch]):
    """What a child process makes of a seed."""

    def __init__(self, sample_chunk: SampleChunk) -> None:
        self._make_chunk = sample_chunk

    def __getitem__(self, seed: int) -> Batch:
        return self._make_chunk(seed)


@contextmanager
def chunk_loader(
    sample_chunk: SampleChunk, seeds: Iterable[int], processes: int
) -> Iterator[Iterator[Batch]]:
    """The chunks of ``seeds`` in their order, made by so many child processes; 0: when asked for.

    The children end with the context. Where processes cannot be forked (Windows, macOS) chunks
    are made when asked for.
    """
    if processes == 0 or sys.platform != "linux":
        yield (sample_chunk(seed) for seed in seeds)
        return
    loader = DataLoader(
        _Chunks(sample_chunk),
        batch_size=None,
        sampler=seeds,
        num_workers=processes,
        prefetch_factor=PREFETCHED_CHUNKS,
        multiprocessing_context="fork",
        worker_init_fn=_only_one_thread,
    )
    iterator = iter(loader)
    try:
        yield _watched(iterator)
    finally:
        # Nothing else ends the children of an iterator that was not exhausted at once.
        iterator._shutdown_workers()  # noqa: SLF001


def _only_one_thread(_: int) -> None:
    torch.set_num_threads(1)


def _watched(chunks: Iterator[Batch]) -> Iterator[Batch]:
    """``chunks``, with clear words where a process that makes them has died."""
    while True:
        try:
            chunk = next(chunks)
        except StopIteration:
            return
        except RuntimeError as error:
            if "exited unexpectedly" not in str(error):
                raise
            raise ModelError(
                "a process that makes training samples has died (out of memory, or killed); the "
                "last checkpoint is whole: go on with --resume"
            ) from error
        yield chunk
