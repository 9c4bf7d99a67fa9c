"""Figures of the benchmark on results that are known beforehand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from engine.camera import Camera, FloatArray
from engine.skeleton import Handedness
from engine.tracking.config import DEFAULT_TRACKING, TrackingSettings
from engine.tracking.crop import cut_crop
from engine.tracking.pipeline import Pipeline
from engine.tracking.smoothing import SMOOTHING, OneEuro, SmoothConfig, Smoothing
from engine.tracking.track import TrackState
from engine.types import Frame, FrameResult, HandPose, TrackedHand, TrackingStatus
from training.benchmark.benchmark_frames import BenchmarkFrame, render_frame
from training.benchmark.calibration import joint_groups, side_groups
from training.benchmark.fingerspelling import accuracy, palm_frame
from training.benchmark.frame_specs import FrameSampler, Kind
from training.benchmark.hand_matches import match_frames, score
from training.benchmark.marked_frames import MarkedFrame
from training.benchmark.marked_scores import score as real_score
from training.benchmark.motion import (
    MOVING,
    STILL,
    Floats,
    Movement,
    Seen,
    Take,
    follow,
    jitter_mm,
    lag_ms,
    record,
    smoothed,
)
from training.benchmark.poses import RealPoses
from training.benchmark.recovery import BACK, FOLLOWED, GONE, Recovery, follow_through, share_found
from training.benchmark.redraw import agreement

Answer = Callable[[Frame], list[tuple[np.ndarray, Handedness]]]


class Scripted(Pipeline):
    """A pipeline that says what it is told to."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def step(
        self, frame: Frame, state: TrackState, settings: TrackingSettings = DEFAULT_TRACKING
    ) -> tuple[FrameResult, TrackState]:
        hands = []
        for joints, side in self._answer(frame):
            centre = joints.mean(axis=0)
            crop = cut_crop(frame.depth_mm, frame.camera, centre)
            pose = HandPose(joints, np.full(21, 5.0, np.float32), 0.9, side)
            hands.append(TrackedHand(0, pose, crop))
        return FrameResult(frame, tuple(hands), TrackingStatus.TRACKING, {}), state


@pytest.fixture
def benchmark_frame(poses: RealPoses) -> BenchmarkFrame:
    rng = np.random.default_rng(2)
    return render_frame(FrameSampler(poses).draw(Kind.USUAL, rng), rng, 0)


def test_a_constant_error_is_measured(benchmark_frame: BenchmarkFrame) -> None:
    truth = benchmark_frame.truths[0]
    shifted = truth.joints_mm + np.array([3.0, 0.0, 4.0], np.float32)
    seen = match_frames(Scripted(lambda _: [(shifted, truth.handedness)]), [benchmark_frame])
    figure = score(seen)
    assert (figure.found, figure.side, figure.all_under_30mm, figure.false_positives) == (
        1,
        1,
        1,
        0,
    )
    assert figure.mean_mm == pytest.approx(5.0, abs=1e-3)
    assert figure.median_mm == pytest.approx(5.0, abs=1e-3)


def test_wrong_sides_ghosts_and_lost_hands_count(benchmark_frame: BenchmarkFrame) -> None:
    truth = benchmark_frame.truths[0]
    far = truth.joints_mm + np.array([0.0, 0.0, 150.0], np.float32)
    wrong = [(truth.joints_mm, truth.handedness.other), (far, truth.handedness)]
    figure = score(match_frames(Scripted(lambda _: wrong), [benchmark_frame]))
    assert (figure.found, figure.side, figure.false_positives) == (1.0, 0.0, 1.0)
    lost = score(match_frames(Scripted(lambda _: [wrong[1]]), [benchmark_frame]))
    assert (lost.found, lost.all_under_30mm, lost.false_positives) == (0.0, 0.0, 1.0)
    assert np.isnan(lost.mean_mm)


def test_one_joint_far_off_spoils_the_frame(benchmark_frame: BenchmarkFrame) -> None:
    joints = np.array(benchmark_frame.truths[0].joints_mm)
    joints[8, 0] += 31.0
    side = benchmark_frame.truths[0].handedness
    figure = score(match_frames(Scripted(lambda _: [(joints, side)]), [benchmark_frame]))
    assert figure.all_under_30mm == 0.0
    assert figure.mean_mm == pytest.approx(31.0 / 21.0, abs=1e-3)


