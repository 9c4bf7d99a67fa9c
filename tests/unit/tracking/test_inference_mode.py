"""How the networks run quickest is measured once, kept, and told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ModelError
from engine.tracking import inference_mode
from engine.tracking.estimate import Precision
from engine.tracking.inference_mode import (
    CHOSEN_BY_DEVICE,
    EIGHT_BITS,
    FLOAT32,
    KEPT,
    InferenceMode,
    choose,
    inference_details,
    load_fastest,
)

ALL_THREADS = InferenceMode(Precision.INT8, "CPU", None)


class Clockless:
    """In place of the measurement: ms of each mode, and how often it was asked."""

    def __init__(self) -> None:
        self.ms = {EIGHT_BITS: 1.0, CHOSEN_BY_DEVICE: 1.0, FLOAT32: 1.0}
        self.calls = 0

    def __call__(
        self, directory: Path | None, modes: Sequence[InferenceMode]
    ) -> dict[InferenceMode, float]:
        self.calls += 1
        return {mode: self.ms.get(mode, 1.0) for mode in modes}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder; the measurement is not replaced as it is for other tests."""
    monkeypatch.undo()
    monkeypatch.setattr(inference_mode, "cache_folder", lambda: tmp_path)
    inference_mode._fastest_mode.cache_clear()
    return tmp_path


@pytest.fixture
def measured(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Clockless:
    clockless = Clockless()
    monkeypatch.setattr(inference_mode, "_measure", clockless)
    return clockless


def chosen_again() -> InferenceMode:
    """As another run of the program chooses."""
    inference_mode._fastest_mode.cache_clear()
    return inference_mode.fastest_mode().mode


@pytest.mark.parametrize(
    ("ms", "mode"),
    [
        ((1.0, 0.95, 0.95), EIGHT_BITS),
        ((1.0, 0.5, 0.6), CHOSEN_BY_DEVICE),
        ((1.0, 0.8, 0.5), FLOAT32),
        ((1.0, 2.0, 3.0), EIGHT_BITS),
    ],
)
def test_a_later_way_is_chosen_only_if_it_is_worth_it(
    ms: tuple[float, float, float], mode: InferenceMode
) -> None:
    assert choose(dict(zip(inference_mode.MODES, ms, strict=True))).mode == mode


def test_it_is_measured_once_and_kept(cache: Path, measured: Clockless) -> None:
    measured.ms[FLOAT32] = 0.5
    assert chosen_again() == FLOAT32
    calls = measured.calls
    assert chosen_again() == FLOAT32
    assert measured.calls == calls
    assert (cache / KEPT).is_file()


def test_more_threads_are_taken_where_they_are_worth_it(measured: Clockless) -> None:
    measured.ms[ALL_THREADS] = 0.95
    assert chosen_again() == EIGHT_BITS


def test_many_threads_on_a_computer_that_gains_by_them(measured: Clockless) -> None:
    measured.ms[ALL_THREADS] = 0.4
    assert chosen_again() == ALL_THREADS


@pytest.mark.parametrize("spoilt", ["", "[]", "{", '{"key": {}}', "null"])
def test_what_was_kept_and_is_damaged_is_measured_anew(
    cache: Path, measured: Clockless, spoilt: str
) -> None:
    (cache / KEPT).write_text(spoilt)
    assert chosen_again() == EIGHT_BITS
    assert len(json.loads((cache / KEPT).read_text())) == 1


def test_without_a_cache_folder_it_is_measured_in_each_run(
    measured: Clockless, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference_mode, "cache_folder", lambda: None)
    chosen_again()
    calls = measured.calls
    chosen_again()
    assert measured.calls == 2 * calls


def test_it_is_told_with_what_the_others_took(measured: Clockless) -> None:
    measured.ms[CHOSEN_BY_DEVICE] = 0.5
    ((name, text),) = inference_details("CPU")
    assert name == "Quickest here"
    assert text.startswith("as the processor chooses, one thread: 0.50 ms a crop; 8 bits")
    assert inference_details("CPU:f32") == inference_details("GPU") == ()


def test_a_real_measurement_loads_a_pipeline_that_works(cache: Path) -> None:
    pipeline = load_fastest("CPU")
    assert pipeline.initial_state().tracks == ()
    (record,) = json.loads((cache / KEPT).read_text()).values()
    assert all(0.0 < mode["ms"] < 1e4 for mode in record["modes"])
    assert np.isfinite([mode["ms"] for mode in record["modes"]]).all()


def test_networks_that_are_missing_are_refused(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="manifest"):
        load_fastest("CPU", tmp_path / "none")
    assert inference_details("CPU", tmp_path / "none") == ()
