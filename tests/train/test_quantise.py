"""The discriminator in 8 bits: made from the shipped one, nearly as accurate, never of another."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import openvino as ov
import pytest

from engine.assets import asset_path
from engine.errors import ModelError
from engine.model_files import MANIFEST
from engine.tracking.estimate import Estimator, Precision, estimator_entry
from training.shipping import quantise


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder with the shipped discriminator of 16 bits alone."""
    folder = tmp_path / "models"
    folder.mkdir()
    for suffix in ("xml", "bin"):
        shutil.copy(asset_path("models", f"discriminator.{suffix}"), folder)
    entries = json.loads(asset_path("models", MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({"discriminator": entries["discriminator"]}))
    return folder


def test_only_the_trunk_is_rounded_and_the_error_hardly_rises(models: Path) -> None:
    entry = quantise.write(models, 64, seed=500)
    measured = entry["measured"]
    assert measured["int8"]["error_mm"] < 1.02 * measured["f16"]["error_mm"]
    assert measured["f16"]["error_mm"] < 18.0
    found = estimator_entry(Precision.INT8, models)
    rounded = [
        op.get_friendly_name()
        for op in ov.Core().read_model(found.path).get_ops()
        if op.get_type_name() == "FakeQuantize"
    ]
    assert len(rounded) > 20
    assert not any(part in name for name in rounded for part in ("heads", "dense", "classify"))


def test_what_loses_too_much_is_not_written(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantise, "quantised", lambda model, _crops: model)
    monkeypatch.setattr(quantise, "MAX_LOSS", -0.01)
    with pytest.raises(ModelError, match="in 8 bits the error is"):
        quantise.write(models, 16, seed=500)
    assert not (models / "discriminator_int8.xml").exists()


def test_one_made_of_another_network_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    shutil.copytree(asset_path("models"), folder)
    entries = json.loads((folder / MANIFEST).read_text())
    entries["discriminator_int8"]["made_of"]["discriminator.bin"] = "0" * 64
    (folder / MANIFEST).write_text(json.dumps(entries))
    with pytest.raises(ModelError, match=r"was not made of discriminator\.xml beside it"):
        estimator_entry(Precision.INT8, folder)


def test_a_cpu_takes_8_bits_and_parity_checks_16() -> None:
    assert Estimator().precision is Precision.INT8
    assert Estimator(exact=True).precision is Precision.F16


def test_both_precisions_see_the_same_hands() -> None:
    crops = quantise.Crops.drawn(32, seed=900)
    error = {
        precision: quantise.measure(ov.Core().read_model(estimator_entry(precision).path), crops)[
            "error_mm"
        ]
        for precision in Precision
    }
    assert np.ptp(list(error.values())) < 1.0
