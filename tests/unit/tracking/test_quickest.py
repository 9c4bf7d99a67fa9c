"""How the networks run quickest is measured once, kept, and told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ModelError
from engine.tracking import quickest
from engine.tracking.estimate import Precision
from engine.tracking.quickest import (
    CHOSEN_BY_DEVICE,
    EIGHT_BITS,
    FLOAT32,
    KEPT,
    Way,
    choose,
    load_quickest,
    way_details,
)

ALL_THREADS = Way(Precision.INT8, "CPU", None)


class Clockless:
    """In place of the measurement: ms of each way, and how often it was asked."""

    def __init__(self) -> None:
        self.ms = {EIGHT_BITS: 1.0, CHOSEN_BY_DEVICE: 1.0, FLOAT32: 1.0}
        self.calls = 0

    def __call__(self, directory: Path | None, ways: Sequence[Way]) -> dict[Way, float]:
        self.calls += 1
        return {way: self.ms.get(way, 1.0) for way in ways}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder; the measurement is not replaced as it is for other tests."""
    monkeypatch.undo()
    monkeypatch.setattr(quickest, "cache_folder", lambda: tmp_path)
    quickest._quickest.cache_clear()
    return tmp_path


@pytest.fixture
def measured(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Clockless:
    clockless = Clockless()
    monkeypatch.setattr(quickest, "_measure", clockless)
    return clockless


def chosen_again() -> Way:
    """As another run of the program chooses."""
    quickest._quickest.cache_clear()
    return quickest.quickest().way


@pytest.mark.parametrize(
    ("ms", "way"),
    [
        ((1.0, 0.95, 0.95), EIGHT_BITS),
        ((1.0, 0.5, 0.6), CHOSEN_BY_DEVICE),
        ((1.0, 0.8, 0.5), FLOAT32),
        ((1.0, 2.0, 3.0), EIGHT_BITS),
    ],
)
def test_a_later_way_is_chosen_only_if_it_is_worth_it(
    ms: tuple[float, float, float], way: Way
) -> None:
    assert choose(dict(zip(quickest.WAYS, ms, strict=True))).way == way


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
    monkeypatch.setattr(quickest, "cache_folder", lambda: None)
    chosen_again()
    calls = measured.calls
    chosen_again()
    assert measured.calls == 2 * calls


def test_it_is_told_with_what_the_others_took(measured: Clockless) -> None:
    measured.ms[CHOSEN_BY_DEVICE] = 0.5
    ((name, text),) = way_details("CPU")
    assert name == "Quickest here"
    assert text.startswith("as the processor chooses, one thread: 0.50 ms a crop; 8 bits")
    assert way_details("CPU:f32") == way_details("GPU") == ()


def test_a_real_measurement_loads_a_pipeline_that_works(cache: Path) -> None:
    pipeline = load_quickest("CPU")
    assert pipeline.initial_state().tracks == ()
    (record,) = json.loads((cache / KEPT).read_text()).values()
    assert all(0.0 < way["ms"] < 1e4 for way in record["ways"])
    assert np.isfinite([way["ms"] for way in record["ways"]]).all()


def test_networks_that_are_missing_are_refused(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="manifest"):
        load_quickest("CPU", tmp_path / "none")
    assert way_details("CPU", tmp_path / "none") == ()
