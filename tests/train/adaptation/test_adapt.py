"""From a recording to a profile: interrupted or not, kept or not."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import CancelledError, CrossingHandsError, InvalidInputError
from engine.profiles import read_profile
from engine.progress import Progress, go_on
from engine.simulation.model import HandModel
from engine.tracking.pipeline import Pipeline
from training import __main__ as training_main
from training.adaptation import conclude as conclusion
from training.adaptation.bone_lengths import mean_bones
from training.adaptation.conclude import require_kept
from training.adaptation.plan import AdaptationConfig, AdaptationPlan
from training.adaptation.proof import Proof, prove
from training.adaptation.report import AVERAGE_MM
from training.adaptation.run import adapt
from training.adaptation.teacher import MIDDLE_FINGER
from training.crossing.posterior import shipped_networks
from training.crossing.preset import load_preset
from training.learning.checkpoint import load_tensors

SMALL = AdaptationConfig(
    rounds=2, max_hands=20, batch=16, redraw_steps=1, held_out=14, synthetic=16, empty=4
)


def small_plan(take: Path, output: Path, **changes: object) -> AdaptationPlan:
    plan = AdaptationPlan((take,), output, "Mine", steps=4, config=SMALL)
    return dataclasses.replace(plan, **changes)  # type: ignore[arg-type]


def quiet(_stage: str) -> Progress:
    return go_on


def until(stage: str, step: int) -> Callable[[str], Progress]:
    """The user ends the work at a step of a stage."""
    return lambda name: lambda done, _total: name != stage or done < step


@pytest.fixture(scope="module")
def finished(take: Path, tmp_path_factory: pytest.TempPathFactory) -> AdaptationPlan:
    """An adaptation that was not interrupted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.learning.loop.STATISTICS_CHUNKS", 1)
        plan = small_plan(take, tmp_path_factory.mktemp("finished") / "mine")
        adapt(plan, quiet)
    return plan


def weights(plan: AdaptationPlan) -> dict[str, torch.Tensor]:
    return load_tensors(plan.work / "checkpoint.safetensors")[0]


def test_an_interrupted_adaptation_goes_on_as_if_it_had_not_been(
    take: Path, tmp_path: Path, finished: AdaptationPlan
) -> None:
    plan = small_plan(take, tmp_path / "mine")
    with pytest.raises(CancelledError, match="--resume"):
        adapt(plan, until("learn", 3))
    with pytest.raises(InvalidInputError, match="add --resume"):
        adapt(plan, quiet)
    adapt(plan, quiet, resume=True)
    ours, theirs = weights(plan), weights(finished)
    assert ours.keys() == theirs.keys()
    for name, tensor in theirs.items():
        torch.testing.assert_close(ours[name], tensor, rtol=0, atol=0, msg=name)


def test_batch_statistics_stay_what_they_were(finished: AdaptationPlan) -> None:
    learned = weights(finished)
    base, _ = load_tensors(finished.base / "discriminator.safetensors")
    names = [name for name in base if name.endswith(("running_mean", "running_var"))]
    assert names
    for name in names:
        torch.testing.assert_close(learned[name], base[name].float(), rtol=0, atol=0)
    kernel = "average.estimator.trunk.stem.0.weight"
    assert not torch.equal(learned[kernel], base[kernel].float())


def test_the_report_says_what_was_measured(finished: AdaptationPlan) -> None:
    page = (finished.output / "report.html").read_text()
    assert page.count("data:image/png;base64,") >= 4
    assert "http" not in page
    figures = json.loads((finished.output / "report.json").read_text())
    names = [measure["name"] for measure in figures["measures"]]
    assert "depth not explained" in names
    assert figures["steps"] == 4
    assert figures["hands"] == SMALL.max_hands
    assert figures["kept"] is (not figures["reasons"])
    assert len(figures["bones_mm"]) == 20
    assert f"<td>{figures['bones_mm'][7]:.0f}</td>" in page


def test_the_average_hands_length_is_that_of_the_model() -> None:
    model = HandModel.load()
    shape, origin = np.zeros(model.n_shape, np.float32), np.zeros(3, np.float32)
    joints = model.pose_joints(np.zeros(24, np.float32), shape, np.eye(3), origin)
    way = np.diff(joints[list(MIDDLE_FINGER)], axis=0)
    assert np.linalg.norm(way, axis=1).sum() == pytest.approx(AVERAGE_MM, abs=0.5)


def test_what_is_kept_is_a_profile_that_runs(
    take: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def better(*results: object) -> Proof:
        return dataclasses.replace(prove(*results), reasons=())  # type: ignore[arg-type]

    monkeypatch.setattr(conclusion, "prove", better)
    monkeypatch.setattr(conclusion, "write_int8_network", lambda folder: "left out")
    plan = small_plan(take, tmp_path / "mine", steps=2)
    proof = adapt(plan, quiet)
    require_kept(plan, proof)
    profile = read_profile(plan.output)
    assert profile.name == "Mine"
    assert profile.report == "report.html"
    assert profile.recordings[0].name == take.name
    assert (profile.camera_name, profile.camera_serial) == ("small", "42")
    assert len(profile.bone_lengths_mm) == 20
    assert sum(profile.bone_lengths_mm) == pytest.approx(mean_bones().sum(), rel=0.2)
    Pipeline.load(directory=plan.output)
    with pytest.raises(InvalidInputError, match="finished profile"):
        adapt(plan, quiet, resume=True)
    # It can be adapted again.
    shipped_networks(load_preset("crossing"), plan.output)


def test_what_is_not_better_is_not_kept(finished: AdaptationPlan) -> None:
    figures = json.loads((finished.output / "report.json").read_text())
    if not figures["kept"]:
        assert not (finished.output / "manifest.json").exists()
        assert not (finished.output / "profile.json").exists()


def test_too_little_time_is_told(take: Path, tmp_path: Path) -> None:
    plan = small_plan(take, tmp_path / "mine", steps=None, minutes=0.01)
    with pytest.raises(InvalidInputError, match=r"--minutes 0\.01 is too short"):
        adapt(plan, quiet)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "../x"}, "name"),
        ({"minutes": 0.0}, "--minutes"),
        ({"steps": 1}, "--steps"),
    ],
)
def test_what_a_plan_cannot_be(take: Path, tmp_path: Path, changes: dict, words: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(InvalidInputError, match=words):
        small_plan(take, tmp_path / "mine", **changes)


def test_nothing_to_resume_is_told(take: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="no adaptation"):
        adapt(small_plan(take, tmp_path / "mine"), quiet, resume=True)


def test_another_recording_is_not_resumed(take: Path, tmp_path: Path) -> None:
    plan = small_plan(take, tmp_path / "mine")
    with pytest.raises(CancelledError):
        adapt(plan, until("learn", 1))
    with pytest.raises(CrossingHandsError, match="begun with other"):
        adapt(dataclasses.replace(plan, seed=5), quiet, resume=True)
    (plan.work / "plan.json").write_text("{}")
    with pytest.raises(CrossingHandsError, match="damaged"):
        adapt(plan, quiet, resume=True)


def test_without_torch_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(training_main, "find_spec", lambda name: None)
    assert training_main.main(["adapt", "x.bag", "--output", str(tmp_path / "x")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "PyTorch" in line
    assert "training/requirements.txt" in line
    assert "GB" in line


def test_the_command_tells_bad_input_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    missing = tmp_path / "none.bag"
    assert training_main.main(["adapt", str(missing), "--output", str(tmp_path / "x")]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == f"error: {missing}: no such recording"
    assert not (tmp_path / "x").exists()
