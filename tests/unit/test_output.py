"""Files come whole or not at all, and what cannot be written is told before the work begins."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.errors import ExportError
from engine.output import (
    check_target,
    is_stream,
    replacing,
    replacing_folder,
    same_file,
    write_text,
)

DEVICE = Path("/dev/null")


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


def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    target = tmp_path / "far" / "real.png"
    target.write_text("old")
    inner, link = tmp_path / "inner.png", tmp_path / "link.png"
    inner.symlink_to(Path("far") / "real.png")
    link.symlink_to(inner)
    with replacing(link) as partial:
        assert (partial.parent, partial.suffix) == (target.parent, ".png")
        partial.write_text("new")
    assert link.is_symlink() and inner.is_symlink() and not target.is_symlink()
    assert target.read_text() == "new"
    assert list(target.parent.iterdir()) == [target]


def test_a_dangling_link_gets_its_file_and_the_folder_for_it(tmp_path: Path) -> None:
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "new" / "real.csv")
    write_text(link, "rows")
    assert link.is_symlink() and (tmp_path / "new" / "real.csv").read_text() == "rows"


def test_links_in_a_circle_are_told(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(ExportError, match="circle"):
        write_text(tmp_path / "a", "rows")
    assert (tmp_path / "a").is_symlink()


def test_a_device_is_written_to_and_stays(tmp_path: Path) -> None:
    before = DEVICE.stat()
    for path in (DEVICE, tmp_path / "link"):
        if path != DEVICE:
            path.symlink_to(DEVICE)
        assert is_stream(path)
        write_text(path, "gone")
    after = DEVICE.stat()
    assert (after.st_mode, after.st_ino) == (before.st_mode, before.st_ino)
    assert (tmp_path / "link").is_symlink()


def test_a_pipe_gets_what_is_written_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        heard = pool.submit(pipe.read_text)
        write_text(pipe, "through")
        assert heard.result(10) == "through"
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_standard_output_gets_what_is_written(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    write_text(Path(name), "said\n")
    assert capfd.readouterr().out == "said\n"
    assert not Path("-").exists()


def test_a_folder_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "results"
    with pytest.raises(ZeroDivisionError), replacing_folder(path) as partial:
        (partial / "a").write_text("half")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    with replacing_folder(path) as partial:
        (partial / "a").write_text("whole")
        assert not path.exists()
    assert (path / "a").read_text() == "whole"
    with pytest.raises(ExportError, match="already holds files"), replacing_folder(path):
        pass
    with replacing_folder(path, over=True) as partial:
        (partial / "b").write_text("newer")
    assert [each.name for each in path.iterdir()] == ["b"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_to_a_folder_stays(tmp_path: Path) -> None:
    link = tmp_path / "link"
    (tmp_path / "real").mkdir()
    link.symlink_to("real")
    with replacing_folder(link) as partial:
        (partial / "a").write_text("whole")
    assert link.is_symlink() and (tmp_path / "real" / "a").read_text() == "whole"


@pytest.mark.parametrize("name", ["-", "/dev/null", "file"])
def test_what_is_no_folder_is_not_replaced_by_one(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ExportError, match="no folder"), replacing_folder(Path(name)):
        pass
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
