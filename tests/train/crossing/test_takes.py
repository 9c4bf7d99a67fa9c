"""Takes before one camera: the same each time, alike within, and of their own in each split."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from training.crops.crop_dataset import Sample
from training.crops.synthetic_domains import DOMAINS
from training.crops.takes import TAKES, TakeSampler


@pytest.fixture(scope="module")
def sampler() -> TakeSampler:
    made = DOMAINS["takes"].sampler()
    assert isinstance(made, TakeSampler)
    return made


def apart_mm(one: Sample, other: Sample) -> float:
    """Mean distance of two hands' joints, wherever the hands are."""
    first, second = (each.points[:21] - each.points[:21].mean(axis=0) for each in (one, other))
    return float(np.linalg.norm(first - second, axis=-1).mean())


def test_a_crop_is_the_same_each_time_and_another_one_elsewhere(sampler: TakeSampler) -> None:
    one, again = sampler.sample(7), DOMAINS["takes"].sampler().sample(7)
    np.testing.assert_array_equal(one.image, again.image)
    np.testing.assert_array_equal(one.points, again.points)
    for name in ("takes_validation", "takes_test"):
        assert apart_mm(one, DOMAINS[name].sampler().sample(7)) > 5.0


def test_a_file_goes_through_all_takes_before_the_next_frame_of_each(sampler: TakeSampler) -> None:
    takes = [[sampler.sample(take + frame * TAKES) for frame in (0, 1)] for take in range(6)]
    within = np.median([apart_mm(*frames) for frames in takes])
    between = np.median([apart_mm(a[0], b[0]) for a, b in pairwise(takes)])
    assert within < 8.0 < 20.0 < between


def test_hands_are_shown_whole_before_one_camera(sampler: TakeSampler) -> None:
    for sample in (sampler.sample(seed) for seed in range(4)):
        assert (sample.image < 0.98).mean() > 0.02
        assert np.isfinite(sample.points).all()
        assert 0.1 < sample.perspective < 0.3  # 450 to 1350 mm away
