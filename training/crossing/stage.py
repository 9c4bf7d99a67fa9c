"""A stage of Crossing Nets as a task for the one training loop, and the order of the stages."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from torch import nn

from training.crossing.preset import Preset, StageConfig
from training.learning.batches import Batch
from training.learning.learner import Learner
from training.learning.loop import Pictures

FIELDS: Final = {
    "pose-vae": "pose_vae_stage",
    "depth-gan": "depth_gan_stage",
    "alignment": "alignment_stage",
    "joint": "joint_stage",
}
"""Where a preset has the numbers of each stage."""
STAGES: Final = tuple(FIELDS)
"""In the order in which they are trained."""


def stage_config(preset: Preset, stage: str) -> StageConfig:
    """The numbers of a stage."""
    config: StageConfig = getattr(preset, FIELDS[stage])
    return config


def scheduled(preset: Preset, stage: str, samples: int) -> Preset:
    """The preset with steps instead of a stage's epochs, for so many ``samples`` in an epoch."""
    changed: dict[str, Any] = {FIELDS[stage]: stage_config(preset, stage).in_steps(samples)}
    return dataclasses.replace(preset, **changed)


@dataclass(frozen=True, slots=True)
class Stage:
    """What a loop needs besides its numbers; ``frozen`` networks stand beside the learners."""

    learners: Sequence[Learner]
    sample_chunk: Callable[[int], Batch]
    validate: Callable[..., dict[str, float]] | None = None
    pictures: Pictures | None = None
    frozen: Sequence[nn.Module] = ()
