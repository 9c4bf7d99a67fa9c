"""Presets: every number of a training run, read from a file that people can read too."""

from __future__ import annotations

import dataclasses
import tomllib
import types
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from engine.errors import InvalidInputError
from engine.tracking.crop_coordinates import CROP_SIZE
from training.crops.augment import AugmentConfig
from training.learning.config import LoopConfig
from training.learning.workers import CHUNK
from training.models.joint_sets import HAND, JOINT_SETS, JointSet, joint_set

MAX_BASES: Final = 4
POSES_PER_SAMPLE: Final = 16
"""Poses are small: a sample of the pose VAE's batch holds so many."""
KINDS: Final = {"paper": tuple(JOINT_SETS), "crossing": (HAND.name,)}
"""The joints that networks of a kind can learn: ours have a rig, which knows its own alone."""
PRETRAININGS: Final = ("adversarial", "reconstruction")
INSTEAD: Final = {"steps": "epochs", "epochs": "steps"}
"""Fields of which one replaces the other."""
RESOLUTIONS: Final = (128, 64, 32)
FOLDER: Final = Path(__file__).resolve().parents[1] / "presets"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StageConfig:
    """How long and how fast a stage learns: ``steps`` (0: left out) or ``epochs`` of the samples
    that it is given, ``batch`` samples a step; Adam's ``rate`` and ``beta1``; share ``anneal`` of
    the steps over which the rate falls to 0. ``norm_batch`` samples share their batch statistics
    (0: the whole batch)."""

    steps: int = -1
    epochs: float = 0.0
    batch: int = CHUNK
    rate: float = 1e-3
    beta1: float = 0.5
    anneal: float = 0.4
    warmup_steps: int = 1
    weight_decay: float = 0.0
    average_steps: int = 500
    norm_batch: int = CHUNK

    def __post_init__(self) -> None:
        if (self.steps < 0) == (self.epochs <= 0):
            raise InvalidInputError("either steps or epochs must be given")

    @property
    def left_out(self) -> bool:
        """True if the preset does without this stage."""
        return self.steps == 0

    def in_steps(self, samples: int) -> StageConfig:
        """The same with ``steps`` alone, for so many ``samples`` an epoch."""
        if self.epochs <= 0:
            return self
        steps = max(1, round(self.epochs * samples / self.batch))
        return dataclasses.replace(self, steps=steps, epochs=0.0)

    def share_of(self, other: StageConfig) -> float:
        """How many samples this stage sees for each one of ``other``.

        Raises:
            InvalidInputError: if one is given in steps and the other in epochs.
        """
        if (self.epochs > 0) != (other.epochs > 0):
            raise InvalidInputError("stages that are compared must all have steps, or all epochs")
        if self.epochs > 0:
            return self.epochs / other.epochs
        return self.steps * self.batch / (other.steps * other.batch)

    def loop(self, seed: int, steps: int | None = None) -> LoopConfig:
        """The loop's configuration; needs ``steps`` of its own if not given."""
        return LoopConfig(
            steps=steps or self.steps,
            batch=self.batch,
            learning_rate=self.rate,
            betas=(self.beta1, 0.999),
            anneal=self.anneal,
            warmup_steps=self.warmup_steps,
            weight_decay=self.weight_decay,
            average_steps=self.average_steps,
            norm_batch=self.norm_batch or self.batch,
            seed=seed,
        )


