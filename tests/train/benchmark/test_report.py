"""Tables to read, JSON to compute with, and networks by their folders."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.errors import InvalidInputError, ModelError
from training.__main__ import main
from training.benchmark.marked_frames import marked_sets
from training.benchmark.pictures import write_sheet
from training.benchmark.report import Report, Table, candidates, file_name, write
from training.benchmark.sides import EVIDENCE, accuracy_by_evidence


def test_a_table_is_markdown_and_shows_what_is_missing() -> None:
    table = Table("Title", ("what", "n", "mm"), (("a", 3, 1.26), ("b", 0, float("nan"))))
    assert table.markdown().splitlines() == [
        "Title",
        "",
        "| what | n | mm |",
        "|---|---|---|",
        "| a | 3 | 1.3 |",
        "| b | 0 | - |",
    ]


def test_figures_are_valid_json(tmp_path: Path) -> None:
    figures = {"a": {"mm": float("nan"), "n": 2}, "b": [1.5, float("inf")]}
    write(Report((), figures), tmp_path / "new" / "x.json")
    stored = json.loads((tmp_path / "new" / "x.json").read_text())
    assert stored == {"a": {"mm": None, "n": 2}, "b": [1.5, None]}


@pytest.mark.parametrize(
    "name", ["usual-runs/new.png", "usual-/a/b c/new.png", "P3, alone ../x.png"]
)
def test_what_is_written_for_networks_lies_in_one_folder(name: str, tmp_path: Path) -> None:
    path = tmp_path / file_name(name)
    assert path.parent == tmp_path
    assert path.suffix == ".png"
    assert path.resolve() == path


def test_networks_are_called_by_what_tells_them_apart() -> None:
    assert [each.name for each in candidates([], "CPU")] == ["shipped"]
    assert [each.name for each in candidates([Path("x/a"), Path("x/b")], "CPU")] == ["a", "b"]
    assert [each.name for each in candidates([Path("x/a"), Path("y/a")], "CPU")] == ["x/a", "y/a"]


def test_networks_that_are_not_there_are_named(tmp_path: Path) -> None:
    (candidate,) = candidates([tmp_path / "none"], "CPU")
    with pytest.raises(ModelError, match="none"):
        candidate.pipeline()


def test_what_is_missing_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    real = ["benchmark", "real", "--shared", str(tmp_path)]
    assert main([*real, "--only", "marked"]) == 2
    assert "there are no labels" in capsys.readouterr().err
    assert main([*real, "--only", "false-hands"]) == 2
    assert "there are no recordings" in capsys.readouterr().err
    assert main(["benchmark", "real", "--shared", str(tmp_path / "none")]) == 2
    assert "--shared names" in capsys.readouterr().err
    options = ["--shared", str(tmp_path), "--output", str(tmp_path), "--store", str(tmp_path)]
    assert main(["benchmark", "fingerspelling", *options]) == 2
    assert "there are no letters" in capsys.readouterr().err


def test_damaged_labels_are_named(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "x.json").write_text('[{"file": "a.png"}]')
    with pytest.raises(InvalidInputError, match=r"x\.json cannot be read"):
        marked_sets(tmp_path)


def test_labelled_recordings_are_read(recordings: Path) -> None:
    sets = marked_sets(recordings)
    assert len(sets["sr305_hand"]) == 11
    for frames in sets.values():
        for each in frames:
            u, v = each.uv[each.clear].astype(int).T
            depth, skin = each.frame.depth_mm[v, u], each.skin_mm[each.clear]
            known = np.isfinite(skin) & (depth > 0)
            off = np.median(np.abs(depth[known] - skin[known]))
            assert off < 5.0, f"{each.name}: marks do not lie on the surface they name"


def test_sheets_are_rows_of_tiles(tmp_path: Path) -> None:
    tiles = [np.full((4, 5, 3), k, np.uint8) for k in range(3)]
    write_sheet(tmp_path / "a" / "x.png", tiles, columns=2)
    from PIL import Image

    picture = np.asarray(Image.open(tmp_path / "a" / "x.png"))
    assert picture.shape == (8, 10, 3)
    assert picture[4:, :5].min() == picture[4:, :5].max() == 2
    assert (picture[4:, 5:] == 0).all()


def test_sides_are_told_by_evidence_that_speaks_for_them() -> None:
    evidence = np.ones((4, len(EVIDENCE)))
    evidence[0, 1], evidence[:, 3] = -2.0, 0.0
    told = accuracy_by_evidence(evidence)
    assert told[EVIDENCE[0]] == 100.0
    assert told[EVIDENCE[1]] == 75.0
    assert told[EVIDENCE[3]] == 0.0, "no evidence tells no side"
