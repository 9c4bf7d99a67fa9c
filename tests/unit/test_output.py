"""Files come whole or not at all, and what cannot be written is told before the work begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import ExportError
from engine.output import check_target, replacing, same_file


@pytest.mark.parametrize("name", ["", "file/a.csv", "a" * 300 + ".csv"])
def test_an_impossible_target_is_told_in_words(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ExportError, match="cannot write"):
        check_target(tmp_path / name)


def test_the_folder_of_a_target_is_made(tmp_path: Path) -> None:
    check_target(tmp_path / "new" / "deep" / "a.csv")
    assert list((tmp_path / "new" / "deep").iterdir()) == []


def test_a_file_is_replaced_at_the_end_only(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(path) as partial:
        partial.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    with replacing(path) as partial:
        assert partial.suffix == ".png"
        partial.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_one_file_by_two_names(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("")
    (tmp_path / "b").symlink_to(path)
    assert same_file(path, tmp_path / "b")
    assert not same_file(path, tmp_path / "c")
    assert not same_file(Path("synthetic"), path)
