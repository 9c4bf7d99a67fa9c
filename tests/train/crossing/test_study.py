"""The study's runs are measured once, with networks that validation chose, and reported."""

from __future__ import annotations

import dataclasses
import json
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import ExportError, InvalidInputError, ModelError
from engine.tracking.crop_coordinates import CROP_SIZE
from tests.crossing_runs import CropFiles
from training.crops.crop_dataset import CropDataset, write_crops
from training.crossing.pictures import COLUMNS as HANDS
from training.crossing.preset import load_preset
from training.crossing.study import save_hands
from training.crossing.study_report import (
    COLUMNS,
    FRACTIONS,
    parts_table,
    row_of,
    save_curves,
    table,
    write_rows,
)
from training.crossing.study_runs import StudyConfig, run_trial, stage_steps
from training.crossing.study_trials import Trial, trials


@pytest.fixture
def config(tmp_path: Path, vaes: dict[str, Path]) -> StudyConfig:
    for name, vae in vaes.items():
        folder = tmp_path / "vaes" / name / "pose-vae"
        folder.mkdir(parents=True)
        (folder / "checkpoint.safetensors").write_bytes(vae.read_bytes())
    return StudyConfig(tmp_path / "study", tmp_path / "vaes", samples=32, gan_samples=96)


@pytest.fixture
def paths(crop_files: CropFiles) -> dict[str, Path]:
    tests = dict.fromkeys(("validation", "test", "test_labelled"), crop_files.labelled)
    return {"labelled": crop_files.labelled, "unlabelled": crop_files.unlabelled, **tests}


@pytest.mark.parametrize("variant", ["supervised", "crossing"])
def test_a_run_is_done_once_and_reported(
    variant: str, config: StudyConfig, paths: dict[str, Path]
) -> None:
    trial = Trial("crossing", variant, 0.5, variant == "crossing", 0)
    found = run_trial(trial, config, paths)
    assert found is not None
    assert (found["labels"], found["steps"]) == (24, 1)
    assert found["test/posterior_mm"] > 0
    assert ("test/iou" in found) == (variant == "crossing")
    written = (config.folder / trial.folder / "result.json").stat().st_mtime_ns
    assert run_trial(trial, config, paths) == found
    assert (config.folder / trial.folder / "result.json").stat().st_mtime_ns == written
    row = table([found]).splitlines()[-1]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1 + FRACTIONS.index(0.5)] == f"{found['test/posterior_mm']:.1f}"


def test_a_run_is_measured_with_the_networks_that_validation_chose(
    config: StudyConfig, paths: dict[str, Path]
) -> None:
    trial = Trial("paper64", "supervised", 1.0, False, 0, "claim")
    config = dataclasses.replace(config, samples=192 * 3, every=1)
    found = run_trial(trial, config, paths)
    assert found is not None
    curve = dict(found["validation_curve"])
    assert list(curve) == [1, 2, 3]
    assert curve[found["chosen_step"]] == min(curve.values())
    # Here validation and test are the same crops.
    assert found["test/posterior_mm"] == pytest.approx(min(curve.values()), rel=1e-5)


def test_a_run_keeps_the_hashes_of_the_crops_that_choose_and_measure_it(
    config: StudyConfig, paths: dict[str, Path], tmp_path: Path
) -> None:
    crops = CropDataset(paths["labelled"])
    held_out = {name: tmp_path / f"{name}.safetensors" for name in ("validation", "test")}
    for first, path in enumerate(held_out.values()):
        write_crops(path, (crops[first + k] for k in range(16)), {})
    trial = Trial("paper64", "supervised", 1.0, False, 0, "claim")
    run_trial(trial, config, {"labelled": paths["labelled"], **held_out})
    record = json.loads((config.folder / trial.folder / "joint" / "run.json").read_text())
    (data,) = (start["data"] for start in record["starts"])
    for path in (paths["labelled"], *held_out.values()):
        assert data[str(path)] == sha256(path.read_bytes()).hexdigest()
    assert len(set(data.values())) == len(data)


def test_only_a_run_whose_rate_stays_ends_early(
    config: StudyConfig, paths: dict[str, Path]
) -> None:
    config = dataclasses.replace(config, samples=192 * 3, every=1, patience=0)
    paper = run_trial(Trial("paper64", "supervised", 1.0, False, 0, "claim"), config, paths)
    ours = run_trial(Trial("crossing", "supervised", 1.0, False, 0, "claim"), config, paths)
    assert paper is not None and ours is not None
    assert (paper["steps"], ours["steps"]) == (1, 18)


