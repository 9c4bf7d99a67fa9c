"""Whatever is wrong is one clear error, and the last good checkpoint stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from engine.errors import InvalidInputError, ModelError
from tests.crossing_runs import CropFiles, altered, joint_loop
from training.__main__ import main
from training.crops.crop_dataset import CropDataset
from training.crossing.joint_batches import JointBatchSampler
from training.crossing.preset import FOLDER, load_preset
from training.learning import loop as training_loop


@pytest.fixture(scope="module")
def finished(
    tmp_path_factory: pytest.TempPathFactory, vaes: dict[str, Path], crop_files: CropFiles
) -> Path:
    """A run folder with a joint run of one step, made by the command line; copy it."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training_loop, "STATISTICS_CHUNKS", 1)
        given = joint(folder, vaes["crossing"], crop_files, "--steps", "1")
        assert main(["depth-gan", *given[1:]]) == 0
        assert main(given) == 0
    return folder


def joint(folder: Path, vae: Path, crop_files: CropFiles, *more: str) -> list[str]:
    """The joint stage of the shipped preset; needs the depth GAN in ``folder``."""
    given = ["--run-folder", str(folder), "--pose-vae", str(vae)]
    return ["joint", *given, "--labelled", str(crop_files.labelled), *more]


def error_of(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that a failing command prints."""
    capsys.readouterr()
    assert main(arguments) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1
    return lines[0]


def test_nan_in_a_loss_stops_and_keeps_the_checkpoint(
    tmp_path: Path, tiny: dict[str, Path], vaes: dict[str, Path], crop_files: CropFiles
) -> None:
    preset = load_preset(tiny["crossing"])
    loop = joint_loop(tmp_path, preset, vaes["crossing"], crop_files, 3)
    loop.run_until(1)
    before = loop.checkpoint_path.read_bytes()
    again = joint_loop(tmp_path, preset, vaes["crossing"], crop_files, 3)
    again.resume()
    whole = again.learners[0].loss_of
    again.learners[0].loss_of = lambda model, batch, step: {
        name: loss * torch.nan for name, loss in whole(model, batch, step).items()
    }
    with pytest.raises(ModelError, match="loss of the discriminator is nan at step 1; stopped"):
        again.run()
    assert loop.checkpoint_path.read_bytes() == before


@pytest.fixture
def run_copy(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished run folder, to be damaged."""
    return shutil.copytree(finished, tmp_path / "run")


class Refusals:
    """Runs the joint stage with these inputs; returns the one line it ends with."""

    def __init__(
        self, vae: Path, crop_files: CropFiles, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self._vae, self._crop_files, self._capsys = vae, crop_files, capsys

    def __call__(self, folder: Path, *more: str) -> str:
        return error_of(joint(folder, self._vae, self._crop_files, *more), self._capsys)


@pytest.fixture
def refusal(
    vaes: dict[str, Path], crop_files: CropFiles, capsys: pytest.CaptureFixture[str]
) -> Refusals:
    """The error of the joint stage in a run folder."""
    return Refusals(vaes["crossing"], crop_files, capsys)


def test_a_folder_that_holds_a_run(finished: Path, refusal: Refusals) -> None:
    assert "holds a run already: add --resume" in refusal(finished)


def test_a_run_of_another_preset(finished: Path, tmp_path: Path, refusal: Refusals) -> None:
    other = tmp_path / "other.toml"
    shutil.copy(FOLDER / "crossing.toml", other)
    said = refusal(finished, "--resume", "--preset", str(other))
    assert "is a run of 'joint of crossing', not of 'joint of other'" in said


@pytest.mark.parametrize("keep", [0, 100, -40])
def test_a_corrupt_checkpoint(keep: int, run_copy: Path, refusal: Refusals) -> None:
    path = run_copy / "joint" / "checkpoint.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    assert f"cannot read checkpoint {path}" in refusal(run_copy, "--resume")


def test_a_damaged_record(run_copy: Path, refusal: Refusals) -> None:
    (run_copy / "joint" / "run.json").write_text("{")
    assert "run.json is damaged" in refusal(run_copy, "--resume")


def test_what_a_stage_needs_is_missing(
    tiny: dict[str, Path],
    vaes: dict[str, Path],
    crop_files: CropFiles,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = joint(tmp_path, tmp_path / "pose-vae", crop_files)
    assert "checkpoint.safetensors is missing: run the stage" in error_of(given, capsys)
    common = ["--run-folder", str(tmp_path), "--labelled", str(crop_files.labelled)]
    common += ["--pose-vae", str(vaes["crossing"])]
    given = ["joint", *common]
    assert "depth-gan/checkpoint.safetensors is missing" in error_of(given, capsys)
    assert "crossing has no stage alignment" in error_of(["alignment", *common], capsys)
    common[-1] = str(vaes["paper"])
    given = ["alignment", *common, "--preset", str(tiny["paper"])]
    assert "depth-gan/checkpoint.safetensors is missing" in error_of(given, capsys)
    common[-1] = str(vaes["crossing"])
    given = ["depth-gan", *common, "--preset", str(tiny["paper"])]
    assert "does not fit this model" in error_of(given, capsys)


def test_crop_files_and_fractions_that_cannot_serve(
    vaes: dict[str, Path],
    crop_files: CropFiles,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = joint(tmp_path, vaes["crossing"], crop_files)
    for fraction in ("0", "1.5", "-1", "nan"):
        said = error_of([*given, "--labels-fraction", fraction], capsys)
        assert "fraction of labels must lie in (0, 1]" in said
    assert "none.safetensors" in error_of(
        [*given, "--unlabelled", str(tmp_path / "none.safetensors")], capsys
    )
    said = error_of([*given, "--unlabelled", str(tmp_path / "none.bag")], capsys)
    assert "none.bag: no such recording or crop file" in said
    palm = altered(CropDataset(crop_files.labelled), [5], tmp_path / "palm.safetensors")
    said = error_of([*given, "--test", str(palm)], capsys)
    assert "palm.safetensors cannot serve as labelled" in said and "index_mcp" in said
    assert not (tmp_path / "joint").exists()


@pytest.mark.parametrize(
    ("name", "hidden", "missing"),
    [("crossing", [5], "index_mcp"), ("paper", [8], "index_tip"), ("paper", [1], "thumb_cmc")],
)
def test_labels_that_give_no_latent_are_refused(
    name: str, hidden: list[int], missing: str, crop_files: CropFiles, tmp_path: Path
) -> None:
    path = altered(CropDataset(crop_files.labelled), hidden, tmp_path / "some.safetensors")
    with pytest.raises(InvalidInputError, match=rf"some\.safetensors .* {missing} is not marked"):
        JointBatchSampler(load_preset(name), CropDataset(path))
    sampler = JointBatchSampler(
        load_preset(name), CropDataset(crop_files.labelled), [CropDataset(path)]
    )
    assert sampler.unlabelled_count == 48


def test_the_rest_of_the_labelled_crops_is_unlabelled(crop_files: CropFiles) -> None:
    preset, dataset = load_preset("crossing"), CropDataset(crop_files.labelled)
    sampler = JointBatchSampler(preset, dataset, fraction=0.25)
    assert (sampler.label_count, sampler.unlabelled_count) == (12, 36)
    alone = JointBatchSampler(preset, dataset, fraction=0.001, rest=False)
    assert (alone.label_count, alone.unlabelled_count) == (1, 0)
    assert sampler.chunk(0).unlabelled is not None and alone.chunk(0).unlabelled is None
