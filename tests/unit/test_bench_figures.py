"""The table of speed and lightness, and the figures kept of a release."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import CrossingHandsError, InvalidInputError
from tests.bench import everything
from tests.bench.everything import as_kept, measure
from tests.bench.figures import FIGURES, keep, kept, table
from tests.bench.turns import GROUPS

MEASURED = {"step_ms": [2.0, 1.0, 3.0], "headless_db3_fps": [500.0, 700.0, 650.0]}


def test_each_figure_stands_beside_the_last_release_and_its_goal(tmp_path: Path) -> None:
    path = tmp_path / "performance.json"
    assert "| 2.00 ms | 1.00 to 3.00 | – | – |  |" in table(MEASURED, kept(path))
    keep({"step_ms": [4.0], "headless_db3_fps": [325.0]}, path)
    lines = table(MEASURED, kept(path)).splitlines()
    assert lines[2] == "| step, median | 2.00 ms | 1.00 to 3.00 | 4.00 | 0.50 |  |"
    assert lines[3].endswith("| 650 frames/s | 500 to 700 | 325 | 2.00 | at least 600 |")
    slow = table({"headless_db3_fps": [599.0]}, kept(path))
    assert "at least 600, missed" in slow


@pytest.mark.parametrize("spoilt", ["", "[]", '{"figures": 3}', '{"figures": {"step_ms": {}}}'])
def test_a_file_of_other_things_is_refused(tmp_path: Path, spoilt: str) -> None:
    path = tmp_path / "performance.json"
    path.write_text(spoilt)
    with pytest.raises(InvalidInputError, match="file of figures"):
        kept(path)


def test_two_copies_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    def turn(group: str, folder: Path) -> dict[str, float]:
        order.append(folder.name)
        return {"step_ms": 1.0 if folder.name == "here" else 2.0}

    monkeypatch.setattr(everything, "_turn", turn)
    here, there = measure(["step"], [Path("here"), Path("there")])
    assert order == ["here", "there", "there", "here", "here", "there"]
    assert "| 1.00 ms | 1.00 to 1.00 | 2.00 | 0.50 |" in table(here, as_kept(there, Path("there")))


def test_what_cannot_be_measured_is_named(tmp_path: Path) -> None:
    with pytest.raises(CrossingHandsError, match="cannot measure 'step' in"):
        measure(["step"], [tmp_path])


def test_every_figure_has_its_own_name() -> None:
    keys = [figure.key for figure in FIGURES]
    assert len(set(keys)) == len(keys)
    assert all(turns >= 1 for _, turns in GROUPS.values())
