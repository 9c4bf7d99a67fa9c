"""Lists of predictions: the circle from a data set through the networks to the score."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.cli.main import main as program
from tests.dataset_files import SPLITS, WRITERS, nyu_points, right_hands
from training.__main__ import main
from training.datasets import open_dataset
from training.datasets.formats import BENCHMARKS, ICVL, MSRA, NYU
from training.datasets.tables import read_joint_list
from training.evaluation.centres import read_centres
from training.evaluation.native_joints import evaluated_points


@pytest.fixture(scope="module")
def hands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn hands in NYU's layout: 6 frames of the training split."""
    folder = tmp_path_factory.mktemp("sets") / "nyu"
    made = ["latent", "--sample", "6", "--export", str(folder), "--layout", "nyu"]
    assert program(made) == 0
    return folder


def predict(*given: object) -> int:
    return main(["predict", *map(str, given)])


def mean_mm(text: str) -> float:
    """The score's mean error."""
    return float(text.splitlines()[-1].split()[1])


def test_the_circle_closes(hands: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found, truth = tmp_path / "found.txt", tmp_path / "truth.txt"
    given = ("--dataset", "nyu", "--path", hands, "--split", "train")
    assert predict(*given, "--output", found, "--ground-truth", truth) == 0
    assert f"{found}: 6 lines" in capsys.readouterr().out
    stored = open_dataset("nyu", hands, "train")
    listed = read_joint_list(truth, len(NYU.evaluated))
    for line, index in zip(listed, range(len(stored)), strict=True):
        native = stored[index].native_mm[list(NYU.evaluated)]
        np.testing.assert_allclose(line[:, 2], native[:, 2], atol=1e-3)
        np.testing.assert_allclose(line[:, :2], NYU.camera.project(native), atol=1e-2)
    scored = ["score", "--dataset", "nyu", "--ground-truth", str(truth), "--predictions"]
    assert main([*scored, str(found)]) == 0
    assert mean_mm(capsys.readouterr().out) < 20.0  # whoever cannot see the hand is 60 mm off
    assert main([*scored, str(truth)]) == 0
    assert mean_mm(capsys.readouterr().out) == 0.0


@pytest.mark.parametrize(
    "write",
    [
        lambda xyz, uvd: uvd,
        lambda xyz, uvd: xyz,
        lambda xyz, uvd: xyz * (1.0, -1.0, 1.0),
    ],
)
def test_centres_are_read_as_they_are_meant(
    hands: Path, tmp_path: Path, write: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> None:
    dataset = open_dataset("nyu", hands, "train")
    frames = [dataset[k] for k in range(len(dataset))]
    xyz = np.array([frame.native_mm.mean(axis=0) for frame in frames], np.float64)
    uvd = np.concatenate([NYU.camera.project(xyz), xyz[:, 2:]], axis=1)
    lines = [" ".join(f"{x:.3f}" for x in line) for line in write(xyz, uvd)]
    lines[2] = "invalid"
    path = tmp_path / "centres.txt"
    path.write_text("\r\n".join(lines) + "\r\n")
    found, understood = read_centres(path, dataset)
    assert np.isnan(found[2]).all()
    kept = [0, 1, 3, 4, 5]
    assert understood in ("u v d", "x y z", "x y z with y up")
    np.testing.assert_allclose(found[kept], xyz[kept], atol=0.1)
    given = ("--dataset", "nyu", "--path", hands, "--split", "train", "--centres", path)
    assert predict(*given, "--cube", "usual", "--output", tmp_path / "found.txt") == 0
    path.write_text("\n".join(lines[:3]))
    assert predict(*given, "--output", tmp_path / "none.txt") == 2
    assert not (tmp_path / "none.txt").exists()


@pytest.mark.parametrize("name", ["icvl", "msra", "hands17"])
def test_every_set_has_its_own_list(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = WRITERS[name](tmp_path / name, right_hands(2))
    output = tmp_path / "list.txt"
    given = ("--dataset", name, "--path", root, "--split", SPLITS[name], "--output", output)
    assert predict(*given) == 0
    dataset = open_dataset(name, root, SPLITS[name])
    if name == "hands17":
        rows = [line.split("\t") for line in output.read_text().splitlines()]
        assert [row[0] for row in rows] == ["image_D00000001.png", "image_D00000002.png"]
        joints = np.array([row[1:] for row in rows], float).reshape(-1, 21, 3)
    else:
        joints = read_joint_list(output, len(BENCHMARKS[name].evaluated))
    assert len(joints) == len(dataset)
    assert (joints[..., 2] > 100.0).all()


def test_frames_without_an_image_keep_their_line(
    hands: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import shutil

    root = shutil.copytree(hands, tmp_path / "nyu")
    (root / "train/depth_1_0000003.png").unlink()
    damaged = root / "train/depth_1_0000005.png"
    damaged.write_bytes(damaged.read_bytes()[:500])
    output = tmp_path / "list.txt"
    given = ("--dataset", "nyu", "--path", root, "--split", "train", "--output", output)
    assert predict(*given) == 2
    assert "--allow-missing" in capsys.readouterr().err
    assert predict(*given, "--allow-missing") == 0
    told = capsys.readouterr().out
    assert "1 annotated frame had no image" in told
    assert "1 image was damaged" in told
    lines = output.read_text().splitlines()
    assert len(lines) == 6
    assert lines[2] == lines[1]
    assert lines[4] == lines[3]
    assert lines[5] != lines[4]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--cube", "huge"), "--cube is 'usual' or a side"),
        (("--cube", "5"), "--cube is 'usual' or a side"),
        (("--subjects", "P1"), "goes with --dataset msra"),
        (("--centres", "nowhere.txt"), "nowhere.txt cannot be read"),
        (("--models", "nowhere"), "nowhere"),
    ],
)
def test_unusable_options_are_named(
    hands: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, ...],
    words: str,
) -> None:
    given = ("--dataset", "nyu", "--path", hands, "--split", "train")
    assert predict(*given, "--output", tmp_path / "list.txt", *more) == 2
    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert words in told


def test_joints_become_the_points_of_a_set() -> None:
    (hand,) = right_hands(1)
    msra = evaluated_points(MSRA, hand)
    np.testing.assert_allclose(MSRA.to_mediapipe(msra), hand, atol=1e-3)
    nyu = evaluated_points(NYU, hand)
    true = nyu_points(hand[None])[0, list(NYU.evaluated)]
    same = [name.endswith(("tip", "root")) for name in NYU.evaluated_names]
    np.testing.assert_allclose(nyu[same], true[same], atol=1e-3)
    assert np.linalg.norm(nyu - true, axis=1)[11:13].max() < 10.0
    left, right = (NYU.evaluated_names.index(f"wrist {k}") for k in (1, 2))
    assert nyu[left, 0] < hand[0, 0] < nyu[right, 0]  # the index finger's side is the right one
    icvl = evaluated_points(ICVL, hand)
    assert icvl.shape == (16, 3)
    np.testing.assert_allclose(icvl[0], 0.4 * hand[0] + 0.6 * hand[9], atol=1e-3)
