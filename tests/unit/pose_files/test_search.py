"""Searching for a pose: whatever the hand's place, turn, size and side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.errors import InvalidInputError, SourceError
from engine.pose_files.search import (
    named_pose,
    pose_in_file,
    pose_names,
    search_poses,
    shown_pose,
)
from engine.skeleton import Handedness
from tests.pose_recordings import RATE_MS, gesture_joints, pose_hand, write_pose_file

SHOWN = ("open_palm", "fist_tight", "point", "pinch_index")


def take(path: Path, side: Handedness = Handedness.RIGHT) -> Path:
    """Ten frames of each gesture, turning, with pauses of two frames without a hand."""
    frames = []
    for gesture in SHOWN:
        for index in range(10):
            joints = gesture_joints(gesture, 12.0 * index, side, scale=0.8 + 0.03 * index)
            frames.append([pose_hand(joints, side)])
        frames += [[], []]
    return write_pose_file(path, frames)


@pytest.mark.parametrize("side", list(Handedness))
@pytest.mark.parametrize(("place", "gesture"), list(enumerate(SHOWN)))
def test_a_named_pose_is_found_where_it_is(
    tmp_path: Path, side: Handedness, place: int, gesture: str
) -> None:
    path = take(tmp_path / "a.pose", side)
    (match, *rest), notices = search_poses(tmp_path, named_pose(gesture), within_deg=12.0)
    assert (match.path, match.handedness) == (path, side)
    assert (match.first, match.last) == (12 * place, 12 * place + 9)
    assert match.begin_s == pytest.approx(12 * place * RATE_MS / 1000.0)
    assert match.distance_deg < 5.0
    assert not rest
    assert not notices


def test_a_kind_of_pose_is_any_of_it(tmp_path: Path) -> None:
    take(tmp_path / "a.pose")
    assert {"fist", "point", "fist_tight"} <= set(pose_names())
    assert len(named_pose("fist").directions) > 3
    (best, *_), _ = search_poses(tmp_path, named_pose("fist"))
    assert best.first == 12
    with pytest.raises(InvalidInputError, match="no pose 'foot'"):
        named_pose("foot")


def test_a_shown_hand_is_found_on_either_side(tmp_path: Path) -> None:
    take(tmp_path / "a.pose", Handedness.LEFT)
    query = shown_pose(gesture_joints("pinch_index", 70.0), Handedness.RIGHT)
    (match, *_), _ = search_poses(tmp_path, query)
    assert (match.first, match.handedness) == (36, Handedness.LEFT)
    query = pose_in_file(tmp_path / "a.pose", 14)
    (match, *_), _ = search_poses(tmp_path, query)
    assert (match.first, match.best) == (12, 14)
    assert match.distance_deg < 1.0


def test_files_that_cannot_be_read_are_told_and_the_others_searched(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    take(tmp_path / "inner" / "a.pose")
    (tmp_path / "bad.pose").write_bytes(b"nothing")
    cut = take(tmp_path / "cut.pose")
    cut.write_bytes(cut.read_bytes()[:-3])
    matches, notices = search_poses(tmp_path, named_pose("point"), within_deg=12.0)
    assert sorted(match.path.name for match in matches) == ["a.pose", "cut.pose"]
    assert any("bad.pose" in notice for notice in notices)
    assert any("cut off" in notice for notice in notices)


def test_what_cannot_be_searched_is_told(tmp_path: Path) -> None:
    query = named_pose("point")
    with pytest.raises(SourceError, match="no such file"):
        search_poses(tmp_path / "gone", query)
    with pytest.raises(SourceError, match=r"has no \.pose files"):
        search_poses(tmp_path, query)
    (tmp_path / "bad.pose").write_bytes(b"nothing")
    with pytest.raises(SourceError, match=r"no \.pose file"):
        search_poses(tmp_path, query)
    path = take(tmp_path / "a.pose")
    for limit in (0.0, 181.0, float("nan")):
        with pytest.raises(InvalidInputError, match="limit"):
            search_poses(tmp_path, query, within_deg=limit)
    with pytest.raises(SourceError, match="no frame 99"):
        pose_in_file(path, 99)
    with pytest.raises(InvalidInputError, match="no hand in frame 10"):
        pose_in_file(path, 10)


def test_two_hands_are_two_stretches(tmp_path: Path) -> None:
    one, two = gesture_joints("point"), gesture_joints("open_palm", 40.0)
    frames = [[pose_hand(one), pose_hand(np.asarray(two), track_id=1)] for _ in range(6)]
    write_pose_file(tmp_path / "a.pose", frames)
    matches, _ = search_poses(tmp_path, named_pose("point"), within_deg=12.0)
    assert [(match.track_id, match.first, match.last) for match in matches] == [(0, 0, 5)]
