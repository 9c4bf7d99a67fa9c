"""A release: its commands in order, each once, and the networks of before until it is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from engine.assets import asset_path
from engine.errors import InvalidInputError, ModelError
from engine.tracking.pipeline import check_networks
from training.shipping.references import write_references
from training.shipping.release import ReleasePlan, commands, install, release

ESTIMATOR, DETECTOR = Path("runs/estimator"), Path("runs/detector")


class Runs:
    """Stands for the processes of the commands; those named in ``failing`` fail."""

    def __init__(self, failing: frozenset[str] = frozenset()) -> None:
        self.failing, self.names = failing, list[str]()

    def __call__(self, command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        self.names.append(command[3])
        return subprocess.CompletedProcess(command, 2 if command[3] in self.failing else 0)


def test_what_hangs_on_an_estimator_follows_it(tmp_path: Path) -> None:
    plan = ReleasePlan(tmp_path, ESTIMATOR, DETECTOR, shared=Path("shared"))
    names = [command[0] for command in commands(plan, asset_path("models"))]
    order = ["posterior", "export", "quantise", "export", "calibrate", "health", "references"]
    assert names == [*order, "benchmark"]


def test_a_detector_alone_needs_no_heads(tmp_path: Path) -> None:
    plan = ReleasePlan(tmp_path, None, DETECTOR)
    names = [command[0] for command in commands(plan, asset_path("models"))]
    assert names == ["export", "calibrate", "health", "references"]


def test_a_release_goes_on_where_it_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = ReleasePlan(tmp_path, ESTIMATOR, None)
    broken = Runs(frozenset({"quantise"}))
    monkeypatch.setattr(subprocess, "run", broken)
    with pytest.raises(ModelError, match="quantise"):
        release(plan, asset_path("models"))
    assert broken.names == ["posterior", "export", "quantise"]
    whole = Runs()
    monkeypatch.setattr(subprocess, "run", whole)
    release(plan, asset_path("models"))
    assert whole.names == ["quantise", "calibrate", "health", "references"]


def test_what_follows_a_new_part_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", Runs())
    release(ReleasePlan(tmp_path, ESTIMATOR, None), asset_path("models"))
    again = Runs()
    monkeypatch.setattr(subprocess, "run", again)
    release(ReleasePlan(tmp_path, ESTIMATOR, DETECTOR), asset_path("models"))
    assert again.names == ["export", "calibrate", "health", "references"]
    release(ReleasePlan(tmp_path, ESTIMATOR, DETECTOR), asset_path("models"))
    assert len(again.names) == 4


def test_nothing_to_release_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="--estimator or --detector"):
        release(ReleasePlan(tmp_path, None, None), asset_path("models"))


def test_a_release_begins_from_whole_networks_and_installs_whole_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", Runs())
    plan = ReleasePlan(tmp_path / "run", ESTIMATOR, None)
    plan.folder.mkdir()
    release(plan, asset_path("models"))
    check_networks(plan.models)
    target = tmp_path / "installed"
    target.mkdir()
    install(plan, target)
    check_networks(target)


def test_references_are_those_of_the_networks_beside_them(tmp_path: Path) -> None:
    shutil.copytree(asset_path("models"), tmp_path / "models")
    (tmp_path / "models" / "detector.xml").unlink()
    with pytest.raises(ModelError, match=r"detector\.xml"):
        write_references(tmp_path / "models")
