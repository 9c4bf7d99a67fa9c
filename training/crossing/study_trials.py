"""The runs of the two studies: what each is trained with, the most telling first.

``claim``: with few labels of a domain and all its crops, is the error little larger than with all
labels (the paper's claim)? ``adaptation``: do unlabelled crops of another domain help there?
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from training.crossing.preset import load_preset

NO_GENERATOR: Final = {"synthesised": 0.0, "smoothness": 0.0, "gan": 0.0, "refit": 0.0}
SUPERVISED: Final = {**NO_GENERATOR, "consistency": 0.0}
VARIANTS: Final[dict[str, dict[str, float]]] = {
    "supervised": SUPERVISED,
    "supervised, augmented": SUPERVISED,
    "supervised, fast": SUPERVISED,
    "oracle": SUPERVISED,
    "crossing": {},
    "with synthesised": {"synthesised": 1.0},
    "without GAN": {"gan": 0.0, "adversarial": 0.0, "matching": 0.0},
    "without smoothness": {"smoothness": 0.0},
    "without synthesised": {"synthesised": 0.0},
    "without consistency": {"consistency": 0.0},
    "without refit": {"refit": 0.0},
    "consistency alone": dict(NO_GENERATOR),
}
"""Losses that a variant weighs otherwise. ``supervised`` is the plain network of the same size,
also on labelled crops as strongly ``augmented`` as the student's, and ``fast``, at the rate at
which the method's heads learn at first; an ``oracle`` has the labels of the crops that are
unlabelled for all others; ``with synthesised`` the posterior learns from generated crops too, as
the paper's text has it and preset paper has not."""
PARTS: Final = tuple(name for name in VARIANTS if name.startswith(("without", "consistency")))
ABLATION_FRACTION: Final = 0.02
FEW: Final = 0.02
CLAIM_FRACTIONS: Final = (FEW, 1.0, 0.1)
SUPERVISED_FRACTIONS: Final = (FEW, 1.0, 0.1, 0.01, 0.05, 0.25, 0.5)
PRESETS: Final = {"claim": ("paper64", "crossing64"), "adaptation": ("crossing64", "paper64")}


@dataclass(frozen=True, slots=True)
class Trial:
    """One run. ``budget``: as many ``steps`` as the others, or as much ``time`` as the whole method
    takes with as many labels."""

    preset: str
    variant: str
    fraction: float
    unlabelled: bool
    seed: int
    question: str = "adaptation"
    budget: str = "steps"

    @property
    def folder(self) -> str:
        """A name for its folder."""
        seen = "unlabelled" if self.unlabelled else "labelled"
        name = self.variant.replace(", ", "_").replace(" ", "_")
        last = "" if self.budget == "steps" else f"-{self.budget}"
        return f"{self.preset}-{name}-{100 * self.fraction:g}-{seen}-{self.seed}{last}"


def trials(
    question: str, seeds: Sequence[int], presets: Sequence[str] | None = None
) -> Iterator[Trial]:
    """All runs of a study, the most telling first."""
    chosen = presets or PRESETS[question]
    yield from {"claim": _claim, "adaptation": _adaptation}[question](seeds, chosen)


def _claim(seeds: Sequence[int], presets: Sequence[str]) -> Iterator[Trial]:
    """The first seed has every run, the others the pair with few labels."""
    first, *others = seeds
    for preset in presets:
        for fraction in CLAIM_FRACTIONS:
            yield from _method(preset, fraction, first)
        for budget in ("steps", "time"):
            fractions = SUPERVISED_FRACTIONS if budget == "steps" else CLAIM_FRACTIONS
            for fraction in fractions:
                yield Trial(preset, "supervised", fraction, False, first, "claim", budget)
        for seed in others:
            yield from _method(preset, FEW, seed)
        numbers = load_preset(preset)
        if not numbers.alignment_stage.left_out:
            for fraction in SUPERVISED_FRACTIONS:
                yield Trial(preset, "supervised, fast", fraction, False, first, "claim")
        if not numbers.joint.weights.synthesised:
            yield from _method(preset, FEW, first, "with synthesised")


def _method(preset: str, fraction: float, seed: int, variant: str = "crossing") -> Iterator[Trial]:
    """With and without unlabelled crops; with all labels there are none."""
    for unlabelled in (True, False) if fraction < 1.0 else (False,):
        yield Trial(preset, variant, fraction, unlabelled, seed, "claim")


def _adaptation(seeds: Sequence[int], presets: Sequence[str]) -> Iterator[Trial]:
    for seed in seeds:
        for preset in presets:
            yield Trial(preset, "supervised", FEW, False, seed)
            yield Trial(preset, "crossing", FEW, True, seed)
            yield Trial(preset, "oracle", 1.0, False, seed)
            yield Trial(preset, "supervised, augmented", FEW, False, seed)
            yield Trial(preset, "crossing", FEW, False, seed)
            for fraction in SUPERVISED_FRACTIONS[1:]:
                yield Trial(preset, "supervised", fraction, False, seed)
                yield Trial(preset, "crossing", fraction, True, seed)
                yield Trial(preset, "crossing", fraction, False, seed)
            yield Trial(preset, "supervised, augmented", 1.0, False, seed)
            yield Trial(preset, "supervised", FEW, False, seed, budget="time")
        for variant in PARTS:
            yield Trial(presets[0], variant, ABLATION_FRACTION, True, seed)