def test_the_report_tells_all_that_was_measured_at_one_share_of_labels() -> None:
    run = {"preset": "p", "unlabelled": True, "fraction": 0.02, "minutes": 8.0}
    mine = {"test/posterior_mm": 27.0, "test/dense_mm": 28.0, "test_labelled/posterior_mm": 23.0}
    depth = {"test_labelled/depth_mm": 7.1, "test_labelled/iou": 0.8}
    results = [
        {**run, **mine, **depth, "variant": "crossing"},
        {**run, **mine, **depth, "variant": "crossing", "test/posterior_mm": 29.0},
        {**run, **mine, "variant": "consistency alone"},
        {**run, **mine, "variant": "crossing", "fraction": 0.5},
    ]
    alone, whole = parts_table(results, 0.02).splitlines()[2:]
    assert whole.count("|") == alone.count("|") == len(COLUMNS) + 3
    assert "crossing, with unlabelled | 2 | 28.0 ± 1.4 | 28.0 ± 0.0 |" in whole
    assert "| 7.1 ± 0.0 | 0.80 ± 0.00 | 8.0 ± 0.0 |" in whole
    assert alone.endswith("| 1 | 27.0 | 28.0 | - | 23.0 | - | - | 8.0 |")


def test_the_study_draws_what_its_networks_see(config: StudyConfig, paths: dict[str, Path]) -> None:
    target = config.folder / "hands.png"
    (config.folder / "crops").mkdir(parents=True)
    (config.folder / "crops" / "test.safetensors").write_bytes(paths["test"].read_bytes())
    like = Trial("crossing", "crossing", 1.0, False, 0)
    with pytest.raises(ModelError, match="supervised-2-labelled-0"):
        save_hands(target, like, config)
    for variant, seen in (("supervised", False), ("crossing", False), ("crossing", True)):
        run_trial(Trial("crossing", variant, 0.02, seen, 0), config, paths)
    save_hands(target, like, config)
    # Crops, truth, three networks, drawn again, a walk in pose and depth.
    rows = np.split(np.asarray(Image.open(target)), 8)
    assert rows[0].shape == (CROP_SIZE, HANDS * CROP_SIZE, 3)
    assert all(not np.array_equal(row, other) for row, other in pairwise(rows))


def test_an_oracle_learns_the_labels_of_the_unlabelled_crops(
    config: StudyConfig, paths: dict[str, Path], tmp_path: Path
) -> None:
    few = tmp_path / "few.safetensors"
    write_crops(few, (CropDataset(paths["labelled"])[k] for k in range(16)), {})
    sets = {**paths, "unlabelled": few}
    found = run_trial(Trial("crossing", "oracle", 1.0, False, 0), config, sets)
    plain = run_trial(Trial("crossing", "supervised", 1.0, False, 0), config, sets)
    assert found is not None and plain is not None
    assert (found["labels"], plain["labels"]) == (16, 48)


def test_statistics_of_unlabelled_crops_change_what_a_plain_network_sees(
    config: StudyConfig, paths: dict[str, Path]
) -> None:
    found = run_trial(Trial("crossing", "supervised, augmented", 1.0, False, 0), config, paths)
    assert found is not None
    assert found["test, statistics/posterior_mm"] != found["test/posterior_mm"]
    assert row_of(found)["test_mm_statistics_of_unlabelled"] > 0


@pytest.mark.parametrize("question", ["claim", "adaptation"])
def test_every_run_of_a_study_has_a_folder_of_its_own(question: str) -> None:
    names = [trial.folder for trial in trials(question, [0, 1])]
    assert len(names) == len(set(names)) > 20


def test_the_claim_begins_with_its_pair_and_repeats_it_with_other_seeds() -> None:
    wanted = list(trials("claim", [0, 1, 2], ["paper64"]))
    pair = [(trial.variant, trial.fraction, trial.unlabelled) for trial in wanted[:2]]
    assert pair == [("crossing", 0.02, True), ("crossing", 0.02, False)]
    pairs = [trial for trial in wanted if trial.seed]
    assert [trial.seed for trial in pairs] == [1, 1, 2, 2]
    # What the paper's text has beyond its authors' code is tried beside; ours has it anyway.
    tried = [trial.unlabelled for trial in wanted if trial.variant == "with synthesised"]
    assert tried == [True, False]
    ours = trials("claim", [0], ["crossing64"])
    assert "with synthesised" not in {trial.variant for trial in ours}
    # With all labels there is no crop without one.
    assert not any(trial.unlabelled for trial in wanted if trial.fraction == 1.0)


