"""Training crops keep their statistics: making them faster must not change what is learnt from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.simulation.sensors import SENSORS
from engine.tracking.bones import bone_lengths
from engine.tracking.crop_coordinates import CUBE_MM
from engine.tracking.crop_kernel import OUTSIDE
from engine.tracking.estimate import LEFT, NO_HAND, RIGHT
from training.crops.crop_sampler import CUBE_REACH, TEST_SEED, CropSampler
from training.supervised.tasks import TRAINING_CROPS

CHUNKS = 8


def statistics() -> dict[str, float]:
    """Of 128 crops: shares of pixels and classes, depth's spread, noise and holes."""
    sampler = CropSampler.load()
    batches = [sampler.chunk(TEST_SEED + 100 + k) for k in range(CHUNKS)]
    image = np.concatenate([batch.image.numpy()[:, 0] for batch in batches])
    hand_class = np.concatenate([batch.hand_class.numpy() for batch in batches])
    inside = image[(image < 1.0) & (image > -1.0)]
    before, middle, after = image[:, :, :-2], image[:, :, 1:-1], image[:, :, 2:]
    bend = before + after - 2.0 * middle
    smooth = (np.abs(bend) < 0.06) & (np.maximum(np.maximum(before, after), middle) < 1.0)
    hole = (middle == 1.0) & (before < 1.0) & (after < 1.0)
    return {
        "right": float((hand_class == RIGHT).mean()),
        "left": float((hand_class == LEFT).mean()),
        "nothing": float((hand_class == NO_HAND).mean()),
        "background": float((image == 1.0).mean()),
        "outside": float((image == OUTSIDE).mean()),
        "front": float((image == -1.0).mean()),
        "near half": float((inside < 0.0).mean()),
        "spread": float(inside.std()),
        "noise mm": float(bend[smooth].std()) * CUBE_MM / 2,
        "holes": float(hole.mean()),
    }


STORED = {
    "right": 0.84375,
    "left": 0.0,
    "nothing": 0.15625,
    "background": 0.58526,
    "outside": 0.16414,
    "front": 0.032216,
    "near half": 0.59736,
    "spread": 0.43699,
    "noise mm": 1.8308,
    "holes": 0.0036548,
}
"""Of the crops of the last training; scenes made earlier in plain Python had the same but for the
shares of the sides and what lies beyond the image."""


def test_statistics_are_those_the_shipped_networks_were_trained_on() -> None:
    assert statistics() == pytest.approx(STORED, rel=0.05, abs=2e-4)


def test_most_cubes_are_of_the_usual_size_and_some_show_much_larger_and_smaller_hands() -> None:
    sampler = CropSampler.load(config=TRAINING_CROPS)
    cubes = np.array(sampler._cubes(np.random.default_rng(0), 4000))
    change = np.abs(np.log(cubes / CUBE_MM))
    assert float((change < 0.1).mean()) == pytest.approx(0.7, abs=0.05)
    assert float((change > 0.2).mean()) == pytest.approx(0.1, abs=0.02)
    assert float(change.max()) == pytest.approx(CUBE_REACH)
    assert float(np.log(cubes / CUBE_MM).mean()) == pytest.approx(0.0, abs=0.01)


def test_training_shows_hands_with_bones_that_vary_by_themselves() -> None:
    plain, free = (
        CropSampler.load(config=replace(TRAINING_CROPS, free_bones=free)) for free in (False, True)
    )
    assert middle_bone_spread(free) > 1.1 * middle_bone_spread(plain)


def middle_bone_spread(sampler: CropSampler) -> float:
    """Spread over hands of the middle bone of the ring finger as a share of the bone before it."""
    rng = np.random.default_rng(3)
    ratios = []
    for _ in range(150):
        scene = sampler.scenes.sample(rng, SENSORS["D435"].camera)
        hand = scene.hands[0]
        lengths = bone_lengths(hand.posed.joints_mm)
        ratios.append(lengths[14] / lengths[13])
    return float(np.std(ratios) / np.mean(ratios))
