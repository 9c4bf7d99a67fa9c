"""Data sets as they lie on people's disks: holes, images without a label, lists of other kinds."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.errors import InvalidInputError
from tests.dataset_files import IMAGES, PLACES, SPLITS
from training.datasets import open_dataset
from training.datasets.frames import left_out, read_frames


def message(name: str, root: Path) -> str:
    """The one line of the error that opening gives."""
    with pytest.raises(InvalidInputError) as caught:
        open_dataset(name, root, SPLITS[name])
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["nyu", "msra"])
def test_images_that_nobody_annotated_are_left_out(
    name: str, written: dict[str, Path], tmp_path: Path
) -> None:
    root = shutil.copytree(written[name], tmp_path / "set")
    before = open_dataset(name, root, SPLITS[name])
    beyond = {"nyu": "test/depth_1_0000007.png", "msra": "P0/IP/000006_depth.bin"}[name]
    shutil.copy(root / IMAGES[name], root / beyond)
    dataset = open_dataset(name, root, SPLITS[name])
    assert [beyond.endswith(one) for one in dataset.unlabelled] == [True]
    assert len(dataset) == len(before)
    assert left_out(dataset, []) == ("1 image has no label",)
    for index in range(len(dataset)):
        assert dataset[index].name == before[index].name
        assert np.array_equal(dataset[index].joints_mm, before[index].joints_mm, equal_nan=True)


def test_msra_with_a_hole_pairs_by_number(written: dict[str, Path], tmp_path: Path) -> None:
    root = shutil.copytree(written["msra"], tmp_path / "set")
    (root / "P0/IP/000002_depth.bin").unlink()
    assert "P0/IP/000002_depth.bin is missing" in message("msra", root)
    dataset = open_dataset("msra", root, "test", allow_missing=True)
    assert dataset.missing == ("P0/IP/000002_depth.bin",)
    assert (dataset.annotated, len(dataset)) == (17 * 6, 17 * 6 - 1)
    for index in range(len(dataset)):
        frame = dataset[index]
        assert frame.depth_mm.max() == pytest.approx(frame.joints_mm[:, 2].max(), abs=0.01)


def test_msra_with_images_that_may_be_shifted_is_never_paired_wrongly(
    written: dict[str, Path], tmp_path: Path
) -> None:
    root = shutil.copytree(written["msra"], tmp_path / "set")
    # As many images as lines, with a hole: line 2 may belong to image 2 or to image 3.
    (root / "P0/IP/000002_depth.bin").rename(root / "P0/IP/000006_depth.bin")
    text = message("msra", root)
    assert "no image surely belongs to a line" in text
    assert "--allow-missing" in text
    dataset = open_dataset("msra", root, "test", allow_missing=True)
    kept = [dataset[k].name for k in range(len(dataset)) if "/IP/" in dataset[k].name]
    assert kept == ["P0/IP/000000_depth.bin", "P0/IP/000001_depth.bin"]
    assert left_out(dataset, []) == ("4 annotated frames had no image",)


def test_damaged_images_are_left_out_if_allowed(copied: tuple[str, Path]) -> None:
    name, root = copied
    path = root / IMAGES[name]
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    dataset = open_dataset(name, root, SPLITS[name])
    with pytest.raises(InvalidInputError, match="--allow-missing"):
        list(read_frames(dataset, range(len(dataset))))
    damaged: list[str] = []
    kept = [index for index, _ in read_frames(dataset, range(len(dataset)), damaged)]
    assert len(kept) == len(dataset) - 1
    assert PLACES[name] not in kept
    assert [IMAGES[name] in text for text in damaged] == [True]
    (sentence,) = left_out(dataset, damaged)
    assert sentence.startswith("1 image was damaged (")


def windows(line: str) -> str:
    return line.replace("/", "\\")


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("Training/labels.txt", "Training/labels.txt", windows),
        ("Training/labels.txt", "Training/train.txt", lambda line: f"Depth/{line}"),
        ("Training/labels.txt", "Training/Labels.txt", lambda line: f"./Depth/{line}"),
        ("Training/labels.txt", "Training/train.txt", lambda line: windows(f"Depth/{line}")),
        ("Testing/test_seq_1.txt", "Testing/test_seq_1.txt", windows),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_icvl_lists_of_other_programs(
    old: str,
    new: str,
    change: Callable[[str], str],
    end: str,
    written: dict[str, Path],
    tmp_path: Path,
) -> None:
    root = shutil.copytree(written["icvl"], tmp_path / "set")
    split = "train" if "Training" in old else "test"
    before = open_dataset("icvl", root, split)
    lines = [change(line) for line in (root / old).read_text().splitlines() if line]
    (root / old).unlink()
    (root / new).write_bytes("".join(line + end for line in lines).encode())
    dataset = open_dataset("icvl", root, split)
    assert len(dataset) == len(before)
    for index in range(len(dataset)):
        assert dataset[index].name == before[index].name
        assert np.array_equal(dataset[index].native_mm, before[index].native_mm)


def test_icvl_without_a_known_list_says_what_is_there(
    written: dict[str, Path], tmp_path: Path
) -> None:
    root = shutil.copytree(written["icvl"], tmp_path / "set")
    (root / "Training/labels.txt").rename(root / "Training/annotations.txt")
    with pytest.raises(InvalidInputError, match=r"labels\.txt is expected.*annotations\.txt"):
        open_dataset("icvl", root, "train")


def test_msra_depths_that_mean_nothing_are_nothing(
    written: dict[str, Path], tmp_path: Path
) -> None:
    root = shutil.copytree(written["msra"], tmp_path / "set")
    values = struct.pack("<4f", float("nan"), -3.0, float("inf"), 500.0)
    (root / IMAGES["msra"]).write_bytes(struct.pack("<6i", 320, 240, 10, 10, 14, 11) + values)
    depth = open_dataset("msra", root, "test")[PLACES["msra"]].depth_mm
    assert depth[10, 10:14].tolist() == [0.0, 0.0, 0.0, 500.0]


@pytest.mark.parametrize("name", ["nyu", "icvl", "hands17"])
def test_pointers_in_place_of_images_are_named(
    name: str, written: dict[str, Path], tmp_path: Path
) -> None:
    root = shutil.copytree(written[name], tmp_path / "set")
    (root / IMAGES[name]).write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 90000\n"
    )
    dataset = open_dataset(name, root, SPLITS[name])
    with pytest.raises(InvalidInputError, match=r"git-lfs pointer.*git lfs pull"):
        dataset[PLACES[name]]