def test_with_all_labels_the_generator_of_all_crops_serves(
    config: StudyConfig, crop_files: CropFiles
) -> None:
    sets = dict.fromkeys(("labelled", "validation", "test"), crop_files.labelled)
    config = dataclasses.replace(config, samples=192)
    for fraction, unlabelled in ((0.5, True), (1.0, False), (0.5, False)):
        trial = Trial("paper64", "crossing", fraction, unlabelled, 0, "claim")
        found = run_trial(trial, config, sets)
        # The posterior comes from the alignment: it is measured before the first step.
        assert found is not None and [step for step, _ in found["validation_curve"]] == [0, 1]
    generators = sorted(path.name for path in config.folder.glob("*-generator-*"))
    assert generators == ["paper64-generator-50-0", "paper64-generator-all-0"]


def test_stages_keep_their_lengths_relative_to_the_joint_training() -> None:
    steps = stage_steps(load_preset("paper64"), 192 * 800, 96 * 50)
    assert steps == {"depth-gan": 50, "alignment": 210, "joint": 800}
    steps = stage_steps(load_preset("crossing64"), 16 * 600, 0)
    assert steps == {"depth-gan": 100, "joint": 600}


def test_a_plain_network_has_no_stage_but_its_own(
    config: StudyConfig, paths: dict[str, Path]
) -> None:
    trial = Trial("paper64", "supervised", 1.0, False, 0)
    run_trial(trial, dataclasses.replace(config, samples=192), paths)
    assert [path.name for path in (config.folder / trial.folder).iterdir() if path.is_dir()] == [
        "joint"
    ]


def test_a_run_of_equal_time_waits_for_that_time(
    config: StudyConfig, paths: dict[str, Path]
) -> None:
    trial = Trial("crossing", "supervised", 1.0, False, 0, budget="time")
    assert run_trial(trial, config, paths) is None
    for other, minutes in (("supervised", 2.0), ("crossing", 6.0)):
        folder = config.folder / dataclasses.replace(trial, variant=other, budget="steps").folder
        folder.mkdir(parents=True)
        spent = {"minutes": minutes, "generator_minutes": 2.0 if other == "crossing" else 0.0}
        spent["steps"] = 3
        (folder / "result.json").write_text(json.dumps(spent))
    found = run_trial(trial, config, paths)
    # Eight minutes at three steps in two.
    assert found is not None and found["steps"] == 12


def test_rows_are_kept_by_question(tmp_path: Path) -> None:
    run = {"preset": "p", "variant": "supervised", "unlabelled": False, "seed": 0, "steps": 9}
    run |= {
        "labels": 8,
        "chosen_step": 5,
        "minutes": 1.5,
        "generator_minutes": 0.0,
        "test/posterior_mm": 20.5,
    }
    path = tmp_path / "study.json"
    write_rows(path, "claim", [run])
    write_rows(path, "adaptation", [{**run, "budget": "time", "test/iou": 0.7}] * 2)
    kept = json.loads(path.read_text())
    assert [row["test_mm"] for row in kept["paper_claim"]] == [20.5]
    assert [row["method"] for row in kept["adaptation"]] == ["supervised, equal time"] * 2
    assert kept["adaptation"][0]["silhouette_iou"] == 0.7
    path.write_text("[]")
    with pytest.raises(InvalidInputError, match="does not keep the rows"):
        write_rows(path, "claim", [run])


def test_the_study_is_drawn_as_curves(tmp_path: Path) -> None:
    results = [
        {"preset": "p", "variant": v, "unlabelled": u, "fraction": f, "test/posterior_mm": mm}
        for v, u, f, mm in (
            ("supervised", False, 0.02, 40.0),
            ("supervised", False, 1.0, 32.0),
            ("crossing", True, 0.02, 27.0),
            ("crossing", True, 0.02, 29.0),
            ("without GAN", True, 0.02, 28.0),
        )
    ]
    told = table(results)
    assert "| - | 28.0 ± 1.4 | - |" in told
    assert "without GAN" not in told
    save_curves(tmp_path / "a.png", results)
    save_curves(tmp_path / "b.png", results[:-1])
    save_curves(tmp_path / "c.png", results[:-2])
    one, same, other = ((tmp_path / f"{name}.png").read_bytes() for name in "abc")
    assert one.startswith(b"\x89PNG")
    assert one == same != other
    with pytest.raises(ExportError, match="it is a folder"):
        save_curves(tmp_path, results)
