"""The proof tells gain from loss, and chance from both."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from engine.skeleton import JOINT_COUNT
from training.adaptation.held_out import HeldOutResults
from training.adaptation.proof import MIN_FRAMES, Proof, SyntheticError, prove

FRAMES = 120
SAME = (SyntheticError(12.0, 0.94, 0.02), SyntheticError(12.0, 0.94, 0.02))


def results(
    unexplained: float = 0.3, disagreement_mm: float = 8.0, noise_mm: float = 3.0, seed: int = 0
) -> HeldOutResults:
    """What networks make of a hand that stands still."""
    rng = np.random.default_rng(seed)
    hand = np.random.default_rng(9).normal([0.0, 0.0, 500.0], 40.0, (JOINT_COUNT, 3))
    joints = hand + rng.normal(0.0, noise_mm, (FRAMES, JOINT_COUNT, 3))
    explained = 1.0 - unexplained + rng.normal(0.0, 0.02, FRAMES)
    views = disagreement_mm + rng.normal(0.0, 0.5, FRAMES)
    return HeldOutResults(
        joints.astype(np.float32),
        explained.astype(np.float32),
        views.astype(np.float32),
        np.ones(FRAMES, np.float32),
        np.zeros(FRAMES, np.float32),
        np.zeros(FRAMES, np.int64),
        33.0 * np.arange(FRAMES, dtype=np.float64),
        {},
    )


def lost(after: HeldOutResults, count: int) -> HeldOutResults:
    """The same without a hand in the first frames."""
    joints = after.joints_mm.copy()
    joints[:count] = np.nan
    return dataclasses.replace(after, joints_mm=joints)


def reasons(proof: Proof) -> str:
    return "; ".join(proof.reasons)


def test_a_gain_is_kept() -> None:
    proof = prove(results(), results(0.25, 6.5, 2.2, seed=1), SAME)
    assert proof.kept, reasons(proof)
    ratios = [8 / 6.5, 1.0, 3 / 2.2, 3 / 2.2]
    assert proof.gain == pytest.approx(np.log(ratios).mean(), abs=0.05)
    assert proof.sure > 0.95
    assert [measure.unit for measure in proof.measures] == ["%", "mm", "%", "%", "mm"]


def alone(after: HeldOutResults, share: float) -> HeldOutResults:
    """The same where a share of the frames shows the hand also by itself."""
    values = np.zeros(FRAMES, np.float32)
    values[: round(share * FRAMES)] = 1.0
    return dataclasses.replace(after, alone=np.random.default_rng(4).permutation(values))


def test_hands_that_are_found_without_memory_count_but_the_last_few_little() -> None:
    before = alone(results(), 0.8)
    more, few = (prove(before, alone(results(0.28), share), SAME) for share in (0.95, 0.81))
    gains = [proof.measures[2].log_gain for proof in (more, few)]
    assert gains == pytest.approx([np.log(25 / 10), np.log(25 / 24)], abs=0.02)
    worse = prove(alone(results(), 0.95), alone(results(0.2, 6.0, 2.0), 0.8), SAME)
    assert "missed without memory grew" in reasons(worse)


def test_no_change_is_not_kept() -> None:
    assert not prove(results(), results(seed=1), SAME).kept


def test_more_depth_explained_is_no_gain_by_itself() -> None:
    proof = prove(results(), results(0.2, seed=1), SAME)
    assert not proof.kept
    assert "2% is least" in reasons(proof)


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (results(0.4, 6.0, 2.0, seed=1), "not explained grew by 3"),
        (results(0.31, 6.0, 2.0, seed=1), "not explained grew by"),
        (results(0.25, 10.0, 2.0, seed=1), "disagreement of views grew"),
        (results(0.25, 6.0, 4.5, seed=1), "bone lengths grew"),
        (lost(results(0.25, 6.0, 2.0, seed=1), 12), "10.0% of the frames are lost"),
        (lost(results(0.25, 6.0, 2.0, seed=1), FRAMES - MIN_FRAMES + 1), "in only 11"),
    ],
)
def test_a_loss_is_not_kept(after: HeldOutResults, words: str) -> None:
    proof = prove(results(), after, SAME)
    assert not proof.kept
    assert words in reasons(proof)


def test_what_forgets_synthetic_hands_is_not_kept() -> None:
    better = results(0.25, 6.5, 2.2, seed=1)
    same, _ = SAME
    worse = (same, dataclasses.replace(same, error_mm=12.3))
    assert "synthetic hands grew by 2.5%" in reasons(prove(results(), better, worse))
    blind = (same, dataclasses.replace(same, class_accuracy=0.9))
    assert "told apart" in reasons(prove(results(), better, blind))


def test_what_sees_hands_where_none_are_is_not_kept() -> None:
    better = results(0.25, 6.5, 2.2, seed=1)
    same, _ = SAME
    more = (same, dataclasses.replace(same, false_hands=0.06))
    assert "6%, not 2%, of the scenes without one" in reasons(prove(results(), better, more))
    few = (same, dataclasses.replace(same, false_hands=0.04))
    assert prove(results(), better, few).kept
    beside = np.full(FRAMES, np.nan, np.float32)
    beside[::3] = 0.0
    beside[:12:3] = 1.0
    further = dataclasses.replace(better, beside=beside)
    assert "beside the hand in 10%, not 0%" in reasons(prove(results(), further, SAME))
    assert prove(dataclasses.replace(results(), beside=beside), further, SAME).kept


def test_jitter_counts_only_while_the_hand_is_still() -> None:
    moving = results()
    way = np.arange(FRAMES, dtype=np.float32)[:, None, None] * 20.0
    moved = dataclasses.replace(moving, joints_mm=moving.joints_mm + way)
    proof = prove(moved, moved, SAME)
    jitter = next(each for each in proof.measures if each.name.startswith("jitter"))
    assert np.isnan(jitter.before)
    assert jitter.log_gain == 0.0
