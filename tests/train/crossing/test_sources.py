"""CropDataset of the field's data sets and of recordings; recordings as unlabelled crops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.errors import InvalidInputError
from engine.tracking.crop_coordinates import camera_to_uvd
from tests.crossing_runs import CropFiles
from tests.dataset_files import WRITERS, right_hands, write_hands17, write_nyu
from tests.fakes import FakePipeline, make_hand
from tests.recordings import write_folder
from training.__main__ import main
from training.crops import sources
from training.crops.crop_dataset import CropDataset
from training.crops.sources import unlabelled_datasets
from training.crossing.joint_batches import JointBatchSampler
from training.crossing.preset import load_preset
from training.datasets import open_dataset
from training.datasets.crops import cut_annotated

SPLITS = {"nyu": "test", "icvl": "test", "msra": "test", "hands17": "train"}
"""What the small data sets hold."""
PALM = (0, 5, 9, 13, 17)


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_a_data_set_becomes_a_crop_file(name: str, tmp_path: Path) -> None:
    root = WRITERS[name](tmp_path / name, right_hands(4))
    path = tmp_path / f"{name}.safetensors"
    given = ["--dataset", name, "--path", str(root), "--split", SPLITS[name]]
    assert main(["crops", *given, "--output", str(path), "--count", "4"]) == 0
    crops = CropDataset(path)
    dataset = open_dataset(name, root, SPLITS[name])
    assert len(crops) == 4
    assert crops.meta == {"dataset": name, "split": SPLITS[name], "missing": 0}
    chosen = np.linspace(0, len(dataset) - 1, 4).round().astype(int)
    for k, index in enumerate(chosen):
        frame = dataset[int(index)]
        crop = cut_annotated(frame).crop
        np.testing.assert_allclose(crops[k].image, np.minimum(crop.image, 1.0), atol=2e-5)
        uvd = camera_to_uvd(crop, frame.joints_mm)
        points = crops[k].points
        np.testing.assert_array_equal(np.isnan(points[:21]), np.isnan(uvd))
        assert np.isnan(points[21]).all()
        growth = 1 + uvd[:, 2] * crops[k].perspective
        half = crop.cube_mm / 2
        np.testing.assert_allclose(points[:21, 0], half * uvd[:, 0] * growth, atol=0.01)
        np.testing.assert_allclose(points[:21, 2], half * uvd[:, 2], atol=0.01)
    # A right hand, or a left one mirrored: the thumb lies on the same side of every set.
    if crops.marks(PALM):
        JointBatchSampler(load_preset("crossing"), crops).chunk(0)
    else:
        assert name == "icvl"
        with pytest.raises(InvalidInputError, match="wrist is not marked"):
            JointBatchSampler(load_preset("crossing"), crops)


def test_frames_without_an_image_are_an_error_unless_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_nyu(tmp_path / "nyu", right_hands(3))
    (root / "test" / "depth_1_0000002.png").unlink()
    path = tmp_path / "nyu.safetensors"
    given = ["crops", "--dataset", "nyu", "--path", str(root), "--split", "test"]
    given += ["--output", str(path)]
    assert main(given) == 2
    assert "depth_1_0000002.png is missing: 1 of 3" in capsys.readouterr().err
    assert not path.exists()
    assert main([*given, "--allow-missing"]) == 0
    assert "1 annotated frame had no image" in capsys.readouterr().out
    assert len(CropDataset(path)) == 2 and CropDataset(path).meta["missing"] == 1
    damaged = root / "test" / "depth_1_0000003.png"
    damaged.write_bytes(damaged.read_bytes()[:400])
    assert main([*given, "--allow-missing"]) == 0
    told = capsys.readouterr().out
    assert "1 annotated frame had no image" in told
    assert "1 image was damaged (" in told and "depth_1_0000003.png" in told
    assert len(CropDataset(path)) == 1


def test_a_split_without_marks_cannot_be_cut(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_hands17(tmp_path / "hands17", right_hands(2))
    given = ["--dataset", "hands17", "--path", str(root), "--split", "test"]
    assert main(["crops", *given, "--output", str(tmp_path / "x.safetensors")]) == 2
    assert "has no marked joints to cut a crop around" in capsys.readouterr().err
    assert not list(tmp_path.glob("x.*"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--domain", "test", "--output", "x.bin"], "--output must end in .safetensors"),
        (["--domain", "test", "--count", "0"], "--count must be positive, not 0"),
        (["--dataset", "nyu"], "--dataset needs --path"),
        (["--dataset", "nyu", "--path", "nowhere"], "nowhere is no folder"),
        (["--domain", "test", "--split", "test"], "go with --dataset only"),
        (["--recording", "nowhere.bag"], "nowhere.bag: no such recording"),
    ],
)
def test_options_that_cannot_work(
    given: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = [] if "--output" in given else ["--output", str(tmp_path / "x.safetensors")]
    assert main(["crops", *given, *output]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("given", [[], ["--domain", "test", "--dataset", "nyu"]])
def test_exactly_one_source(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["crops", *given, "--output", "x.safetensors"])
    assert caught.value.code == 2
    assert "--dataset" in capsys.readouterr().err


@pytest.fixture
def pipelines(monkeypatch: pytest.MonkeyPatch) -> list[FakePipeline]:
    """The pipelines that were loaded; each finds one hand on every frame."""
    loaded: list[FakePipeline] = []

    class Shipped:
        @staticmethod
        def load() -> FakePipeline:
            loaded.append(FakePipeline(make_hand()))
            return loaded[-1]

    monkeypatch.setattr(sources, "Pipeline", Shipped)
    return loaded


def test_recordings_become_crop_files(
    tmp_path: Path, pipelines: list[FakePipeline], capsys: pytest.CaptureFixture[str]
) -> None:
    takes = [write_folder(tmp_path / name, count) for name, count in (("a", 3), ("b", 4))]
    path = tmp_path / "takes.safetensors"
    given = ["crops", "--recording", *map(str, takes), "--output", str(path)]
    assert main(given) == 0
    out = capsys.readouterr().out
    assert "a: 3 of 3 frames had a hand" in out and "b: 4 of 4 frames had a hand" in out
    dataset = CropDataset(path)
    assert len(dataset) == 7 and not dataset.marks([0])
    notes = dataset.meta["recordings"]
    assert [(n["frames"], n["frames_with_hand"]) for n in notes] == [(3, 3), (4, 4)]
    assert main([*given, "--count", "2"]) == 0
    assert len(CropDataset(path)) == 4


def test_a_recording_is_written_once_into_the_run_folder(
    tmp_path: Path,
    pipelines: list[FakePipeline],
    crop_files: CropFiles,
    capsys: pytest.CaptureFixture[str],
) -> None:
    take, folder = write_folder(tmp_path / "take", 3), tmp_path / "run" / "unlabelled"
    both = [take, crop_files.unlabelled]
    assert [len(dataset) for dataset in unlabelled_datasets(both, folder)] == [3, 32]
    assert (folder / "take.safetensors").exists() and len(pipelines) == 1
    first = capsys.readouterr().out
    assert [len(dataset) for dataset in unlabelled_datasets(both, folder)] == [3, 32]
    assert len(pipelines) == 1
    assert first == capsys.readouterr().out == f"{take}: 3 of 3 frames had a hand\n"
    other = write_folder(tmp_path / "elsewhere" / "take", 4)
    with pytest.raises(InvalidInputError, match="remove it or choose another run folder"):
        unlabelled_datasets([other], folder)


def test_a_recording_without_hands_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Blind:
        @staticmethod
        def load() -> FakePipeline:
            return FakePipeline()

    monkeypatch.setattr(sources, "Pipeline", Blind)
    take = write_folder(tmp_path / "take", 3)
    with pytest.raises(InvalidInputError, match="no crop of a hand"):
        unlabelled_datasets([take], tmp_path / "unlabelled")
    assert not list((tmp_path / "unlabelled").iterdir())


def test_a_stage_learns_from_a_recording(
    tmp_path: Path,
    pipelines: list[FakePipeline],
    crop_files: CropFiles,
    vaes: dict[str, Path],
    tiny: dict[str, Path],
) -> None:
    take = write_folder(tmp_path / "take", 3)
    given = ["depth-gan", "--run-folder", str(tmp_path / "run"), "--preset", str(tiny["paper"])]
    given += ["--labelled", str(crop_files.labelled), "--pose-vae", str(vaes["paper"])]
    given += ["--unlabelled", str(take), str(crop_files.unlabelled)]
    assert main([*given, "--steps", "1"]) == 0
    assert main([*given, "--steps", "1", "--resume"]) == 0
    assert len(pipelines) == 1
    assert len(CropDataset(tmp_path / "run" / "unlabelled" / "take.safetensors")) == 3


def test_the_command_goes_by_its_older_name_too(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["material", "--help"])
    assert ended.value.code == 0
    assert "Write crops" in capsys.readouterr().out
