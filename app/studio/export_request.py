"""Orders to write hands of the latent space, and how they are carried out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.camera import FloatArray
from engine.errors import CancelledError, ExportError, InvalidInputError
from engine.latent.layouts import LayoutKind
from engine.latent.samples import export_hands
from engine.latent.sampling import RandomHands
from engine.latent.space import LatentSpace
from engine.tracking.generate import DepthGenerator, PoseDecoder


@dataclass(frozen=True, slots=True, eq=False)
class ExportRequest:
    """What to write into ``folder``, and in which ``layout``.

    ``count`` random hands of ``seed``, or those of the ``walk`` [count, 29].

    Raises:
        InvalidInputError: if there is nothing to write, or the walk has another length.
    """

    folder: Path
    layout: LayoutKind
    count: int
    seed: int = 0
    walk: FloatArray | None = None

    def __post_init__(self) -> None:
        if self.count < 1 or (self.walk is not None and len(self.walk) != self.count):
            raise InvalidInputError(f"{self.count} hands cannot be written")


Progress = Callable[[int], None]
Cancelled = Callable[[], bool]
Write = Callable[[ExportRequest, Progress, Cancelled], bool]
"""Writes an order; says whether it is whole, False where it was cancelled."""


def write_hands(
    device: str, order: ExportRequest, progress: Progress, cancelled: Cancelled
) -> bool:
    """Load networks of its own and write ``order``; True when it is whole. Takes long.

    Raises:
        CrossingHandsError: one sentence about a model, a number or the folder.
    """
    if order.folder.is_dir() and any(order.folder.iterdir()):
        raise ExportError(f"{order.folder} already holds files: choose a new or an empty folder")
    decoder, generator = PoseDecoder(device=device), DepthGenerator(device=device)
    random = RandomHands(decoder, LatentSpace.load())
    latents = random.latents(order.seed, order.count) if order.walk is None else order.walk

    def report(done: int, _total: int) -> bool:
        progress(done)
        return not cancelled()

    try:
        export_hands(
            latents, order.count, order.folder, order.layout, decoder, generator, progress=report
        )
    except CancelledError:
        return False
    return True
