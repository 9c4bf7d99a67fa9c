"""What the tests of Crossing Nets share: crop_files and presets made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crossing_runs import CropFiles, make_crop_files, tiny_preset, untrained_vae
from training.crops.crop_dataset import CropDataset
from training.crossing.preset import load_preset
from training.learning import loop as training_loop

PRESETS = ("crossing", "paper")


@pytest.fixture(scope="session")
def crop_files(tmp_path_factory: pytest.TempPathFactory) -> CropFiles:
    """48 labelled and 32 unlabelled crops."""
    return make_crop_files(tmp_path_factory.mktemp("crops"))


@pytest.fixture(scope="session")
def labelled(crop_files: CropFiles) -> CropDataset:
    return CropDataset(crop_files.labelled)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both presets with two steps a stage."""
    folder = tmp_path_factory.mktemp("presets")
    return {name: tiny_preset(name, folder) for name in PRESETS}


@pytest.fixture(scope="session")
def vaes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Checkpoints of untrained pose VAEs."""
    folder = tmp_path_factory.mktemp("vaes")
    return {
        name: untrained_vae(load_preset(name), folder / f"{name}.safetensors") for name in PRESETS
    }


@pytest.fixture(autouse=True)
def _few_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batch statistics of saved networks from one chunk rather than 32."""
    monkeypatch.setattr(training_loop, "STATISTICS_CHUNKS", 1)
