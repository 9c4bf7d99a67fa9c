"""Guided capture: which looks fulfil which goal, and what is asked for next."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.capture.goals import LIKE, Goal, GoalKind, ghost_joints_mm
from engine.capture.guide import CaptureState, coverage, first_state, postpone, step
from engine.capture.load import SAMPLED, all_goals, load_goals, named_poses, spread_out
from engine.capture.look import HandLook, look_at, palm_pose, pose_gap
from engine.capture.prompts import PromptsWriter, prompts_path
from engine.simulation.model import HandModel
from engine.skeleton import Handedness
from tests.fakes import make_hand


@pytest.fixture(scope="module")
def goals() -> tuple[Goal, ...]:
    return all_goals(named_poses(HandModel.load()), ())


@pytest.fixture(scope="module")
def sampled() -> tuple[Goal, ...]:
    return load_goals()


def by_key(goals: tuple[Goal, ...]) -> dict[str, Goal]:
    return {goal.key: goal for goal in goals}


def look_of(goal: Goal, side: Handedness = Handedness.RIGHT) -> HandLook:
    """The look of a hand that does as the ghost of ``goal``."""
    hand = make_hand()
    joints = ghost_joints_mm(goal, side)
    pose = replace(
        hand.pose,
        joints_mm=joints,
        handedness=goal.side or side,
        sigma_mm=np.full(21, 6.0, np.float32),
    )
    return look_at(replace(hand, pose=pose))


@pytest.mark.parametrize("side", list(Handedness))
def test_a_hand_that_does_as_the_ghost_fulfils_its_goal(
    side: Handedness, sampled: tuple[Goal, ...]
) -> None:
    for goal in sampled:
        look = look_of(goal, side)
        if goal.kind is GoalKind.DISTANCE:
            look = replace(look, range_mm=min(sum(goal.range_mm) / 2, 800.0))
        assert goal.is_shown(look), goal.key


def test_poses_are_told_apart(sampled: tuple[Goal, ...]) -> None:
    poses = [goal for goal in sampled if not goal.any_pose]
    assert sum(goal.kind is GoalKind.SAMPLE for goal in poses) == SAMPLED
    for goal in poses:
        look = look_of(goal)
        assert [other.key for other in poses if other.is_shown(look)] == [goal.key]


def test_views_and_distances_are_told_apart(goals: tuple[Goal, ...]) -> None:
    named = by_key(goals)
    look = look_of(named["open"])
    assert look.facing_deg < 30.0
    assert look.range_mm == pytest.approx(450.0, abs=30.0)
    shown = {goal.key for goal in goals if goal.is_shown(look)}
    assert shown == {"right_hand", "open", "palm", "middle"}
    back = look_of(named["back"])
    assert back.facing_deg > 150.0
    assert not named["palm"].is_shown(back)
    assert look_of(named["pointing"]).pointing_deg < 40.0
    assert named["near"].is_shown(replace(look, range_mm=300.0))
    assert named["far"].is_shown(replace(look, range_mm=700.0))
    assert not named["left_hand"].is_shown(look)


def test_a_pose_knows_no_size_place_or_side() -> None:
    joints = named_poses(HandModel.load())["pinch"]
    moved = joints.astype(np.float64) * 1.3 * 95.0 + (40.0, -20.0, 500.0)
    assert pose_gap(palm_pose(moved, Handedness.RIGHT), joints) < 1e-4
    mirrored = moved * (-1.0, 1.0, 1.0)
    assert pose_gap(palm_pose(mirrored, Handedness.LEFT), joints) < 1e-4


def test_spread_out_takes_what_is_farthest_from_the_known() -> None:
    poses = named_poses(HandModel.load())
    chosen = spread_out(list(poses.values()), [poses["open"]], 3)
    gaps = [pose_gap(chosen[0], poses["open"]), *(pose_gap(chosen[0], each) for each in chosen[1:])]
    assert min(gaps) > LIKE
    assert spread_out([poses["open"]], [], 5) == [poses["open"]]


def show(
    goals: tuple[Goal, ...], state: CaptureState, frames: int, start_ms: float
) -> CaptureState:
    """A person who does what is asked for."""
    for frame in range(frames):
        looks = []
        if state.current is not None:
            goal = goals[state.current]
            look = look_of(goal)
            if goal.kind is GoalKind.DISTANCE:
                look = replace(look, range_mm=min(sum(goal.range_mm) / 2, 800.0))
            looks = [look]
        state = step(goals, state, looks, start_ms + frame * 33.0)
    return state


def test_whoever_does_as_asked_has_covered_all(goals: tuple[Goal, ...]) -> None:
    state = first_state(goals)
    assert set(coverage(goals, state).values()) == {0.0}
    state = show(goals, state, sum(goal.frames for goal in goals), 0.0)
    assert state.current is None
    assert set(coverage(goals, state).values()) == {1.0}
    assert step(goals, state, [], 1e6).current is None


def test_what_is_not_shown_is_put_off_and_comes_again(goals: tuple[Goal, ...]) -> None:
    state = step(goals, first_state(goals), [], 0.0)
    assert state.current == 0
    assert step(goals, state, [], 11_900.0).current == 0
    late = step(goals, state, [], 12_100.0)
    assert late.current == 1
    everything = late
    for number in range(1, len(goals)):
        assert everything.current == number
        everything = postpone(goals, everything, 13_000.0)
    assert everything.current == 0


def test_doubtful_hands_show_nothing(goals: tuple[Goal, ...]) -> None:
    look = replace(look_of(goals[0]), expected_error_mm=30.0)
    assert step(goals, first_state(goals), [look], 0.0).counts == (0,) * len(goals)


def test_prompts_are_kept_beside_the_recording(tmp_path: Path) -> None:
    path = prompts_path(tmp_path / "hand.db3")
    assert path == tmp_path / "hand.db3.prompts.csv"
    with PromptsWriter(path) as writer:
        writer.add(1000.25, "fist", shown=False)
        writer.add(1033.5, "fist", shown=True)
    assert path.read_text() == ("timestamp_ms,prompt,shown\n1000.250,fist,0\n1033.500,fist,1\n")
