"""Named gestures of posed hands, whatever their side, size and turn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from engine.gestures.named import NAMES, NUMBERS, named_scores
from engine.simulation.gestures import gesture_angles
from engine.simulation.model import HandModel
from engine.skeleton import Handedness

SHOWN = {
    "open_palm": "open",
    "spread": "open",
    "spread_back": "open",
    "fist_thumb_over": "fist",
    "fist_tight": "fist",
    "fist_thumb_side": "fist",
    "asl_e": "fist",
    "thumbs_up": "thumbs_up",
    "point": "point",
    "gun": "l_shape",
    "peace": "two",
    "two_together": "two",
    "three_fingers": "three",
    "three_thumb": "three",
    "four": "four",
    "rock": "rock",
    "love": "rock",
    "pinky": "little",
    "call": "call",
    "ok": "ok",
    "asl_f": "ok",
    "pinch_index": "pinch",
    "pinch_flat": "pinch",
    "ok_curled": "pinch",
}
NOTHING = ("relaxed", "relaxed_curled", "claw", "table", "grasp_thick", "grasp_sphere", "asl_c")


@pytest.fixture(scope="module")
def model() -> HandModel:
    return HandModel.load()


def best(
    model: HandModel, pose: str, side: Handedness, turn: Rotation, size: float = 1.0
) -> str | None:
    joints = model.pose_joints(
        gesture_angles(pose),
        np.zeros(model.n_shape),
        turn.as_matrix(),
        np.array([20.0, -40.0, 500.0]),
        side,
    )
    scores = named_scores(size * joints, side)
    name = max(scores, key=scores.__getitem__)
    return name if scores[name] >= 0.5 else None


@pytest.mark.parametrize("side", list(Handedness))
@pytest.mark.parametrize("pose", SHOWN)
def test_a_pose_is_the_gesture_it_shows(model: HandModel, pose: str, side: Handedness) -> None:
    turns = Rotation.random(4, rng=np.random.default_rng(1))
    found = [best(model, pose, side, turn, size) for turn in turns for size in (0.8, 1.2)]
    assert found == [SHOWN[pose]] * 8


@pytest.mark.parametrize("pose", NOTHING)
def test_other_poses_are_none(model: HandModel, pose: str) -> None:
    assert best(model, pose, Handedness.RIGHT, Rotation.identity()) is None


def test_joints_that_are_no_numbers_are_no_gesture() -> None:
    scores = named_scores(np.full((21, 3), np.nan), Handedness.LEFT)
    assert set(scores) == set(NAMES)
    assert max(scores.values()) < 0.5


def test_joints_in_one_point_are_no_gesture() -> None:
    scores = named_scores(np.zeros((21, 3)), Handedness.RIGHT)
    assert all(0.0 <= score <= 1.0 for score in scores.values())


def test_numbers_are_those_of_named_gestures() -> None:
    assert set(NUMBERS) <= set(NAMES)
    assert sorted(NUMBERS.values()) == [1, 2, 3, 4, 5]
