"""``main.py profiles`` and ``--models NAME`` as a user meets them."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

import main
from app.cli.arguments import add_source, add_tracking, source_options
from tests.profile_folders import decoder_profile, whole_profile


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path / "crossing-hands" / "profiles"


def test_profiles_are_added_listed_and_removed(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["profiles"]) == 0
    assert "no profiles" in capsys.readouterr().out
    decoder_profile(tmp_path / "made", "Anna")
    assert main.main(["profiles", "--add", str(tmp_path / "made")]) == 0
    (store / "Damaged").mkdir()
    assert main.main(["profiles"]) == 0
    said = capsys.readouterr()
    assert "added the profile Anna" in said.err
    assert "Anna\n  camera Intel RealSense D435 0123456789" in said.out
    assert "explained share: 60 % before, 71.5 % after" in said.out
    assert "Damaged\n  NOT usable: " in said.out
    assert main.main(["profiles", "--remove", "Anna"]) == 0
    assert not (store / "Anna").exists()


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--remove", "Nobody"), "there is no profile 'Nobody'"),
        (("--remove", "../x"), "a profile's name"),
        (("--add", "nowhere"), "nowhere is no profile"),
        (("--add", "a", "--remove", "b"), "leave one of the two out"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    store: Path, arguments: tuple[str, ...], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["profiles", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert part in line


def test_networks_are_named_by_folder_or_profile(store: Path, tmp_path: Path) -> None:
    whole_profile(store / "Anna", "Anna")
    parser = argparse.ArgumentParser()
    add_source(parser)
    add_tracking(parser)

    def models(*arguments: str) -> Path | None:
        return source_options(parser.parse_args(arguments)).models

    assert models("--models", "Anna") == store / "Anna"
    assert models("--models", str(store / "Anna")) == store / "Anna"
    assert models() is None


def test_a_damaged_profile_exits_2(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    decoder_profile(store / "Anna", "Anna")
    (store / "Anna" / "pose_decoder.bin").write_bytes(b"other")
    assert main.main(["synthetic", "--headless", "--models", "Anna"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "pose_decoder.bin is damaged" in line