@dataclass(frozen=True, slots=True)
class PoseVAEConfig:
    """``code_size`` numbers of a pose's code; ``hidden`` units; ``error_mm`` sd of the decoded
    points under the model (the larger, the more the codes resemble a normal distribution);
    ``noise_sd`` of the codes' noise relative to the encoder's (the authors' code: 0.05)."""

    code_size: int = 20
    hidden: int = 256
    error_mm: float = 1.2
    noise_sd: float = 1.0


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the joint training's losses; 0 leaves a part out.

    Discriminator: ``posterior`` and ``dense`` on labelled crops, ``synthesised`` the same on
    generated ones, ``consistency`` on unlabelled ones between a slow teacher's and its own view,
    ``refit`` that the posterior of an unlabelled crop, drawn again, is that crop, ``gan`` real or
    generated. Both: ``smoothness``. Generator: ``reconstruction``, ``matching`` of
    features' means, ``adversarial``, ``latent`` that the posterior finds what was asked for.
    """

    posterior: float = 1.0
    dense: float = 0.0
    synthesised: float = 1.0
    consistency: float = 0.0
    refit: float = 0.0
    gan: float = 1.0
    smoothness: float = 1.0
    reconstruction: float = 1.0
    matching: float = 1.0
    adversarial: float = 0.0
    latent: float = 0.0


@dataclass(frozen=True, slots=True)
class JointConfig:
    """``clip`` bounds the squared (or ``absolute``) error of a pixel; random latents are convex
    combinations of ``mixed`` of those of the crops that are normalised together, with
    ``mix_unlabelled`` also of unlabelled ones as a slow teacher sees them; a share ``prior`` of
    them has its code drawn from the pose VAE's prior instead. Labelled codes are drawn with noise
    of ``code_noise`` times the encoder's. A share ``generated`` of the labelled crops is drawn from
    random latents and as many from their own; the generator moves every ``generator_every`` steps.
    ``apart``: real crops, those from random latents and those from labelled ones are normalised
    apart. For ``burn_in_steps`` the discriminator learns from labelled crops alone and the
    generator rests; then losses on generated and unlabelled crops grow to full weight over
    ``ramp_steps``."""

    weights: Weights = field(default_factory=Weights)
    clip: float = 1.0
    absolute: bool = False
    mixed: int = 5
    prior: float = 0.0
    generator_every: int = 1
    mix_unlabelled: bool = True
    code_noise: float = 0.0
    generated: float = 1.0
    apart: bool = False
    burn_in_steps: int = 0
    ramp_steps: int = 0

    @property
    def uses_generator(self) -> bool:
        """False if no loss has need of generated crops."""
        w = self.weights
        return any((w.synthesised, w.smoothness, w.gan, w.refit))

    @property
    def uses_teacher(self) -> bool:
        """False if nothing is learned from how the slow teacher sees unlabelled crops."""
        return bool(self.weights.consistency) or (self.mix_unlabelled and self.uses_generator)


@dataclass(frozen=True, slots=True)
class Preset:
    """All stages of one way to train; ``kind`` names the networks: ``paper`` or ``crossing``,
    which look at and draw crops with ``resolution`` pixels a side: 128, 64 or 32. ``joints`` are
    learned (``training.models.joint_sets``). The generator's first stage is ``adversarial`` on
    all crops, or ``reconstruction`` of labelled ones (``pretraining``)."""

    name: str
    kind: str
    pretraining: str
    pose_vae: PoseVAEConfig
    pose_vae_stage: StageConfig
    depth_gan_stage: StageConfig
    alignment_stage: StageConfig
    joint_stage: StageConfig
    joint: JointConfig = field(default_factory=JointConfig)
    weak: AugmentConfig = field(default_factory=AugmentConfig)
    strong: AugmentConfig = field(default_factory=AugmentConfig)
    resolution: int = CROP_SIZE
    joints: str = HAND.name

    def __post_init__(self) -> None:
        if self.resolution not in RESOLUTIONS:
            wanted = " or ".join(str(side) for side in RESOLUTIONS)
            raise InvalidInputError(f"resolution must be {wanted}, not {self.resolution}")
        for name, known in (("kind", KINDS), ("pretraining", PRETRAININGS)):
            value = getattr(self, name)
            if value not in known:
                raise InvalidInputError(f"{name} must be {' or '.join(known)}, not {value!r}")
        joint_set(self.joints)
        if self.joints not in KINDS[self.kind]:
            raise InvalidInputError(f"kind {self.kind} cannot learn joints {self.joints}")

    @property
    def joint_set(self) -> JointSet:
        """The joints that are learned."""
        return joint_set(self.joints)


def load_preset(name: str | Path) -> Preset:
    """The shipped preset called ``name``, or the one in a ``.toml`` file.

    A file that is ``based_on`` a shipped preset says only what it does otherwise.

    Raises:
        InvalidInputError: if there is none or a field is missing, unknown or of the wrong type.
    """
    path = Path(name) if str(name).endswith(".toml") else FOLDER / f"{name}.toml"
    try:
        return _build(Preset, {"name": path.stem, **_values(path, name)}, "")
    except InvalidInputError as error:
        raise InvalidInputError(f"preset {path}: {error}") from None


def _values(path: Path, name: str | Path, depth: int = 0) -> dict[str, Any]:
    """The file's tables over those of the shipped preset that it is ``based_on``."""
    if depth > MAX_BASES:
        raise InvalidInputError("presets are based on each other")
    try:
        values = tomllib.loads(path.read_text())
    except FileNotFoundError:
        shipped = ", ".join(sorted(p.stem for p in FOLDER.glob("*.toml")))
        raise InvalidInputError(f"there is no preset {name}: shipped are {shipped}") from None
    except (OSError, ValueError) as error:
        raise InvalidInputError(f"it cannot be read: {error}") from error
    base = values.pop("based_on", None)
    if base is None:
        return values
    return _over(_values(FOLDER / f"{base}.toml", base, depth + 1), values)


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """``below`` with what ``above`` says otherwise, table by table."""
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(below.get(key), dict)
        merged[key] = _over(below[key], value) if both else value
        if key in INSTEAD:
            merged.pop(INSTEAD[key], None)
    return merged


def with_weights(preset: Preset, **weights: float) -> Preset:
    """The preset with other weights of the joint training's losses."""
    joint = dataclasses.replace(
        preset.joint, weights=dataclasses.replace(preset.joint.weights, **weights)
    )
    return dataclasses.replace(preset, joint=joint)


def with_steps(preset: Preset, steps: int) -> Preset:
    """The preset for a joint training of ``steps`` steps: its burn-in and ramp are as long relative
    to them as in the file."""
    share = steps / (preset.joint_stage.steps or steps)
    joint = dataclasses.replace(
        preset.joint,
        burn_in_steps=round(share * preset.joint.burn_in_steps),
        ramp_steps=round(share * preset.joint.ramp_steps),
    )
    return dataclasses.replace(preset, joint=joint)


def _build(kind: type[T], values: dict[str, Any], where: str) -> T:
    """A configuration of dataclass ``kind`` from a table; errors name the field."""
    types_of = typing.get_type_hints(kind)
    names = {f.name for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(values) - names)
    if unknown:
        raise InvalidInputError(f"unknown field {where}{unknown[0]}")
    arguments = {
        name: _converted(types_of[name], value, f"{where}{name}") for name, value in values.items()
    }
    try:
        return kind(**arguments)
    except (TypeError, InvalidInputError) as error:
        raise InvalidInputError(f"{where.rstrip('.') or 'file'}: {error}") from None


def _converted(kind: Any, value: Any, name: str) -> Any:
    if isinstance(kind, types.GenericAlias | types.UnionType):
        raise InvalidInputError(f"field {name} cannot be set in a file")
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        if not isinstance(value, dict):
            raise InvalidInputError(f"{name} must be a table")
        return _build(kind, value, f"{name}.")
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind:
        raise InvalidInputError(f"field {name} must be {kind.__name__}, not {value!r}")
    return value
