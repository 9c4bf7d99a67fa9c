"""Quantities by key: all there, all evaluable, wrong ones named."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from engine.errors import InvalidInputError
from engine.measure.catalogue import MEASURES, quantity
from engine.measure.export import MEASURE_COLUMNS, MeasuresCsvWriter, measured
from engine.measure.quantity import HandSamples, Unit, distance, joint_label, position, uncertainty
from engine.skeleton import Handedness
from tests.fakes import make_frame, make_hand, make_result

HAND = make_hand(centre_mm=(0.0, 0.0, 450.0))


def samples(count: int = 1) -> HandSamples:
    pose = HAND.pose
    return HandSamples(
        pose.handedness,
        np.repeat(pose.joints_mm[None], count, axis=0),
        np.repeat(pose.sigma_mm[None], count, axis=0),
        np.full(count, pose.score),
    )


def test_keys_names_and_columns_are_told_apart_and_lead_back() -> None:
    for of in ("key", "name", "column"):
        assert len({getattr(q, of) for q in MEASURES}) == len(MEASURES)
    for q in (*MEASURES, position("wrist", "z"), distance("wrist", "index_tip")):
        assert quantity(q.key) == q
        assert q.column.isascii() and q.about and q.name


def test_every_measure_has_a_number_for_every_sample() -> None:
    for q in MEASURES:
        values = q.evaluate(samples(3))
        assert values.shape == (3,) and values.dtype == np.float64, q.key
        assert np.isfinite(values).all(), q.key


def test_joints_are_measured_in_the_cameras_frame() -> None:
    tip = HAND.pose.joints_mm[8]
    for axis, value in zip("xyz", tip, strict=True):
        assert position("index_tip", axis).evaluate(samples())[0] == pytest.approx(value)
    away = position("index_tip", "range").evaluate(samples())[0]
    assert away == pytest.approx(np.linalg.norm(tip))
    assert uncertainty("index_tip").evaluate(samples())[0] == 5.0
    assert distance("index_tip", "index_dip").evaluate(samples())[0] == pytest.approx(
        28.07, abs=0.01
    )
    assert position("index_tip", "x").unit is Unit.MM
    assert joint_label("index_pip") == "index PIP" and joint_label("wrist") == "wrist"


@pytest.mark.parametrize(
    "key",
    ["", "nonsense", "position:index_tip", "position:elbow:x", "position:index_tip:w",
     "distance:wrist", "distance:wrist:wrist", "uncertainty:toe", "distance:wrist:index_tip:x"],
)  # fmt: skip
def test_a_key_that_means_nothing_is_refused_by_name(key: str) -> None:
    with pytest.raises(InvalidInputError):
        quantity(key)


def test_the_measures_file_has_a_row_a_hand_and_a_column_a_measure(tmp_path: Path) -> None:
    path = tmp_path / "measures.csv"
    left = make_hand(7, handedness=Handedness.LEFT, score=0.5)
    with MeasuresCsvWriter(path) as writer:
        writer.write(make_result(make_frame(0)))
        writer.write(make_result(make_frame(1), HAND, left))
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == MEASURE_COLUMNS
    assert [(r["frame"], r["hand"], r["handedness"]) for r in rows] == [
        ("1", "0", "right"),
        ("1", "7", "left"),
    ]
    assert float(rows[0]["pinch_index_mm"]) == pytest.approx(
        measured(HAND.pose)["pinch:index"], abs=1e-3
    )
    assert float(rows[1]["confidence"]) == 0.5
