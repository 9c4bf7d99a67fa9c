"""The score command: the figures everybody publishes, known answers, errors and the plot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.__main__ import main

PUBLISHED = {
    "nyu": {
        "CVWW15_NYU_Prior": "20.750",
        "IJCAI16_NYU_DeepModel": "17.036",
        "ICCV15_NYU_Feedback": "15.973",
        "ICCVW17_NYU_DeepPrior++": "12.238",
        "NEUCOM18_NYU_Pose_REN": "11.811",
        "CVPR18_NYU_V2V_PoseNet": "8.419",
    },
    "icvl": {
        "CVPR14_LRF_Results": "12.578",
        "IJCAI16_ICVL_DeepModel": "11.561",
        "ICIP17_ICVL_REN_4x6x6": "7.628",
        "NEUCOM18_ICVL_Pose_REN": "6.791",
        "CVPR18_ICVL_V2V_PoseNet": "6.284",
    },
}
LENSES = {
    "nyu": (588.03, 587.07, 320.0, 240.0, 14),
    "icvl": (240.99, 240.96, 160.0, 120.0, 16),
    "msra": (241.42, 241.42, 160.0, 120.0, 21),
}


def write(path: Path, dataset: str, points: np.ndarray) -> Path:
    """Write points [N, J, 3] in mm as ``u v d``."""
    fx, fy, cx, cy, _ = LENSES[dataset]
    x, y, z = np.moveaxis(points, -1, 0)
    uvd = np.stack([cx + fx * x / z, cy + fy * y / z, z], axis=-1)
    np.savetxt(path, uvd.reshape(len(uvd), -1), "%.9f")
    return path


def truth(dataset: str, frames: int = 10) -> np.ndarray:
    shape = (frames, LENSES[dataset][4], 3)
    return np.random.default_rng(0).uniform(-80.0, 80.0, shape) + np.array([0.0, 0.0, 500.0])


def command(dataset: str, ground_truth: Path, *predictions: Path) -> list[str]:
    names = [str(path) for path in predictions]
    return [
        *("score", "--dataset", dataset, "--ground-truth", str(ground_truth)),
        *("--predictions", *names),
    ]


def rows(text: str) -> dict[str, list[str]]:
    """The table's cells by the first word of each line."""
    return {line.split()[0]: line.split()[1:] for line in text.splitlines() if line.strip()}


@pytest.mark.parametrize("dataset", PUBLISHED)
def test_published_figures(
    dataset: str, benchmarks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = benchmarks / dataset
    files = [folder / f"{name}.txt" for name in PUBLISHED[dataset]]
    assert main(command(dataset, folder / f"{dataset}_test_groundtruth_label.txt", *files)) == 0
    table = rows(capsys.readouterr().out)
    assert {name: table[name][0] for name in PUBLISHED[dataset]} == PUBLISHED[dataset]


@pytest.mark.parametrize("dataset", LENSES)
def test_known_answers(dataset: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    points = truth(dataset)
    shifted = points + np.array([3.0, -4.0, 0.0])
    shifted[:4, 0] = points[:4, 0] + np.array([0.0, 0.0, 25.5])
    joints = LENSES[dataset][4]
    mean = 5.0 + 4 * 20.5 / (10 * joints)
    perfect = write(tmp_path / "perfect.txt", dataset, points)
    off = write(tmp_path / "off.txt", dataset, shifted)
    args = [*command(dataset, perfect, off, perfect), "--thresholds", "5.5", "20", "30"]
    assert main([*args, "--per-joint"]) == 0
    total, per_joint = capsys.readouterr().out.split("\n\n")
    table = rows(total)
    # Of ten frames four have one joint 25.5 mm off: their mean is above 5.5 mm.
    area = (6 * 75.0 + 4 * 54.5) / 80.0 / 10.0
    assert table["off"] == [
        *(f"{mean:.3f}", f"{area:.3f}"),
        *("0.600", "1.000", "1.000"),
        *("0.600", "0.600", "1.000"),
    ]
    assert table["perfect"] == ["0.000", "1.000"] + ["1.000"] * 6
    lines = per_joint.splitlines()
    assert lines[0].split() == ["mean", "mm", "off", "perfect"]
    assert len(lines) == 1 + joints
    assert lines[1].split()[-2:] == ["13.200", "0.000"]
    assert all(line.split()[-2:] == ["5.000", "0.000"] for line in lines[2:])


def test_files_of_one_name_are_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        paths.append(write(tmp_path / folder / "list.txt", "msra", truth("msra")))
    assert main(command("msra", *paths, paths[0])) == 0
    assert {str(path) for path in paths} <= set(rows(capsys.readouterr().out))


def refusal(capsys: pytest.CaptureFixture[str], args: list[str]) -> str:
    assert main(args) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


def test_lists_that_do_not_fit_the_truth(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = write(tmp_path / "truth.txt", "icvl", truth("icvl"))
    short = write(tmp_path / "short.txt", "icvl", truth("icvl", 8))
    assert "short.txt ends after line 8, but" in refusal(capsys, command("icvl", whole, short))
    assert "truth.txt, line 9 is one too many" in refusal(capsys, command("icvl", short, whole))
    message = refusal(capsys, command("nyu", whole, whole))
    assert "truth.txt, line 1: 48 numbers where 42 are due" in message
    assert "absent.txt cannot be read" in refusal(
        capsys, command("icvl", whole, whole, tmp_path / "absent.txt")
    )
    lines = whole.read_text().splitlines()
    lines[6] = lines[6].replace(lines[6].split()[5], "nan")
    (tmp_path / "bad.txt").write_text("\n".join(lines))
    message = refusal(capsys, command("icvl", whole, tmp_path / "bad.txt"))
    assert "bad.txt, line 7: a number is not finite" in message


@pytest.mark.parametrize("threshold", ["-1", "nan", "inf", "ten"])
def test_thresholds_are_lengths(threshold: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main([*command("icvl", tmp_path, tmp_path), "--thresholds", threshold])


def test_the_plot_shows_every_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    points = truth("nyu", 50)
    noise = np.random.default_rng(1).normal(0.0, 12.0, points.shape)
    lists = [write(tmp_path / f"list{k}.txt", "nyu", points + k * noise) for k in range(3)]
    plot = tmp_path / "plot.png"
    assert main([*command("nyu", *lists), "--plot", str(plot)]) == 0
    with Image.open(plot) as image:
        assert image.format == "PNG"
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 20)}
    assert {(31, 119, 180), (255, 127, 14)} <= colours
    capsys.readouterr()
    assert main([*command("nyu", *lists), "--plot", str(tmp_path)]) == 2
    assert "it is a folder" in capsys.readouterr().err