def test_real_errors_are_in_pixels_and_millimetres() -> None:
    camera = Camera(200, 200, 400.0, 400.0, 99.5, 99.5)
    rng = np.random.default_rng(0)
    joints = rng.uniform((-60, -60, 390), (60, 60, 410), (21, 3)).astype(np.float32)
    joints[:, 2] = 400.0
    frame = Frame(np.full((200, 200), 390.0, np.float32), 0.0, 0, camera)
    marks = camera.project(joints).astype(np.float64) + np.array([3.0, 4.0])
    clear = np.ones(21, bool)
    clear[5] = False
    marks[5] += 500.0
    skin = np.full(21, 390.0)
    marked = MarkedFrame(frame, marks, clear, skin, Handedness.LEFT, "a/b.png")
    pose = HandPose(joints, np.ones(21, np.float32), 0.9, Handedness.LEFT)
    crop = cut_crop(frame.depth_mm, camera, joints.mean(axis=0))
    figure = real_score([marked, marked], [TrackedHand(0, pose, crop), None])
    assert (figure.found, figure.side, figure.plausible) == (0.5, 1.0, 1.0)
    assert figure.mean_px == pytest.approx(5.0, abs=1e-3)
    assert figure.aside_mm == pytest.approx(5.0, abs=1e-3)
    assert figure.behind_mm == pytest.approx(10.0, abs=1e-3)
    assert np.isnan(figure.per_joint_px[5])


def test_a_joint_on_another_finger_is_counted() -> None:
    camera = Camera(200, 200, 400.0, 400.0, 99.5, 99.5)
    joints = np.zeros((21, 3), np.float32)
    joints[:, 2] = 400.0
    for finger in range(5):
        joints[1 + 4 * finger : 5 + 4 * finger, 0] = 20.0 * finger - 40.0
        joints[1 + 4 * finger : 5 + 4 * finger, 1] = (20.0, 0.0, -20.0, -40.0)
    frame = Frame(np.full((200, 200), 390.0, np.float32), 0.0, 0, camera)
    marks = camera.project(joints).astype(np.float64)
    pose = HandPose(joints, np.ones(21, np.float32), 0.9, Handedness.RIGHT)
    hand = TrackedHand(0, pose, cut_crop(frame.depth_mm, camera, joints.mean(axis=0)))

    def wrong(marks: Floats, clear: np.ndarray) -> int:
        skin = np.full(21, 390.0)
        marked = MarkedFrame(frame, marks, clear, skin, Handedness.RIGHT, "a/b.png")
        return real_score([marked], [hand]).wrong_finger

    every = np.ones(21, bool)
    assert wrong(marks, every) == 0
    marks[[7, 8]] = marks[[11, 12]]
    assert wrong(marks, every) == 2
    every[7] = False
    assert wrong(marks, every) == 1


def test_letters_that_differ_are_told_apart_and_others_are_not() -> None:
    rng = np.random.default_rng(1)
    letters = np.repeat(list("abcd"), 20)
    before = np.tile(np.arange(20) < 12, 4)
    means = np.repeat(rng.normal(0.0, 2.0, (4, 6)), 20, axis=0)
    noise = rng.normal(0.0, 0.5, (80, 6))
    assert accuracy(means + noise, letters, before) > 0.9
    assert accuracy(noise, letters, before) < 0.6


def test_seen_from_the_palm_a_hand_is_the_same_however_it_is_turned(
    benchmark_frame: BenchmarkFrame,
) -> None:
    joints = benchmark_frame.truths[0].joints_mm.astype(np.float64)
    turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    assert palm_frame(joints @ turn.T + 50.0)[0] == pytest.approx(palm_frame(joints)[0], abs=1e-3)


def test_a_hand_drawn_on_true_joints_agrees_and_on_others_does_not(poses: RealPoses) -> None:
    rng = np.random.default_rng(4)
    made = render_frame(FrameSampler(poses).draw(Kind.USUAL, rng), rng, 0, surrounded=False)
    joints = made.truths[0].joints_mm
    explained, covered = agreement(made.frame, joints)
    assert explained > 0.8
    assert covered > 0.6
    assert agreement(made.frame, joints + np.array([0.0, 0.0, 40.0], np.float32))[0] < 0.3
    spun = (joints - joints[0]) * np.array([-1.0, 1.0, 1.0], np.float32) + joints[0]
    assert agreement(made.frame, spun)[0] < explained - 0.1


