"""Annotated frames through the live crop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import InvalidInputError
from engine.tracking.crop_coordinates import CROP_SIZE, uvd_to_camera
from tests.dataset_files import WRITERS, right_hands, write_hands17, write_icvl, write_msra
from training.datasets import AnnotatedFrame, open_dataset
from training.datasets.crops import AnnotatedCrop, annotated_centre, cut_annotated

SPLITS = {"nyu": "test", "icvl": "test", "msra": "test", "hands17": "train"}


def solid(frame: AnnotatedFrame) -> AnnotatedFrame:
    """The frame with every joint drawn as a patch of 5 x 5 pixels, so that no crop misses it."""
    depth = np.zeros_like(frame.depth_mm)
    points = frame.native_mm[np.argsort(-frame.native_mm[:, 2])]
    for (u, v), z in zip(
        np.rint(frame.camera.project(points)).astype(int), points[:, 2], strict=True
    ):
        depth[v - 2 : v + 3, u - 2 : u + 3] = z
    return replace(frame, depth_mm=depth)


def hits(cut: AnnotatedCrop) -> np.ndarray:
    """The gap in mm between each native joint that nothing hides and what is shown there, if it is
    not empty as behind the edge of a nearer finger."""
    column = np.rint((cut.native[:, 0] + 1.0) * CROP_SIZE / 2 - 0.5).astype(int)
    row = np.rint((cut.native[:, 1] + 1.0) * CROP_SIZE / 2 - 0.5).astype(int)
    shown = cut.crop.image[row, column]
    gap = (shown - cut.native[:, 2]) * cut.crop.cube_mm / 2
    return gap[(gap > -5.0) & (shown < 1.0)]


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("roll", [0.0, 1.0])
def test_joints_lie_where_the_crop_shows_them(name: str, roll: float, tmp_path: Path) -> None:
    WRITERS[name](tmp_path, right_hands(4))
    frame = open_dataset(name, tmp_path, SPLITS[name])[1]
    cut = cut_annotated(solid(frame), roll_rad=roll)
    assert cut.name == frame.name
    assert cut.crop.mirrored is (name == "icvl")
    assert np.allclose(
        uvd_to_camera(cut.crop, cut.joints), frame.joints_mm, atol=0.05, equal_nan=True
    )
    assert np.abs(cut.native).max() < 1.0
    gaps = hits(cut)
    assert len(gaps) > 0.6 * len(cut.native)
    assert np.abs(gaps).max() < 5.0


def test_a_left_hand_is_shown_as_a_right_one(tmp_path: Path) -> None:
    hands = right_hands(2)
    left = cut_annotated(open_dataset("icvl", write_icvl(tmp_path / "i", hands), "test")[0])
    right = cut_annotated(open_dataset("msra", write_msra(tmp_path / "m", hands), "test")[0])
    tips = [4, 8, 12, 16, 20]
    span = np.ptp(right.joints[tips, 0])
    assert np.ptp(left.joints[tips, 0]) == pytest.approx(span, rel=0.05)
    assert np.argsort(left.joints[tips, 0]).tolist() == np.argsort(right.joints[tips, 0]).tolist()


def test_the_centre_is_the_mean_of_the_marked_joints(tmp_path: Path) -> None:
    hands = right_hands(2)
    frame = open_dataset("msra", write_msra(tmp_path, hands), "test")[0]
    assert np.allclose(annotated_centre(frame), hands[0].mean(axis=0), atol=0.01)
    joints, native = frame.joints_mm.copy(), frame.native_mm.copy()
    joints[3] = native[19] = np.nan
    some = replace(frame, joints_mm=joints, native_mm=native)
    expected = np.delete(hands[0], 3, axis=0).mean(axis=0)
    assert np.allclose(annotated_centre(some), expected, atol=0.01)
    cut = cut_annotated(some)
    assert np.isnan(cut.joints[3]).all()
    assert np.isfinite(np.delete(cut.joints, 3, axis=0)).all()


def test_noise_moves_the_centre_and_is_repeatable(tmp_path: Path) -> None:
    frame = open_dataset("msra", write_msra(tmp_path, right_hands(1)), "test")[0]
    centre = annotated_centre(frame)
    first, again = (
        cut_annotated(frame, centre_sd_mm=10.0, rng=np.random.default_rng(5)) for _ in range(2)
    )
    assert np.array_equal(first.crop.centre_mm, again.crop.centre_mm)
    assert 1.0 < np.linalg.norm(first.crop.centre_mm - centre) < 60.0
    rng = np.random.default_rng(0)
    moved = [cut_annotated(frame, centre_sd_mm=10.0, rng=rng).crop.centre_mm for _ in range(200)]
    assert np.std(moved, axis=0) == pytest.approx(10.0, rel=0.2)
    assert np.allclose(uvd_to_camera(first.crop, first.joints), frame.joints_mm, atol=0.05)
    with pytest.raises(InvalidInputError, match="random generator"):
        cut_annotated(frame, centre_sd_mm=10.0)


def test_frames_that_cannot_be_cut_are_named(tmp_path: Path) -> None:
    unmarked = open_dataset("hands17", write_hands17(tmp_path, right_hands(1)), "test")[0]
    with pytest.raises(InvalidInputError, match=r"image_D00000001\.png has no marked joints"):
        cut_annotated(unmarked)
    frame = open_dataset("hands17", tmp_path, "train")[0]
    behind = replace(frame, joints_mm=-frame.joints_mm, native_mm=-frame.native_mm)
    with pytest.raises(InvalidInputError, match=r"image_D00000001\.png: crop centre"):
        cut_annotated(behind)
