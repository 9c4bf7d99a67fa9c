"""Every block of the tutorial runs as it stands, in order and in one folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from app.cli.main import main

COMMAND = "crossing-hands"


def blocks(repository: Path) -> list[tuple[str, str]]:
    text = (repository / "docs" / "tutorial.md").read_text(encoding="utf-8")
    return re.findall(r"```(\w*)\n(.*?)```", text, re.DOTALL)


@pytest.mark.timeout(600)
def test_the_tutorial(
    repository: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    printed = []
    for language, code in blocks(repository):
        if language == "sh":
            for line in code.splitlines():
                command, *words = shlex.split(line)
                assert command == COMMAND
                assert main(words) == 0
        else:
            assert language == "python"
            exec(compile(code, "docs/tutorial.md", "exec"), names)
        printed.append(capsys.readouterr().out)
    assert len(printed) == 9
    made = {"joints.csv", "measures.csv", "take", "hand.bvh", "hand.npz"}
    assert {path.name for path in tmp_path.iterdir()} == made
    assert re.search(r"right 0\.\d+\ntip of the index finger: -?\d", printed[1])
    assert re.search(r"^19 right \S+ \[", printed[2], re.MULTILINE)
    assert printed[3] == "tracking 1\n"
    assert re.fullmatch(r"(2\d|30) hands in 30 frames\n", printed[4])
    assert re.search(r"\d+ mm, open [01]\.\d\d", printed[6])
    assert printed[7].endswith("True\n")
    assert "nowhere.bag" in printed[8]
