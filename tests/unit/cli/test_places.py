"""Where people work: other languages, and paths with umlauts, blanks and percent signs."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.recordings import write_folder

ROOT = Path(__file__).parents[3]
LOCALE = "de_DE.UTF-8"
CODE = """
import locale, sys
locale.setlocale(locale.LC_ALL, "")
assert locale.localeconv()["decimal_point"] == ","
sys.path.insert(0, {root!r})
from app.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def german(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a German, whose numbers have a comma."""
    tool = shutil.which("localedef")
    if tool is None or not Path("/usr/share/i18n/locales/de_DE").exists():
        pytest.skip("no German locale can be made here: localedef or its sources are missing")
    folder = tmp_path_factory.mktemp("locales")
    made = [tool, "-i", "de_DE", "-f", "UTF-8", str(folder / LOCALE)]
    subprocess.run(made, check=False, capture_output=True)
    return {**os.environ, "LOCPATH": str(folder), "LC_ALL": LOCALE}


def run(folder: Path, environment: dict[str, str], *given: str) -> None:
    command = [sys.executable, "-c", CODE.format(root=str(ROOT)), *given]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=200
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_german_works_in_a_folder_with_umlauts(tmp_path: Path, german: dict[str, str]) -> None:
    folder = tmp_path / "Hände größer %41 %s"
    folder.mkdir()
    given = ("synthetic", "--headless", "--seconds", "0.2")
    run(folder, german, *given, "--export", "aus %d ö.csv", "--picture", "bild %s ä.png")
    with (folder / "aus %d ö.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert len(rows[0]) == 5 + 3 * 21
    assert float(rows[0]["wrist_z"]) > 100.0
    assert (folder / "bild %s ä.png").stat().st_size > 1000
    write_folder(folder / "drei Bilder ü", 3)
    for target in ("neu ü %20.db3", "neu ü % ordner"):
        run(folder, german, "convert", "drei Bilder ü", target)
        run(folder, german, target, "--headless", "--export", f"{target}.csv")
    names = {entry.name for entry in folder.iterdir()}
    assert names == {
        *("aus %d ö.csv", "bild %s ä.png", "drei Bilder ü"),
        *("neu ü %20.db3", "neu ü %20.db3.csv", "neu ü % ordner", "neu ü % ordner.csv"),
    }
