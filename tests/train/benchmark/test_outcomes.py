"""Figures of labelled frames whose outcome is known beforehand, and frames of external hands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from engine.simulation.model import HandModel
from engine.skeleton import Handedness
from engine.tracking.config import DEFAULT_TRACKING, TrackingSettings
from engine.tracking.pipeline import Pipeline
from engine.tracking.track import TrackState
from engine.types import Frame, FrameResult, TrackedHand
from tests.fakes import make_frame, make_hand, make_result
from training.benchmark.external_hands import moving_frames
from training.benchmark.labelled_frames import ALL_JOINTS, NO_WRIST, LabelledFrame
from training.benchmark.outcome_sheets import false_hands_sheet, worst_sheet
from training.benchmark.outcomes import false_hands, figures, jitter_ratio, outcomes
from training.benchmark.real_sections import (
    Predictions,
    RealSetting,
    handless_folders,
    measure_false_hands,
)
from training.benchmark.reliability import reliability, save_reliability, share_right
from training.benchmark.report import Candidate

TRUTH = make_hand().pose.joints_mm.astype(np.float64)


class Scripted(Pipeline):
    """A pipeline without networks: ``answer`` gives the hands of a frame, given how many frames
    its memory has seen."""

    def __init__(self, answer: Callable[[int, int], list[TrackedHand]]) -> None:
        self._answer = answer

    def step(
        self, frame: Frame, state: TrackState, settings: TrackingSettings = DEFAULT_TRACKING
    ) -> tuple[FrameResult, TrackState]:
        seen = state.frames_since_detection - TrackState().frames_since_detection
        hands = self._answer(frame.index, seen)
        after = replace(state, frames_since_detection=state.frames_since_detection + 1)
        return make_result(frame, *hands), after


def labelled(
    index: int, joints: np.ndarray = TRUTH, scored: tuple[int, ...] = ALL_JOINTS
) -> LabelledFrame:
    return LabelledFrame(make_frame(index), joints, Handedness.RIGHT, scored)


def moved(hand: TrackedHand, step: tuple[float, float, float]) -> TrackedHand:
    joints = hand.pose.joints_mm + np.array(step, np.float32)
    return replace(hand, pose=replace(hand.pose, joints_mm=joints))


def test_errors_sides_and_what_was_not_found() -> None:
    right, left = make_hand(), make_hand(handedness=Handedness.LEFT)
    answers = [[moved(right, (3.0, 4.0, 0.0))], [moved(left, (0.0, 0.0, 40.0))], [], [right]]
    far = moved(right, (0.0, 150.0, 0.0))
    seen = outcomes(
        Scripted(lambda k, _: [*answers[k], *([far] if k == 3 else [])]),
        [labelled(k) for k in range(4)],
        follow=False,
    )
    figure = figures(seen)
    assert (figure.frames, figure.found) == (4, 0.75)
    assert figure.side == pytest.approx(2 / 3)
    assert figure.mean_mm == pytest.approx((5.0 + 40.0 + 0.0) / 3, abs=1e-3)
    assert figure.right_side_mm == pytest.approx(2.5, abs=1e-3)
    assert figure.worst_joint_mm == pytest.approx(15.0, abs=1e-3)
    assert figure.all_under_30mm == 0.5, "a hand not found is not well found"
    assert figure.open_mm == figure.mean_mm, "the hand is open"
    assert np.isnan(figure.fists_mm)
    assert figure.false_hands == 0.25


def test_joints_that_are_not_scored_do_not_count() -> None:
    wrong_wrist = make_hand()
    joints = wrong_wrist.pose.joints_mm.copy()
    joints[0] += 50.0
    wrong_wrist = replace(wrong_wrist, pose=replace(wrong_wrist.pose, joints_mm=joints))
    frames = [labelled(0, scored=NO_WRIST), labelled(1, scored=())]
    figure = figures(outcomes(Scripted(lambda *_: [wrong_wrist]), frames, follow=False))
    assert figure.found == 1.0
    assert figure.mean_mm == pytest.approx(0.0, abs=1e-3)
    assert figure.all_under_30mm == 1.0, "of one frame: the other's label is doubtful"


def test_memory_is_kept_only_when_following() -> None:
    states: list[int] = []

    def answer(_: int, state: int) -> list[TrackedHand]:
        states.append(state)
        return []

    frames = [labelled(k) for k in range(3)]
    outcomes(Scripted(answer), frames, follow=False)
    outcomes(Scripted(answer), frames, follow=True)
    assert states == [0, 0, 0, 0, 1, 2]


def test_jitter_is_relative_to_the_true_movement() -> None:
    path = [np.array([0.0, 0.0, 5.0 * (k % 2)]) for k in range(8)]
    frames = [labelled(k, TRUTH + step) for k, step in enumerate(path)]

    def ratio(gain: float) -> float:
        def answer(k: int, _: int) -> list[TrackedHand]:
            return [moved(make_hand(), (0.0, 0.0, gain * float(path[k][2])))]

        return jitter_ratio(outcomes(Scripted(answer), frames, follow=True))

    assert ratio(1.0) == pytest.approx(1.0, abs=1e-3)
    assert ratio(3.0) == pytest.approx(3.0, abs=1e-2)
    assert ratio(0.0) == pytest.approx(0.0, abs=1e-3)


def test_jitter_is_not_measured_across_gaps_and_changes_of_side() -> None:
    def answer(k: int, _: int) -> list[TrackedHand]:
        side = Handedness.LEFT if k >= 4 else Handedness.RIGHT
        return [] if k == 2 else [make_hand(handedness=side)]

    seen = outcomes(Scripted(answer), [labelled(k) for k in range(6)], follow=True)
    assert np.isnan(jitter_ratio(seen))


def test_every_hand_in_an_empty_frame_is_false(tmp_path: Path) -> None:
    pipeline = Scripted(lambda k, _: [make_hand(), make_hand(1)] if k == 1 else [])
    seen = false_hands(pipeline, [make_frame(k) for k in range(3)])
    assert [frame.index for frame, _ in seen] == [1, 1]
    false_hands_sheet(tmp_path / "false.png", seen)
    worst_sheet(
        tmp_path / "worst.png", outcomes(pipeline, [labelled(0), labelled(1)], follow=False)
    )
    assert (tmp_path / "false.png").stat().st_size > 1000
    assert (tmp_path / "worst.png").stat().st_size > 1000


def test_confidence_of_true_and_false_hands_is_gathered() -> None:
    predicted = Predictions()
    pipeline = Scripted(
        lambda *_: [make_hand(score=0.97), moved(make_hand(score=0.6), (0, 200, 0))]
    )
    predicted.add(outcomes(pipeline, [labelled(0)], follow=False))
    predicted.add_false([make_hand(score=0.8)])
    assert predicted.confidence == [0.97, 0.6, 0.8]
    assert predicted.is_hand == [True, False, False]
    assert predicted.side_right == [True]


def test_reliability_counts_what_was_said_in_each_bin(tmp_path: Path) -> None:
    predicted, right = [0.2, 0.6, 0.7, 0.95, 1.0], [False, True, False, True, True]
    bins = reliability(predicted, right, (0.5, 0.9, 1.0))
    assert [each.count for each in bins] == [2, 2], "the last bin holds its upper edge"
    assert [each.right for each in bins] == [0.5, 1.0]
    assert bins[0].predicted == pytest.approx(0.65)
    assert share_right(predicted, right, 0.95) == 1.0
    assert np.isnan(share_right(predicted, right, 1.1))
    assert np.isnan(reliability([], [], (0.0, 1.0))[0].right)
    save_reliability(tmp_path / "x.png", "x", {"a": bins})
    assert (tmp_path / "x.png").stat().st_size > 1000


def test_external_hands_move_as_their_truth_says() -> None:
    frames = list(islice(moving_frames(HandModel.load(), 1, 0), 2))
    assert [each.frame.index for each in frames] == [0, 1]
    assert {each.handedness for each in frames} == {Handedness.LEFT}
    for each in frames:
        u, v = np.rint(each.frame.camera.project(each.joints_mm.mean(axis=0))).astype(int)
        off = each.frame.depth_mm[v - 3 : v + 4, u - 3 : u + 4]
        assert np.abs(off[off > 0] - each.joints_mm[:, 2].mean()).min() < 60.0


def test_handless_recordings_are_found_by_name(recordings: Path) -> None:
    names = [name for name, _ in handless_folders(recordings.parent)]
    assert {"handless mug", "handless room", "handless table"} <= set(names)


def test_frames_of_several_sensors_count_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    sections = "training.benchmark.real_sections"
    frames = [make_frame(0), make_frame(1), make_frame(0), make_frame(1)]
    monkeypatch.setattr(f"{sections}.handless_folders", lambda _: [])
    monkeypatch.setattr(f"{sections}.empty_frames", lambda *_: iter(frames))
    pipeline = Scripted(lambda k, _: [make_hand()] if k == 0 else [])
    monkeypatch.setattr(Candidate, "pipeline", lambda _: pipeline)
    candidate = Candidate("x", None)
    setting = RealSetting((candidate,), Path("none"), 4, 0, None, {"x": Predictions()})
    (row,) = measure_false_hands(setting).table.rows
    assert row[:6] == ("made scenes", "select", "x", 4, 50.0, "0.90")
