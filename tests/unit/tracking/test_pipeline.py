"""The step's logic, with networks replaced by ones that know where the hands are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pytest

from engine.camera import Camera
from engine.skeleton import Handedness
from engine.tracking.config import SideChoice, TrackingSettings
from engine.tracking.estimate import CropEvidence
from engine.tracking.pipeline import Pipeline
from engine.tracking.smooth import Smoothing
from engine.tracking.track import TrackConfig, TrackState, begin, update_handedness
from engine.types import Frame, FrameResult, HandCrop, HandPose, HandRegion, TrackingStatus

CAMERA = Camera(320, 240, 240.0, 240.0, 159.5, 119.5)
RIGHT, LEFT = Handedness.RIGHT, Handedness.LEFT


@dataclass
class World:
    """Hands at known places; detection and estimation answer from it, off by ``miss_mm``.

    Hands of a ``doubtful`` side are ``less_sharp``. In turned crops joints are seen
    ``turned_off`` mm too high, and as sure as elsewhere. A detection, sure by ``score``, names the
    place it is off from as another one.
    """

    hands: dict[Handedness, np.ndarray] = field(default_factory=dict)
    miss_mm: float = 30.0
    wrong_side: bool = False
    turned_off: float = 0.0
    score: float = 0.9
    doubtful: set[Handedness] = field(default_factory=set)
    less_sharp: float = 0.2
    sigma_mm: float = 5.0
    detections: int = 0
    estimates: int = 0
    sides: set[Handedness | None] = field(default_factory=set)

    def detect(self, frame: Frame, max_hands: int) -> tuple[HandRegion, ...]:
        self.detections += 1
        off = np.array([self.miss_mm, 0.0, 0.0])
        return tuple(
            HandRegion(
                centre + off, side.other if self.wrong_side else side, 0.8, self.score, centre[None]
            )
            for side, centre in self.hands.items()
        )[:max_hands]

    def estimate(self, crop: HandCrop) -> tuple[HandPose, CropEvidence]:
        assumed = LEFT if crop.mirrored else RIGHT
        self.estimates += 1
        self.sides.add(assumed)
        side, centre = min(
            self.hands.items(),
            key=lambda item: float(np.linalg.norm(item[1] - crop.centre_mm)),
            default=(RIGHT, np.full(3, 1e6)),
        )
        upright = np.linspace(-40, 40, 21)[:, None] * [0, 1, 0]
        joints = (np.tile(centre, (21, 1)) + upright).astype(np.float32)
        if abs(crop.R_crop_from_camera[0, 1]) > 0.1:
            joints = joints - np.array([0.0, self.turned_off, 0.0], np.float32)
        if np.linalg.norm(centre - crop.centre_mm) > 100.0:
            evidence = CropEvidence(0.02, 0.02, 0.96, 1.0)
        elif side is assumed:
            evidence = CropEvidence(0.9, 0.08, 0.02, 2.1)
        else:
            evidence = CropEvidence(0.08, 0.9, 0.02, 2.0)
        if side in self.doubtful:
            evidence = replace(evidence, sharpness=evidence.sharpness - self.less_sharp)
        return HandPose(
            joints, np.full(21, self.sigma_mm, np.float32), evidence.hand, assumed
        ), evidence


def flat_hand(turned_deg: float) -> HandPose:
    """A hand in front of the camera, its palm turned about its length."""
    joints = np.zeros((21, 3), np.float32)
    angle = np.deg2rad(turned_deg)
    across = 40.0 * np.array([np.cos(angle), 0.0, np.sin(angle)])
    joints[[5, 17]] = np.stack([-across, across]) - [0.0, 80.0, 0.0]
    joints += np.array([0.0, 40.0, 500.0], np.float32)
    return HandPose(joints, np.full(21, 5.0, np.float32), 0.9, RIGHT)


OFF = TrackingSettings(smoothing=Smoothing.OFF)
TWO = replace(OFF, hands=2)


def make_pipeline(world: World) -> Pipeline:
    return Pipeline(world.detect, world.estimate)  # type: ignore[arg-type]


def frame(index: int) -> Frame:
    depth = np.full((CAMERA.height, CAMERA.width), 800.0, np.float32)
    return Frame(depth, index * 1000.0 / 30.0, index, CAMERA)


def run(
    pipeline: Pipeline,
    count: int,
    state: TrackState | None = None,
    start: int = 0,
    settings: TrackingSettings = OFF,
) -> tuple[list[FrameResult], TrackState]:
    state = state or pipeline.initial_state()
    results: list[FrameResult] = []
    for index in range(start, start + count):
        result, state = pipeline.step(frame(index), state, settings)
        results.append(result)
    return results, state


def test_a_found_hand_is_centred_and_followed_without_detecting_again() -> None:
    world = World({RIGHT: np.array([20.0, 10.0, 500.0])})
    results, _ = run(make_pipeline(world), 10)
    assert all(r.status is TrackingStatus.TRACKING for r in results)
    assert {r.hands[0].track_id for r in results} == {0}
    assert world.detections == 1
    np.testing.assert_allclose(results[0].hands[0].crop.centre_mm, [20, 10, 500], atol=0.1)


def test_a_found_hand_is_the_mean_of_turned_looks_and_a_followed_one_is_not() -> None:
    centre = np.array([20.0, 10.0, 500.0])
    results, _ = run(make_pipeline(World({RIGHT: centre}, turned_off=9.0)), 2)
    heights = [r.hands[0].pose.joints_mm[:, 1].mean() for r in results]
    np.testing.assert_allclose(heights, [10.0 - 9.0 * 2 / 3, 10.0], atol=0.01)


@pytest.mark.parametrize(("score", "found"), [(0.6, 1), (0.2, 0)])
def test_a_likely_hand_is_looked_for_at_its_other_depths(score: float, found: int) -> None:
    centre = np.array([20.0, 10.0, 500.0])
    (result,), _ = run(make_pipeline(World({RIGHT: centre}, miss_mm=150.0, score=score)), 1)
    assert len(result.hands) == found
    for hand in result.hands:
        np.testing.assert_allclose(hand.crop.centre_mm, centre, atol=0.1)


def test_after_a_leap_the_cube_is_put_on_the_hand_again() -> None:
    world = World({RIGHT: np.array([20.0, 10.0, 500.0])})
    pipeline = make_pipeline(world)
    _, state = run(pipeline, 3)
    world.hands = {RIGHT: np.array([100.0, 10.0, 500.0])}
    (result,), _ = run(pipeline, 1, state, 3)
    np.testing.assert_allclose(result.hands[0].crop.centre_mm, [100, 10, 500], atol=0.1)
    assert world.detections == 1


def test_a_detection_of_the_wrong_side_is_put_right_in_the_first_frame() -> None:
    world = World({LEFT: np.array([0.0, 0.0, 500.0])}, wrong_side=True)
    (result,), _ = run(make_pipeline(world), 1)
    assert result.hands[0].pose.handedness is LEFT
    assert result.hands[0].crop.mirrored


def test_a_hand_that_leaves_is_lost_then_gone_and_keeps_its_name_if_it_returns_soon() -> None:
    here = np.array([0.0, 0.0, 500.0])
    world = World({RIGHT: here})
    pipeline = make_pipeline(world)
    _, state = run(pipeline, 3)
    world.hands = {}
    away, short_state = run(pipeline, 2, state, 3)
    assert [r.status for r in away] == [TrackingStatus.LOST] * 2
    world.hands = {RIGHT: here}
    (back,), _ = run(pipeline, 1, short_state, 5)
    assert back.hands[0].track_id == 0
    world.hands = {}
    gone, long_state = run(pipeline, 6, state, 3)
    assert gone[-1].status is TrackingStatus.NO_HAND
    world.hands = {RIGHT: here}
    (again,), _ = run(pipeline, 1, long_state, 9)
    assert again.hands[0].track_id == 1


def test_a_lost_hand_is_looked_for_in_every_frame() -> None:
    world = World({})
    run(make_pipeline(world), 5)
    assert world.detections == 5


def test_a_moving_hand_is_followed() -> None:
    world = World({RIGHT: np.array([-100.0, 0.0, 500.0])})
    pipeline = make_pipeline(world)
    state = pipeline.initial_state()
    for index in range(12):
        world.hands = {RIGHT: np.array([-100.0 + 25.0 * index, 0.0, 500.0])}
        result, state = pipeline.step(frame(index), state, OFF)
        assert result.hands[0].track_id == 0
    assert world.detections == 1


def after_a_second_hand_came() -> tuple[Pipeline, TrackState]:
    """A pipeline that has followed a right hand for three frames; now there is a left one too."""
    world = World({RIGHT: np.array([-120.0, 0.0, 500.0])})
    pipeline = make_pipeline(world)
    _, state = run(pipeline, 3, settings=TWO)
    world.hands[LEFT] = np.array([120.0, 0.0, 500.0])
    return pipeline, state


def test_two_hands_are_followed_apart_and_a_second_one_is_found_later() -> None:
    pipeline, state = after_a_second_hand_came()
    results, _ = run(pipeline, 8, state, 3, TWO)
    last = results[-1].hands
    assert {(h.track_id, h.pose.handedness) for h in last} == {(0, RIGHT), (1, LEFT)}


def test_one_hand_is_never_followed_twice() -> None:
    world = World({RIGHT: np.array([0.0, 0.0, 500.0])})
    results, _ = run(make_pipeline(world), 20, settings=TWO)
    assert all(len(r.hands) == 1 for r in results)


def test_evidence_for_the_other_side_changes_it_after_some_frames_not_at_once() -> None:
    world = World({RIGHT: np.array([0.0, 0.0, 500.0])})
    pipeline = make_pipeline(world)
    _, state = run(pipeline, 8)
    world.hands = {LEFT: np.array([0.0, 0.0, 500.0])}
    results, _ = run(pipeline, 25, state, 8)
    sides = [r.hands[0].pose.handedness for r in results]
    assert sides[0] is RIGHT
    assert sides[-1] is LEFT
    assert sum(a is not b for a, b in pairwise(sides)) == 1


def test_a_step_changes_nothing_it_was_given() -> None:
    world = World({RIGHT: np.array([0.0, 0.0, 500.0])})
    pipeline = make_pipeline(world)
    _, state = run(pipeline, 3)
    first, _ = pipeline.step(frame(3), state, OFF)
    second, _ = pipeline.step(frame(3), state, OFF)
    np.testing.assert_array_equal(first.hands[0].pose.joints_mm, second.hands[0].pose.joints_mm)


@pytest.mark.parametrize("stage", ["detect", "crop", "network", "step"])
def test_every_stage_is_timed(stage: str) -> None:
    world = World({RIGHT: np.array([0.0, 0.0, 500.0])})
    (result,), _ = run(make_pipeline(world), 1)
    assert result.stage_ms[stage] >= 0.0


def test_one_hand_instead_of_two_keeps_the_one_followed_longer() -> None:
    pipeline, state = after_a_second_hand_came()
    results, state = run(pipeline, 8, state, 3, TWO)
    assert len(results[-1].hands) == 2
    results, state = run(pipeline, 3, state, 11, OFF)
    assert [[hand.track_id for hand in result.hands] for result in results] == [[0]] * 3
    results, _ = run(pipeline, 8, state, 14, TWO)
    assert len(results[-1].hands) == 2


def test_smoothing_can_be_changed_between_two_steps() -> None:
    def jump(smoothing: Smoothing) -> float:
        world = World({RIGHT: np.array([0.0, 0.0, 500.0])})
        pipeline = make_pipeline(world)
        _, state = run(pipeline, 5)
        world.hands = {RIGHT: np.array([6.0, 0.0, 500.0])}
        result, _ = pipeline.step(frame(5), state, TrackingSettings(smoothing=smoothing))
        return float(result.hands[0].pose.joints_mm[:, 0].mean())

    assert jump(Smoothing.OFF) == pytest.approx(6.0, abs=1e-3)
    followed = [jump(level) for level in Smoothing]
    assert followed == sorted(followed, reverse=True)
    assert followed[-1] < 3.5


def test_the_best_of_all_candidates_is_taken_not_the_first() -> None:
    near, far = np.array([-150.0, 0.0, 500.0]), np.array([150.0, 0.0, 500.0])
    world = World({RIGHT: near, LEFT: far}, doubtful={RIGHT})
    (result,), _ = run(make_pipeline(world), 1)
    np.testing.assert_allclose(result.hands[0].crop.centre_mm, far, atol=0.1)


def test_a_settled_side_needs_no_mirror_image() -> None:
    world = World({RIGHT: np.array([0.0, 0.0, 500.0])})
    pipeline = make_pipeline(world)
    _, state = run(pipeline, 40)
    world.estimates = 0
    run(pipeline, 4, state, 40)
    assert world.estimates == 4


def test_views_from_the_edge_do_not_change_a_side_seen_clearly() -> None:
    clear, edge = flat_hand(0.0), flat_hand(90.0)
    config = TrackConfig()
    track = begin(0, clear, 2.0, 0.0, config)
    for _ in range(4):
        track = update_handedness(track, clear, 5.0, config)
    seen = track.side_log_odds
    for _ in range(10):
        track = update_handedness(track, edge, -5.0, config)
    assert track.handedness is RIGHT
    assert 0.0 < track.side_log_odds < seen
    for _ in range(3):
        track = update_handedness(track, clear, -5.0, config)
    assert track.handedness is LEFT


@pytest.mark.parametrize("side", [SideChoice.LEFT, SideChoice.RIGHT])
def test_a_given_side_is_never_doubted(side: SideChoice) -> None:
    world = World({RIGHT: np.array([0.0, 0.0, 500.0])})
    results, _ = run(make_pipeline(world), 6, settings=replace(OFF, side=side))
    assert {r.hands[0].pose.handedness for r in results} == {side.handedness}
    assert {r.hands[0].side_score for r in results} == {1.0}
    assert world.sides == {side.handedness}


def test_of_two_hands_only_the_one_of_the_given_side_is_reported() -> None:
    world = World({RIGHT: np.array([-150.0, 0.0, 500.0]), LEFT: np.array([150.0, 0.0, 500.0])})
    results, _ = run(make_pipeline(world), 6, settings=replace(TWO, side=SideChoice.LEFT))
    assert {len(r.hands) for r in results} == {1}
    for result in results:
        np.testing.assert_allclose(result.hands[0].crop.centre_mm, [150, 0, 500], atol=0.1)


def test_a_side_given_while_a_hand_is_followed_counts_at_once() -> None:
    world = World({RIGHT: np.array([0.0, 0.0, 500.0])})
    pipeline = make_pipeline(world)
    _, state = run(pipeline, 8)
    (result,), _ = run(pipeline, 1, state, 8, replace(OFF, side=SideChoice.LEFT))
    assert result.hands[0].track_id == 0
    assert result.hands[0].pose.handedness is LEFT


def test_a_doubtful_followed_hand_is_averaged_over_turned_crops() -> None:
    world = World({RIGHT: np.array([20.0, 10.0, 500.0])}, turned_off=9.0, sigma_mm=15.0)
    results, _ = run(make_pipeline(world), 2)
    heights = [r.hands[0].pose.joints_mm[:, 1].mean() for r in results]
    np.testing.assert_allclose(heights, [4.0, 4.0], atol=0.01)


def test_a_doubtful_hand_is_given_up_for_a_much_likelier_one_elsewhere() -> None:
    world = World({RIGHT: np.array([-150.0, 0.0, 500.0])}, sigma_mm=30.0)
    pipeline = make_pipeline(world)
    _, state = run(pipeline, 3)
    world.doubtful, world.less_sharp = {RIGHT}, 2.0
    world.hands[LEFT] = np.array([150.0, 0.0, 500.0])
    results, _ = run(pipeline, 8, state, 3)
    assert [h.track_id for r in results for h in r.hands] == sorted([0] * 2 + [1] * 6)


def test_a_doubtful_hand_is_kept_while_it_is_as_likely_as_another() -> None:
    world = World({RIGHT: np.array([-150.0, 0.0, 500.0])}, sigma_mm=30.0)
    pipeline = make_pipeline(world)
    _, state = run(pipeline, 3)
    world.hands[LEFT] = np.array([150.0, 0.0, 500.0])
    results, _ = run(pipeline, 8, state, 3)
    assert {h.track_id for r in results for h in r.hands} == {0}
