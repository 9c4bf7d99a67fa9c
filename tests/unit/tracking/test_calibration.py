"""Weights of the evidence: read beside the networks, refused in words, and worth what they say."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ModelError
from engine.skeleton import Handedness
from engine.tracking.calibration import CALIBRATION_FILE, Calibration
from engine.tracking.estimate import CropEvidence
from engine.types import HandRegion
from training.shipping.calibrate import logistic, write_calibration

WEIGHTS = {
    "side_weights": [1.0, 0.5, 4.0, 0.8],
    "presence_weights": [0.2, 0.5, 2.0, 3.0, -5.0],
    "health_weights": [1.0, -2.0, 0.5, 2.0],
}
RIGHT = CropEvidence(0.9, 0.08, 0.02, 3.0)
MIRRORED = CropEvidence(0.1, 0.85, 0.05, 2.5)


def write(folder: Path, **changes: object) -> Path:
    (folder / CALIBRATION_FILE).write_text(json.dumps(WEIGHTS | changes))
    return folder


def test_what_is_written_is_read(tmp_path: Path) -> None:
    calibration = Calibration.load(write(tmp_path))
    write_calibration(tmp_path, calibration, command="by hand")
    assert Calibration.load(tmp_path) == calibration
    assert json.loads((tmp_path / CALIBRATION_FILE).read_text())["fitted"]["command"] == "by hand"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("side_weights", [1.0]),
        ("side_weights", [10**400] * 4),
        ("health_weights", "much"),
        ("presence_weights", [float("nan")] * 5),
    ],
)
def test_weights_that_cannot_be_are_refused(tmp_path: Path, name: str, value: object) -> None:
    with pytest.raises(ModelError, match="damaged"):
        Calibration.load(write(tmp_path, **{name: value}))


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=CALIBRATION_FILE):
        Calibration.load(tmp_path)


def test_evidence_for_one_side_is_evidence_against_the_other(tmp_path: Path) -> None:
    calibration = Calibration.load(write(tmp_path))
    odds = calibration.side_log_odds(RIGHT, MIRRORED, 0.2)
    assert odds > 0.0
    assert calibration.side_log_odds(MIRRORED, RIGHT, -0.2) == pytest.approx(-odds)
    assert calibration.class_log_odds(RIGHT) == pytest.approx(RIGHT.side_logit)


def test_what_the_detector_sees_around_a_hand_is_weighed_too(tmp_path: Path) -> None:
    region = HandRegion(np.array([0.0, 0.0, 500.0]), Handedness.LEFT, 1.5, 0.9)
    assert Calibration.load(write(tmp_path)).detected_log_odds(region) == pytest.approx(1.2)
    older = Calibration.load(write(tmp_path, side_weights=[1.0, 0.5, 4.0]))
    assert older.detected_log_odds(region) == 0.0
    assert older.side_weights[:3] == (1.0, 0.5, 4.0)


def test_more_of_the_hand_seen_makes_a_hand_likelier(tmp_path: Path) -> None:
    calibration = Calibration.load(write(tmp_path))
    well, badly = (calibration.presence_log_odds(0.8, RIGHT, share) for share in (0.9, 0.2))
    assert well - badly == pytest.approx(0.7 * 3.0)
    assert badly < calibration.presence_log_odds(0.8, RIGHT) < well


def test_no_evidence_speaks_against_what_it_is_evidence_for() -> None:
    shipped = asdict(Calibration.load())
    assert shipped["side_weights"][0] > 0.0
    assert all(weight >= 0.0 for weight in shipped["side_weights"])
    assert all(weight >= 0.0 for weight in shipped["presence_weights"][:-1])


def test_weights_of_a_fit_are_of_the_sign_that_they_must_be() -> None:
    rng = np.random.default_rng(0)
    first = rng.normal(size=4000)
    both = np.stack([first, first + 0.1 * rng.normal(size=4000), np.ones(4000)], axis=1)
    y = rng.random(4000) < 1.0 / (1.0 + np.exp(-(3.0 * both[:, 0] - 1.5 * both[:, 1] - 0.5)))
    assert logistic(both, y, free=3)[1] < -0.5
    weights = logistic(both, y, free=1)
    assert weights[0] == pytest.approx(1.5, abs=0.15)
    assert weights[1] == 0.0
    assert weights[2] == pytest.approx(-0.5, abs=0.15)
