"""The synthetic domains by name, and crop files of them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tqdm import tqdm

from engine.errors import InvalidInputError
from training.crops.crop_dataset import write_crops
from training.crops.crop_sampler import SENSOR_USE
from training.crops.domain_sampler import Domain
from training.crops.takes import TakeDomain

DOMAINS: Final[dict[str, Domain | TakeDomain]] = {
    "labelled": Domain(("D435",), people=12, people_seed=1, shape_shift=-0.4),
    "unlabelled": Domain(("KINECT_V1",), 12, people_seed=2, shape_shift=0.4, scenes=True),
    "validation": Domain(("KINECT_V1",), 6, people_seed=7, shape_shift=0.4, scenes=True),
    "test": Domain(("KINECT_V1",), 6, people_seed=3, shape_shift=0.4, scenes=True),
    "test_labelled": Domain(("D435",), people=6, people_seed=4, shape_shift=-0.4),
    "everyone": Domain(tuple(SENSOR_USE), people=4096, people_seed=5, shape_shift=0.0),
    "everyone_test": Domain(tuple(SENSOR_USE), people=256, people_seed=6, shape_shift=0.0),
    "ideal_test": Domain(("IDEAL",), people=256, people_seed=6, shape_shift=0.0),
    "takes": TakeDomain(first_take=0),
    "takes_validation": TakeDomain(first_take=1_000_000),
    "takes_test": TakeDomain(first_take=2_000_000),
}
"""The first five are of the study of adaptation: labels for some people's bare hands before one
sensor, none for others in whole scenes before another one; chosen and tested on further people like
the unlabelled, tested on people like the labelled ones too. ``everyone``: all adults before all
sensors, for the networks that are shipped; ``ideal_test``: the silhouettes themselves, without a
sensor's holes. ``takes``: four people before one camera, for labels within one domain."""


def write_domain(name: str, count: int, path: Path) -> int:
    """Write ``count`` crops of a domain to ``path``; returns how many.

    Raises:
        InvalidInputError: if there is no such domain, or the file cannot be written.
    """
    if name not in DOMAINS:
        raise InvalidInputError(f"no domain {name!r}; there are {', '.join(DOMAINS)}")
    sampler = DOMAINS[name].sampler()
    samples = (sampler.sample(seed) for seed in range(count))
    progress = tqdm(samples, total=count, unit="crop")
    return write_crops(path, progress, {"domain": name, "count": count})
