"""Wrong, partial and damaged data sets: one clear error that names the file, nothing skipped."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.io import savemat

from engine.errors import InvalidInputError
from tests.dataset_files import IMAGES, LABELS, PLACES, SPLITS, right_hands, write_nyu
from training.datasets import open_dataset

TEXT_SETS = ("icvl", "msra", "hands17")


def message(name: str, root: Path, index: int | None = None) -> str:
    """The one line of the error that opening, or reading frame ``index``, gives."""
    with pytest.raises(InvalidInputError) as caught:
        dataset = open_dataset(name, root, SPLITS[name])
        if index is not None:
            dataset[index]
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_a_missing_image(copied: tuple[str, Path]) -> None:
    name, root = copied
    (root / IMAGES[name]).unlink()
    assert IMAGES[name] in message(name, root)
    dataset = open_dataset(name, root, SPLITS[name], allow_missing=True)
    assert len(dataset.missing) == 1
    assert IMAGES[name].endswith(dataset.missing[0])
    assert dataset.missing[0] not in [dataset[k].name for k in range(len(dataset))]


def test_no_image_at_all(copied: tuple[str, Path]) -> None:
    name, root = copied
    for path in [*root.rglob("*.png"), *root.rglob("*.bin")]:
        path.unlink()
    with pytest.raises(InvalidInputError, match="none of the"):
        open_dataset(name, root, SPLITS[name], allow_missing=True)


def test_missing_annotations(copied: tuple[str, Path]) -> None:
    name, root = copied
    (root / LABELS[name]).unlink()
    assert LABELS[name] in message(name, root)


def test_annotations_that_are_none(copied: tuple[str, Path]) -> None:
    name, root = copied
    (root / LABELS[name]).write_bytes(b"\x80\x81 nothing \xff")
    assert LABELS[name] in message(name, root)
    (root / LABELS[name]).write_bytes(b"")
    assert LABELS[name] in message(name, root)


def test_a_truncated_image(copied: tuple[str, Path]) -> None:
    name, root = copied
    path = root / IMAGES[name]
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert IMAGES[name] in message(name, root, PLACES[name])


def test_an_image_that_vanishes_after_opening(copied: tuple[str, Path]) -> None:
    name, root = copied
    dataset = open_dataset(name, root, SPLITS[name])
    (root / IMAGES[name]).unlink()
    with pytest.raises(InvalidInputError, match=Path(IMAGES[name]).name):
        dataset[PLACES[name]]


def test_an_image_of_another_size(copied: tuple[str, Path]) -> None:
    name, root = copied
    path = root / IMAGES[name]
    if name == "msra":
        path.write_bytes(struct.pack("<6i", 640, 480, 0, 0, 1, 1) + bytes(4))
    else:
        with Image.open(path) as image:
            image.crop((0, 0, 64, 48)).save(path)
    text = message(name, root, PLACES[name])
    assert IMAGES[name] in text
    assert "x240" in text or "x480" in text


@pytest.mark.parametrize("name", ["nyu", "icvl", "hands17"])
def test_an_image_of_another_type(name: str, written: dict[str, Path], tmp_path: Path) -> None:
    root = shutil.copytree(written[name], tmp_path / "set")
    path = root / IMAGES[name]
    with Image.open(path) as image:
        size = image.size
    Image.new("L", size).save(path)
    assert IMAGES[name] in message(name, root, PLACES[name])


def changed_line(path: Path, number: int, change: Callable[[str], str]) -> None:
    lines = path.read_text().rstrip().splitlines()
    lines[number - 1] = change(lines[number - 1])
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("name", TEXT_SETS)
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda line: line.rsplit(maxsplit=1)[0], "numbers where"),
        (lambda line: line.rstrip() + " 1.0", "numbers where"),
        (lambda line: line.rsplit(maxsplit=1)[0] + " nan", "not finite"),
        (lambda line: line.rsplit(maxsplit=1)[0] + " 1e99", "not finite"),
        (lambda line: line.rsplit(maxsplit=1)[0] + " seven", "seven"),
        (lambda line: line.rsplit(maxsplit=1)[0] + " 0", "not in front of the camera"),
        (lambda line: "", "blank"),
    ],
)
def test_a_damaged_line_is_named(
    name: str, change: Callable[[str], str], words: str, written: dict[str, Path], tmp_path: Path
) -> None:
    root = shutil.copytree(written[name], tmp_path / "set")
    changed_line(root / LABELS[name], 2, change)
    text = message(name, root)
    assert f"{LABELS[name]}, line 2" in text
    assert words in text


@pytest.mark.parametrize("name", ["icvl", "hands17"])
@pytest.mark.parametrize("file", ["../../secret.png", "/etc/passwd", "notes.txt"])
def test_a_line_that_names_no_image(
    name: str, file: str, written: dict[str, Path], tmp_path: Path
) -> None:
    root = shutil.copytree(written[name], tmp_path / "set")
    changed_line(root / LABELS[name], 2, lambda line: f"{file} {line.split(maxsplit=1)[1]}")
    assert f"{LABELS[name]}, line 2: {file!r} names no image" in message(name, root)


@pytest.mark.parametrize("count", ["5", "7", "six"])
def test_msra_gesture_with_another_number_of_frames(
    count: str, written: dict[str, Path], tmp_path: Path
) -> None:
    root = shutil.copytree(written["msra"], tmp_path / "set")
    changed_line(root / LABELS["msra"], 1, lambda line: count)
    assert f"announces {count} frames and annotates 6" in message("msra", root)


def test_msra_without_a_gesture(written: dict[str, Path], tmp_path: Path) -> None:
    root = shutil.copytree(written["msra"], tmp_path / "set")
    shutil.rmtree(root / "P0" / "TIP")
    assert "gesture TIP of MSRA's subject P0" in message("msra", root)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        struct.pack("<6i", 320, 240, 10, 10, 12, 12) + bytes(12),
        struct.pack("<6i", 320, 240, 12, 10, 10, 12),
        struct.pack("<6i", 320, 240, 5, 5, 5, 5),
        struct.pack("<6i", 320, 240, 310, 10, 330, 11) + bytes(80),
        b"\xff" * 64,
    ],
)
def test_msra_patches_that_are_none(
    content: bytes, written: dict[str, Path], tmp_path: Path
) -> None:
    root = shutil.copytree(written["msra"], tmp_path / "set")
    (root / IMAGES["msra"]).write_bytes(content)
    assert IMAGES["msra"] in message("msra", root, PLACES["msra"])


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"joint_xyz": np.ones((3, 6, 36, 3))}, "no readable joint_uvd"),
        ({"joint_uvd": np.ones((3, 6, 14, 3))}, r"[3, 6, 14, 3], not"),
        ({"joint_uvd": np.ones((6, 36, 3))}, r"[6, 36, 3], not"),
        ({"joint_uvd": np.full((3, 6, 36, 3), np.nan)}, "frame 1 of view 1 has no usable joints"),
        ({"joint_uvd": np.zeros((3, 6, 36, 3))}, "frame 1 of view 1 has no usable joints"),
        ({"joint_uvd": "text"}, "not [views"),
    ],
)
def test_nyu_joints_of_another_form(
    variables: dict[str, object], words: str, written: dict[str, Path], tmp_path: Path
) -> None:
    root = shutil.copytree(written["nyu"], tmp_path / "set")
    savemat(root / LABELS["nyu"], variables)
    text = message("nyu", root)
    assert LABELS["nyu"] in text
    assert words in text


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.floats(0.0, 1.0), value=st.integers(0, 255), keep=st.floats(0.0, 1.0))
def test_a_damaged_mat_file_is_read_or_refused(
    place: float, value: int, keep: float, tmp_path: Path
) -> None:
    root = tmp_path / "set"
    if not root.exists():
        write_nyu(root, right_hands(2), views=1)
        shutil.copy(root / LABELS["nyu"], root / "whole.mat")
    content = bytearray((root / "whole.mat").read_bytes())
    content[int(place * (len(content) - 1))] = value
    cut = len(content) if keep > 0.3 else int(keep / 0.3 * len(content))
    (root / LABELS["nyu"]).write_bytes(content[:cut])
    try:
        dataset = open_dataset("nyu", root, "test")
        assert np.isfinite(dataset[0].native_mm).all()
    except InvalidInputError as error:
        refusal = str(error)
    else:
        return
    assert "\n" not in refusal
    assert str(root) in refusal
