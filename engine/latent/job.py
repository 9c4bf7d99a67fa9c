"""The latent space without a window: sampled hands, a walk or one decoded vector, as data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.camera import FloatArray
from engine.errors import InvalidInputError
from engine.latent.layouts import LayoutKind
from engine.latent.placing import DepthMaker
from engine.latent.samples import export_hands
from engine.latent.sampling import RandomHands
from engine.latent.space import LatentSpace
from engine.latent.text import from_text
from engine.latent.walk import WalkKind, walk
from engine.progress import progress_bar
from engine.tracking.generate import DepthGenerator, PoseDecoder
from engine.tracking.self_check import require_sound

WALK_FRAMES: Final = 60


@dataclass(frozen=True, slots=True)
class LatentJob:
    """What to write into folder ``export``: exactly one of three.

    ``sample`` random hands of ``seed``; the ``walk`` of ``frames`` hands between those of two
    seeds; or the hand of the latent that ``decode`` tells as text.

    Raises:
        InvalidInputError: naming the field that is not usable.
    """

    export: Path
    sample: int | None = None
    seed: int = 0
    walk: tuple[int, int] | None = None
    frames: int = WALK_FRAMES
    kind: WalkKind = WalkKind.LINEAR
    decode: str | None = None
    layout: LayoutKind = LayoutKind.FOLDER
    replace: bool = False

    def __post_init__(self) -> None:
        given = [each is not None for each in (self.sample, self.walk, self.decode)]
        if sum(given) != 1:
            raise InvalidInputError("give one of --sample, --walk and --decode")
        if min(self.seed, *(self.walk or (0,))) < 0:
            raise InvalidInputError("seed must not be negative")
        if self.sample is not None and self.sample < 1:
            raise InvalidInputError(f"sample must be 1 or more, not {self.sample}")
        if self.decode is not None:
            from_text(self.decode)

    @property
    def count(self) -> int:
        """The number of hands that will be written."""
        if self.decode is not None:
            return 1
        return self.frames if self.walk is not None else self.sample or 0


def run_job(job: LatentJob, *, device: str = "CPU", directory: Path | None = None) -> int:
    """Load the networks (``directory``: where from) and do ``job`` with a progress bar.

    Returns the number of hands written.

    Raises:
        CrossingHandsError: one clear line about a number, a model or the folder.
    """
    require_sound(device)
    decoder = PoseDecoder(device=device, directory=directory)
    generator = DepthGenerator(device=device, directory=directory)
    return write(job, LatentSpace.load(directory), decoder, generator)


def write(job: LatentJob, space: LatentSpace, decoder: PoseDecoder, generator: DepthMaker) -> int:
    """Do ``job`` with these networks; the number of hands written.

    Raises:
        InvalidInputError: if a number is out of range.
        ExportError: if the folder cannot be written.
    """
    latents = _latents(job, space, decoder)
    with progress_bar(job.export.name, "hand") as progress:
        export_hands(
            latents,
            job.count,
            job.export,
            job.layout,
            decoder,
            generator,
            progress=progress,
            replace=job.replace,
        )
    return job.count


def _latents(job: LatentJob, space: LatentSpace, decoder: PoseDecoder) -> Iterable[FloatArray]:
    if job.decode is not None:
        return [from_text(job.decode)]
    hands = RandomHands(decoder, space)
    if job.walk is not None:
        first, last = (hands.latent(seed) for seed in job.walk)
        return walk(first, last, job.frames, job.kind)
    return hands.latents(job.seed, job.count)
