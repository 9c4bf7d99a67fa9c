"""Own gestures: the nearest example, what is rejected, and their file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.errors import InvalidInputError
from engine.gestures.file import VERSION, read_gestures, write_gestures
from engine.gestures.own import MAX_EXAMPLES, NO_GESTURES, REJECT_DISTANCE, OwnGestures
from engine.gestures.recognise import gesture_scores
from engine.skeleton import Handedness
from engine.types import LATENT_CODE, HandPose


def latent(*code: float) -> np.ndarray:
    made = np.zeros(29, np.float32)
    made[: len(code)] = code
    return made


@pytest.fixture
def gestures() -> OwnGestures:
    return NO_GESTURES.with_gesture("wave", [latent(2.0), latent(2.2)]).with_gesture(
        "scissors", [latent(0.0, 3.0)]
    )


def test_the_nearest_example_counts(gestures: OwnGestures) -> None:
    scores = gestures.scores(latent(2.3))
    assert scores["wave"] == pytest.approx(1.0 - 0.5 * 0.1 / REJECT_DISTANCE, abs=1e-5)
    assert scores["scissors"] == 0.0


def test_what_is_far_from_all_is_rejected(gestures: OwnGestures) -> None:
    assert max(gestures.scores(latent(2.2 + 1.01 * REJECT_DISTANCE)).values()) < 0.5
    assert gestures.scores(latent(2.2 + 0.99 * REJECT_DISTANCE))["wave"] > 0.5


def test_turn_and_place_do_not_matter(gestures: OwnGestures) -> None:
    moved = latent(2.0)
    moved[LATENT_CODE.stop :] = 5.0
    assert gestures.scores(moved)["wave"] == 1.0


def test_without_a_latent_there_is_nothing_to_compare(gestures: OwnGestures) -> None:
    assert gestures.scores(None) == {}


def test_an_own_gesture_comes_before_the_named_ones(gestures: OwnGestures) -> None:
    joints = np.random.default_rng(0).normal(0, 40, (21, 3)).astype(np.float32)
    pose = HandPose(joints, np.full(21, 5.0, np.float32), 0.9, Handedness.RIGHT, latent(2.0))
    assert set(gesture_scores(pose, gestures)) == {"wave", "scissors"}
    assert "fist" in gesture_scores(pose, NO_GESTURES)


def test_recording_again_replaces_and_removing_forgets(gestures: OwnGestures) -> None:
    again = gestures.with_gesture("wave", [latent(-4.0)])
    assert [each.name for each in again.gestures] == ["scissors", "wave"]
    assert again.scores(latent(2.0))["wave"] == 0.0
    assert [each.name for each in again.without("wave").gestures] == ["scissors"]


def test_of_many_examples_some_are_kept() -> None:
    many = NO_GESTURES.with_gesture("many", [latent(k) for k in range(200)])
    codes = many.gestures[0].codes
    assert len(codes) == MAX_EXAMPLES
    assert (codes[0, 0], codes[-1, 0]) == (0.0, 199.0)


@pytest.mark.parametrize(
    "name", ["", "  ", "fist", "a,b", "two\nlines", "x" * 41, "手" * 30, 'a"b', "\ud800"]
)
def test_names_that_files_cannot_hold_are_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match=r"gesture|recognised"):
        NO_GESTURES.with_gesture(name, [latent()])


@pytest.mark.parametrize("examples", [[], [latent(np.nan)], [latent(np.inf)]])
def test_examples_that_are_none_are_refused(examples: list[np.ndarray]) -> None:
    with pytest.raises(InvalidInputError, match="mine"):
        NO_GESTURES.with_gesture("mine", examples)


def test_a_file_holds_what_was_written(tmp_path: Path, gestures: OwnGestures) -> None:
    path = tmp_path / "gestures.json"
    write_gestures(path, gestures.with_gesture("größer", [latent(1.5, -0.25)]))
    read = read_gestures(path)
    assert [each.name for each in read.gestures] == ["wave", "scissors", "größer"]
    np.testing.assert_allclose(read.gestures[0].codes, gestures.gestures[0].codes, atol=1e-4)
    assert [each.name for each in tmp_path.iterdir()] == ["gestures.json"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("version", VERSION + 1, "version 2"),
        ("version", None, "version"),
        ("latent_space", "0" * 64, "other networks"),
        ("format", "settings", "no file of gestures"),
        ("gestures", {}, "damaged"),
        ("gestures", [{"name": "a"}], "damaged"),
        ("gestures", [{"name": 3, "examples": [[0.0] * 20]}], "damaged"),
        ("gestures", [{"name": "a", "examples": [[0.0] * 19]}], "damaged"),
        ("gestures", [{"name": "a", "examples": [["x"] * 20]}], "damaged"),
        ("gestures", [{"name": "a", "examples": [[1e30] * 20]}], "damaged"),
        ("gestures", [{"name": "a,b", "examples": [[0.0] * 20]}], "damaged"),
        ("gestures", [{"name": "a", "examples": [[0.0] * 20]}] * 2, "one name"),
        ("gestures", ["a"], "damaged"),
    ],
)
def test_other_files_are_refused_in_a_sentence(
    tmp_path: Path, gestures: OwnGestures, field: str, value: object, words: str
) -> None:
    path = tmp_path / "gestures.json"
    write_gestures(path, gestures)
    record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, field: value}))
    with pytest.raises(InvalidInputError, match=words) as refused:
        read_gestures(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[1, 2]", b"[" * 100_000])
def test_what_is_no_json_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "gestures.json"
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match="no file of gestures"):
        read_gestures(path)
    with pytest.raises(InvalidInputError, match="there is no such file"):
        read_gestures(tmp_path / "missing.json")
    with pytest.raises(InvalidInputError, match="no such file"):
        read_gestures(tmp_path)
