"""What an installation without training takes on the disk."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

MOST_BYTES = 1.2e9


def size_of(found: Distribution) -> int:
    paths = [Path(str(file.locate())) for file in found.files or ()]
    return sum(path.stat().st_size for path in paths if path.is_file())


def test_the_program_and_all_it_requires_stay_below_1200_mb(repository: Path) -> None:
    lines = (repository / "requirements.txt").read_text(encoding="utf-8").splitlines()
    waiting = [Requirement(line) for line in lines if line and not line.startswith("#")]
    sizes: dict[str, int] = {}
    while waiting:
        required = waiting.pop()
        name = re.sub("[-_.]+", "-", required.name).lower()
        if name in sizes or (required.marker and not required.marker.evaluate({"extra": ""})):
            continue
        try:
            found = distribution(name)
        except PackageNotFoundError:
            raise AssertionError(f"{name} is required, but not installed") from None
        sizes[name] = size_of(found)
        waiting += [Requirement(text) for text in found.requires or ()]
    assets = sum(path.stat().st_size for path in (repository / "assets").rglob("*.*"))
    assert sizes["numpy"] > 10e6
    largest = sorted(sizes.items(), key=lambda item: -item[1])[:5]
    assert sum(sizes.values()) + assets < MOST_BYTES, largest