def _delayed(movement: Movement, delay_ms: float) -> tuple[Take, Floats]:
    made = record(movement, 24, seed=0)
    times = np.array([frame.timestamp_ms for frame in made.frames])
    seen = made.truth_at(times - delay_ms).reshape(-1, 21, 3) + 4.0
    return made, seen


def test_a_known_delay_is_found_whatever_the_offset() -> None:
    for movement in (MOVING[0], MOVING[2]):
        made, seen = _delayed(movement, 40.0)
        assert lag_ms(made, seen) == pytest.approx(40.0, abs=2.0)
        assert lag_ms(made, made.truth) == pytest.approx(0.0, abs=2.0)


def equally_sure(joints: np.ndarray) -> Seen:
    return Seen(joints, np.full(joints.shape[:2], 8.0))


def test_smoothing_calms_still_hands_and_delays_moving_ones() -> None:
    rng = np.random.default_rng(0)
    still = record(STILL[0], 24, seed=0)
    shaken = still.truth + rng.normal(0.0, 1.0, still.truth.shape)
    slow = SmoothConfig(*[OneEuro(1.0, 0.0, 1.0)] * 3)
    assert jitter_mm(shaken) == pytest.approx(np.sqrt(3.0), rel=0.15)
    assert jitter_mm(smoothed(still, equally_sure(shaken), slow)) < 0.5 * jitter_mm(shaken)
    moving, seen = _delayed(MOVING[0], 0.0)
    assert lag_ms(moving, smoothed(moving, equally_sure(seen), slow)) > 60.0


def test_what_is_smoothed_afterwards_is_what_the_pipeline_smooths() -> None:
    made = record(MOVING[0], 14, seed=0)
    config = SMOOTHING[Smoothing.NORMAL]
    raw = follow(Pipeline.load(), made)
    shown = follow(Pipeline.load(), made, Smoothing.NORMAL).joints
    assert np.isfinite(raw.joints).all(), "the hand was lost: nothing is compared"
    assert shown == pytest.approx(smoothed(made, raw, config), abs=1e-3)
    assert not np.allclose(shown, raw.joints, atol=0.5)


def test_expected_errors_and_sides_are_held_against_the_truth(
    benchmark_frame: BenchmarkFrame,
) -> None:
    truth = benchmark_frame.truths[0]
    shifts = np.array([[2.0, 0.0, 0.0], [0.0, 8.0, 0.0]], np.float32)

    def moved(by: FloatArray, _: Frame) -> list[tuple[FloatArray, Handedness]]:
        return [(truth.joints_mm + by, truth.handedness)]

    seen = [match_frames(Scripted(partial(moved, by)), [benchmark_frame]) for by in shifts]
    near, far = (each.hands[0] for each in seen)
    found = [
        replace(near, sigma_mm=np.full(21, 2.5), side_score=0.6, side_right=False),
        replace(far, sigma_mm=np.full(21, 7.0), side_score=1.0),
    ]
    low, high = joint_groups(found, 2)
    assert (low.joints, low.expected, low.error) == pytest.approx((21, 2.5, 2.0), abs=1e-3)
    assert (high.expected, high.error, high.median) == pytest.approx((7.0, 8.0, 8.0), abs=1e-3)
    assert np.isnan(low.error_side_right)
    assert high.error_side_right == pytest.approx(8.0, abs=1e-3)
    unsure, sure = side_groups(found)
    assert (unsure.hands, unsure.right, unsure.lost) == (1, 0.0, 0.0)
    assert (sure.predicted, sure.right, sure.error) == pytest.approx((1.0, 1.0, 8.0), abs=1e-3)


def test_frames_until_a_hand_is_found_again_are_counted(benchmark_frame: BenchmarkFrame) -> None:
    truth = benchmark_frame.truths[0]
    there = (truth.joints_mm, truth.handedness)
    away = truth.joints_mm + np.array([0, 0, 150], np.float32)
    back = FOLLOWED + GONE

    def answer(frame: Frame) -> list[tuple[np.ndarray, Handedness]]:
        if frame.index in (FOLLOWED, back):
            return [(away, truth.handedness)]
        return [there] if frame.index < FOLLOWED or frame.index >= back + 2 else []

    loss = follow_through(Scripted(answer), benchmark_frame, benchmark_frame, benchmark_frame)
    assert loss == Recovery(3, (True, *[False] * (GONE - 1)))
    never = Recovery(None, (False,) * GONE)
    assert [share_found([loss, never], frames) for frames in (2, 3, BACK)] == [0.0, 0.5, 0.5]
