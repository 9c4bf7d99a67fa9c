"""What is adapted, for how long, and what an interrupted adaptation goes on with."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from engine.assets import asset_path
from engine.errors import InvalidInputError, ModelError
from engine.model_files import read_json
from engine.output import check_folder, write_text
from engine.profiles import PROFILE_FILE, check_name, networks_digest, recording_hash
from engine.tracking.config import TrackingSettings
from training.adaptation.losses import RecordedWeights

WORK: Final = "adaptation"
"""Folder within the output that holds what the work goes on from."""
PLAN_FILE: Final = "plan.json"


@dataclass(frozen=True, slots=True)
class AdaptationConfig:
    """How the student learns: in ``rounds``, before each of which its moving average labels the
    recorded hands anew, at most ``max_hands`` of them; ``batch`` synthetic and as many recorded
    crops a step; ``rate`` of learning; what ``recorded`` crops teach beside synthetic ones;
    ``redraw_steps`` by which latents are refined; ``held_out`` frames of each recording,
    ``synthetic`` crops and ``empty`` scenes prove."""

    rounds: int = 1
    max_hands: int = 1200
    batch: int = 16
    rate: float = 1e-4
    recorded: RecordedWeights = field(default_factory=RecordedWeights)
    redraw_steps: int = 25
    held_out: int = 900
    synthetic: int = 320
    empty: int = 96


@dataclass(frozen=True, slots=True)
class AdaptationPlan:
    """What the user asks for.

    ``recordings`` to learn from, ``output`` folder of the profile, called ``name``; ``base``
    networks to start from; ``minutes`` in all, or ``steps`` of learning if given, on the torch
    ``device``.

    Raises:
        InvalidInputError: naming what is not usable.
    """

    recordings: tuple[Path, ...]
    output: Path
    name: str
    base: Path = field(default_factory=lambda: asset_path("models"))
    minutes: float = 40.0
    steps: int | None = None
    seed: int = 0
    device: str = "cpu"
    tracking: TrackingSettings = field(default_factory=TrackingSettings)
    config: AdaptationConfig = field(default_factory=AdaptationConfig)

    def __post_init__(self) -> None:
        check_name(self.name)
        if not self.minutes > 0:
            raise InvalidInputError(f"--minutes must be positive, not {self.minutes}")
        if self.steps is not None and self.steps < self.config.rounds:
            raise InvalidInputError(f"--steps must be at least {self.config.rounds}")

    @property
    def work(self) -> Path:
        """Where the work is kept."""
        return self.output / WORK


@dataclass(frozen=True, slots=True)
class Progressed:
    """What was settled when the work began: ``steps`` of learning, the person's ``size``, the
    ``recordings`` by their hashes, the ``base`` networks' digest and the ``seed``; the person's
    ``bones_mm`` [20]."""

    steps: int
    size: float
    recordings: dict[str, str]
    base: str
    seed: int
    bones_mm: tuple[float, ...]


def check_output(plan: AdaptationPlan, *, resume: bool) -> None:
    """Whether the output is free, or holds what can be resumed.

    Raises:
        InvalidInputError: if it holds a finished profile, or a work that is not to be resumed, or
            there is none to be resumed.
        ExportError: if it cannot be a folder.
    """
    begun = (plan.work / PLAN_FILE).exists()
    if (plan.output / PROFILE_FILE).exists():
        raise InvalidInputError(f"{plan.output} holds a finished profile: choose another folder")
    if begun and not resume:
        raise InvalidInputError(
            f"{plan.output} holds an adaptation that was begun: add --resume or choose another"
        )
    if resume and not begun:
        raise InvalidInputError(f"there is no adaptation in {plan.output} to be resumed")
    if not begun:
        # What was interrupted before anything was settled cannot be gone on with.
        shutil.rmtree(plan.work, ignore_errors=True)
    check_folder(plan.output, over=begun)


def identity(plan: AdaptationPlan) -> tuple[dict[str, str], str]:
    """Hashes of the recordings and of the base networks.

    Raises:
        InvalidInputError: if a recording cannot be read.
        ModelError: if the networks' manifest cannot be read.
    """
    try:
        hashes = {str(path.resolve()): recording_hash(path) for path in plan.recordings}
    except OSError as error:
        raise InvalidInputError(f"{error.filename}: {error.strerror or error}") from error
    return hashes, networks_digest(plan.base)


def write_progressed(plan: AdaptationPlan, settled: Progressed) -> None:
    """Keep what was settled.

    Raises:
        ExportError: if it cannot be written.
    """
    plan.work.mkdir(parents=True, exist_ok=True)
    write_text(plan.work / PLAN_FILE, json.dumps(asdict(settled), indent=1) + "\n")


def read_progressed(plan: AdaptationPlan) -> Progressed:
    """What was settled when the work began.

    Raises:
        ModelError: if the file is damaged.
        InvalidInputError: if the work was of other recordings, networks or another seed.
    """
    path = plan.work / PLAN_FILE
    fields: dict[str, Any] = read_json(path)
    try:
        settled = Progressed(
            int(fields["steps"]),
            float(fields["size"]),
            dict(fields["recordings"]),
            str(fields["base"]),
            int(fields["seed"]),
            tuple(float(length) for length in fields["bones_mm"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} is damaged: {error!r:.200}") from error
    hashes, base = identity(plan)
    if (settled.recordings, settled.base, settled.seed) != (hashes, base, plan.seed):
        raise InvalidInputError(
            f"the adaptation in {plan.output} was begun with other recordings, networks or another "
            "seed"
        )
    return settled
