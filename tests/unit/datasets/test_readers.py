"""Readers against small data sets written in the true formats from known hands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.errors import InvalidInputError
from engine.skeleton import JOINT_NAMES, Handedness
from tests.dataset_files import (
    WRITERS,
    icvl_points,
    mirrored,
    nyu_points,
    right_hands,
    write_hands17,
    write_icvl,
    write_msra,
    write_nyu,
)
from training.datasets import AnnotatedFrame, DepthDataset, open_dataset
from training.datasets.frames import seen_handedness

SPLITS = {"nyu": "test", "icvl": "test", "msra": "test", "hands17": "train"}
TIPS = [4, 8, 12, 16, 20]


def opened(name: str, root: Path, count: int = 4) -> DepthDataset:
    WRITERS[name](root, right_hands(count))
    return open_dataset(name, root, SPLITS[name])


def marked(frame: AnnotatedFrame) -> list[int]:
    return np.flatnonzero(np.isfinite(frame.joints_mm).all(axis=1)).tolist()


@pytest.mark.parametrize("name", WRITERS)
def test_the_depth_image_shows_the_joints_where_they_project_to(name: str, tmp_path: Path) -> None:
    dataset = opened(name, tmp_path)
    assert isinstance(dataset, DepthDataset)
    assert dataset.name == name
    assert dataset.missing == ()
    for frame in (dataset[k] for k in range(len(dataset))):
        camera = frame.camera
        assert frame.depth_mm.shape == (camera.height, camera.width)
        assert frame.depth_mm.dtype == np.float32
        assert not frame.depth_mm.flags.writeable
        assert frame.native_mm.shape == (len(dataset.native_joints), 3)
        pixels = np.rint(camera.project(frame.native_mm)).astype(int)
        nearest: dict[tuple[int, int], float] = {}
        for (u, v), z in zip(pixels.tolist(), frame.native_mm[:, 2], strict=True):
            nearest[u, v] = min(nearest.get((u, v), np.inf), float(z))
        seen = {(u, v): float(frame.depth_mm[v, u]) for u, v in nearest}
        assert seen == pytest.approx(nearest, abs=0.51)
        assert np.count_nonzero(frame.depth_mm) == len(nearest)


@pytest.mark.parametrize("name", WRITERS)
def test_frames_are_numbered_like_a_sequence(name: str, tmp_path: Path) -> None:
    dataset = opened(name, tmp_path)
    last = dataset[len(dataset) - 1]
    assert dataset[-1].name == last.name
    assert np.array_equal(dataset[-1].joints_mm, last.joints_mm, equal_nan=True)
    with pytest.raises(IndexError):
        dataset[len(dataset)]


def test_nyu_marks_all_but_the_base_of_the_thumb(tmp_path: Path) -> None:
    hands = right_hands(3, 700.0)
    dataset = open_dataset("nyu", write_nyu(tmp_path, hands), "test")
    assert len(dataset) == 3
    for k, frame in enumerate(dataset[k] for k in range(3)):
        assert frame.name == f"depth_1_{k + 1:07d}.png"
        assert frame.handedness is Handedness.RIGHT
        assert np.allclose(frame.native_mm, nyu_points(hands)[k], atol=0.05)
        assert marked(frame) == [0, *range(2, 21)]
        assert np.allclose(frame.joints_mm[marked(frame)], hands[k, marked(frame)], atol=0.05)
    assert dataset.native_joints[:6] == tuple(f"F1_KNU{n}_{s}" for n in (3, 2, 1) for s in "AB")
    assert dataset.native_joints[24:] == (
        *(f"TH_KNU{n}_{s}" for n in (3, 2, 1) for s in "AB"),
        *(f"PALM_{n}" for n in range(1, 7)),
    )


def test_nyu_has_three_views_of_every_hand(tmp_path: Path) -> None:
    write_nyu(tmp_path, right_hands(2), "train")
    first = open_dataset("nyu", tmp_path, "train")[1]
    third = open_dataset("nyu", tmp_path, "train", view=3)[1]
    assert third.name == "depth_3_0000002.png"
    assert np.allclose(
        third.joints_mm[5:], first.joints_mm[5:] + np.array([0.0, 0.0, 80.0]), atol=0.05
    )
    with pytest.raises(InvalidInputError, match="views 1 to 3, not 4"):
        open_dataset("nyu", tmp_path, "train", view=4)


def test_icvl_shows_left_hands_and_marks_their_tips(tmp_path: Path) -> None:
    hands = right_hands(4)
    dataset = open_dataset("icvl", write_icvl(tmp_path, hands), "test")
    names = [dataset[k].name for k in range(len(dataset))]
    assert names == [f"test_seq_{1 + k // 2}/image_{k:04d}.png" for k in range(4)]
    for k, frame in enumerate(dataset[k] for k in range(4)):
        assert frame.handedness is Handedness.LEFT
        assert np.allclose(frame.native_mm, icvl_points(mirrored(hands))[k], atol=0.01)
        assert marked(frame) == TIPS
        assert np.allclose(frame.joints_mm[TIPS], mirrored(hands)[k, TIPS], atol=0.01)


def test_icvl_training_frames_come_with_and_without_the_rotated_ones(tmp_path: Path) -> None:
    write_icvl(tmp_path, right_hands(4))
    plain = open_dataset("icvl", tmp_path, "train")
    everything = open_dataset("icvl", tmp_path, "train", rotated=True)
    assert (len(plain), len(everything)) == (4, 8)
    assert plain[0].name == "201403121135/image_0000.png"
    assert everything[4].name == "22-5/201403121135/image_0000.png"
    assert 0 < everything[4].depth_mm.max() < 1000


def test_msra_is_turned_to_the_camera_frame_and_stays_right_handed(tmp_path: Path) -> None:
    hands = right_hands(12)
    dataset = open_dataset("msra", write_msra(tmp_path, hands), "test")
    assert len(dataset) == 17 * 12
    frame = dataset[12 * 16 + 3]
    assert frame.name == "P0/Y/000003_depth.bin"
    assert frame.handedness is Handedness.RIGHT
    assert np.allclose(frame.joints_mm, hands[3], atol=0.01)
    assert dataset.native_joints[:2] == ("wrist", "index_mcp")
    assert dataset.native_joints[-1] == "thumb_tip"


def test_msra_leaves_one_subject_out(tmp_path: Path) -> None:
    subjects = [f"P{k}" for k in range(9)]
    write_msra(tmp_path, right_hands(1), subjects)
    train = open_dataset("msra", tmp_path, "train", test_subject="P4")
    assert {train[k].name[:2] for k in range(len(train))} == set(subjects) - {"P4"}
    test = open_dataset("msra", tmp_path, "test", test_subject="P4")
    assert {test[k].name[:2] for k in range(len(test))} == {"P4"}
    listed = open_dataset("msra", tmp_path, subjects=["P7", "P1"])
    assert [listed[k].name[:2] for k in range(len(listed))] == ["P7"] * 17 + ["P1"] * 17
    with pytest.raises(InvalidInputError, match="P9"):
        open_dataset("msra", tmp_path, subjects=["P9"])


def test_hands17_is_read_in_its_own_order(tmp_path: Path) -> None:
    hands = right_hands(3)
    dataset = open_dataset("hands17", write_hands17(tmp_path, hands), "train")
    frame = dataset[2]
    assert frame.name == "image_D00000003.png"
    assert np.allclose(frame.joints_mm, hands[2], atol=0.01)
    assert sorted(dataset.native_joints) == sorted(JOINT_NAMES)
    for name, point in zip(dataset.native_joints, frame.native_mm, strict=True):
        assert np.allclose(point, hands[2, JOINT_NAMES.index(name)], atol=0.01)


def test_hands17_takes_the_side_from_the_joints(tmp_path: Path) -> None:
    write_hands17(tmp_path / "left", mirrored(right_hands(12)))
    assert open_dataset("hands17", tmp_path / "left")[0].handedness is Handedness.LEFT
    write_hands17(tmp_path / "right", right_hands(12))
    assert open_dataset("hands17", tmp_path / "right")[0].handedness is Handedness.RIGHT


def test_the_frames_of_the_hands17_challenge_have_no_joints(tmp_path: Path) -> None:
    dataset = open_dataset("hands17", write_hands17(tmp_path, right_hands(2)), "test")
    assert len(dataset) == 2
    assert np.isnan(dataset[0].joints_mm).all()
    assert dataset[0].depth_mm.max() > 0


@pytest.mark.parametrize(("name", "writer"), [("msra", write_msra), ("nyu", write_nyu)])
def test_mirrored_hands_are_noticed(
    name: str, writer: Callable[..., object], tmp_path: Path
) -> None:
    writer(tmp_path, mirrored(right_hands(12)))
    with pytest.raises(InvalidInputError, match="joints are those of left hands"):
        open_dataset(name, tmp_path, "test")


def test_the_side_shows_from_any_direction() -> None:
    rng = np.random.default_rng(0)
    turns = np.linalg.qr(rng.normal(size=(20, 3, 3)))[0]
    turns *= np.linalg.det(turns)[:, None, None]
    hands = right_hands(20) @ turns
    assert seen_handedness(hands) is Handedness.RIGHT
    assert seen_handedness(hands * -1.0) is Handedness.LEFT
    assert seen_handedness(hands[:5]) is None
    assert seen_handedness(np.full((20, 21, 3), np.nan)) is None


def test_the_side_of_the_real_nyu_and_icvl_hands(benchmarks: Path) -> None:
    from training.datasets.formats import ICVL, NYU, to_mm
    from training.datasets.tables import read_joint_list

    nyu = read_joint_list(benchmarks / "nyu/nyu_test_groundtruth_label.txt", 14)
    points = np.full((len(nyu), 36, 3), np.nan)
    points[:, list(NYU.evaluated)] = to_mm(nyu, NYU.camera)
    # The 14 evaluated points have roots (PIP) but no knuckles; roots serve as such here.
    hands = NYU.to_mediapipe(points)
    hands[:, [5, 9, 13, 17]] = hands[:, [6, 10, 14, 18]]
    assert seen_handedness(hands) is NYU.handedness

    icvl = to_mm(
        read_joint_list(benchmarks / "icvl/icvl_test_groundtruth_label.txt", 16), ICVL.camera
    )
    hands = ICVL.to_mediapipe(icvl)
    hands[:, 0], hands[:, [5, 9, 13, 17]] = icvl[:, 0], icvl[:, [4, 7, 10, 13]]
    assert seen_handedness(hands) is ICVL.handedness


def test_names_and_splits_are_checked(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="nyu, icvl, msra, hands17, not 'mnist'"):
        open_dataset("mnist", tmp_path)
    with pytest.raises(InvalidInputError, match="train or test, not 'validation'"):
        open_dataset("nyu", tmp_path, "validation")
    with pytest.raises(InvalidInputError, match="nowhere is no folder"):
        open_dataset("nyu", tmp_path / "nowhere")
