"""What to write of the latent space, and how that is done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.camera import FloatArray
from engine.errors import ExportError, InvalidInputError
from engine.latent.layouts import LayoutKind
from engine.latent.samples import export_hands
from engine.latent.sampling import RandomHands
from engine.latent.space import LatentSpace
from engine.progress import Progress
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


def write_hands(
    device: str, request: ExportRequest, progress: Progress, directory: Path | None = None
) -> None:
    """Load networks of its own (``directory``: where from) and write what is requested.

    Takes long.

    Raises:
        CrossingHandsError: one sentence about a model, a number or the folder; ``CancelledError``
            if ``progress`` asked to stop.
    """
    if request.folder.is_dir() and any(request.folder.iterdir()):
        raise ExportError(f"{request.folder} already holds files: choose a new or an empty folder")
    decoder = PoseDecoder(device=device, directory=directory)
    generator = DepthGenerator(device=device, directory=directory)
    random = RandomHands(decoder, LatentSpace.load(directory))
    count, walk = request.count, request.walk
    latents = random.latents(request.seed, count) if walk is None else walk
    folder, layout = request.folder, request.layout
    export_hands(latents, count, folder, layout, decoder, generator, progress=progress)
