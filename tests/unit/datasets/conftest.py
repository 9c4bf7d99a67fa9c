"""Small data sets of known hands in the formats of their authors."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.dataset_files import WRITERS, right_hands


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    hands = right_hands(6)
    return {
        name: write(tmp_path_factory.mktemp(name) / name, hands) for name, write in WRITERS.items()
    }


@pytest.fixture(params=WRITERS)
def copied(
    request: pytest.FixtureRequest, written: dict[str, Path], tmp_path: Path
) -> tuple[str, Path]:
    name = request.param
    return name, shutil.copytree(written[name], tmp_path / "set")
