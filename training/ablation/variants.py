"""The runs: each is the base with one thing changed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from engine.tracking.crop_coordinates import CROP_SIZE, CUBE_MM
from training.models.trunk import TrunkConfig


@dataclass(frozen=True, slots=True)
class SceneOptions:
    """What the training crops show.

    ``noise`` of the sensor; ``things`` people, walls, desks and clutter; ``forearm`` beyond the
    wrist; ``sampler`` poses as people make them, or else each angle anywhere within its limits;
    ``shape_sd`` of the shape components (1: as people differ); ``augmented`` with centres that are
    off and views that are turned.
    """

    noise: bool = True
    things: bool = True
    forearm: bool = True
    sampler: bool = True
    shape_sd: float = 1.0
    augmented: bool = True
    cube_mm: float = CUBE_MM


@dataclass(frozen=True, slots=True)
class Variant:
    """One run. ``resolution`` pixels a side; ``dense`` head, or else one that regresses the joints
    from the trunk's last features; ``length`` share of the base's crops."""

    name: str
    scene: SceneOptions = field(default_factory=SceneOptions)
    resolution: int = 64
    trunk: TrunkConfig = field(default_factory=TrunkConfig)
    dense: bool = True
    length: float = 1.0
    seed: int = 0

    @property
    def folder(self) -> str:
        """A name for its folder."""
        return self.name.replace(" ", "_").replace(",", "")


BASE: Final = Variant("base")
_HALF: Final = TrunkConfig(stem=16, channels=(32, 64, 128), fused=(32, 64, 64))
_DEEP: Final = TrunkConfig(blocks=(3, 2, 2))


def _scene(name: str, **changed: float | bool) -> Variant:
    return replace(BASE, name=name, scene=replace(SceneOptions(), **changed))  # type: ignore[arg-type]


VARIANTS: Final[tuple[Variant, ...]] = (
    BASE,
    _scene("hands without things around them", things=False),
    _scene("no sensor noise", noise=False),
    _scene("mean hand only", shape_sd=0.0),
    _scene("no augmentation", augmented=False),
    _scene("angles anywhere within their limits", sampler=False),
    _scene("no forearm", forearm=False),
    replace(BASE, name="direct regression", dense=False),
    replace(BASE, name="half the channels", trunk=_HALF),
    replace(BASE, name="32 pixels", resolution=32),
    replace(BASE, name="half the crops", length=0.5),
    _scene("cube of 220 mm", cube_mm=220.0),
    _scene("cube of 330 mm", cube_mm=330.0),
    replace(BASE, name="base, another seed", seed=1),
    _scene("shapes twice as different", shape_sd=2.0),
    replace(BASE, name="twice the crops", length=2.0),
    replace(BASE, name="more blocks", trunk=_DEEP),
    replace(BASE, name="128 pixels", resolution=128),
)
"""The most telling first; those that take longest last."""

FURTHER: Final = tuple(
    replace(variant, resolution=CROP_SIZE)
    for variant in VARIANTS
    if replace(variant, name=BASE.name, scene=BASE.scene, seed=BASE.seed) == BASE
)
"""Runs that differ in what the crops show alone, for a trained network of the shipped kind."""
