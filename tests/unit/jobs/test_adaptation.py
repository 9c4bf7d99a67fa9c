"""The child process that adapts networks: its progress, its end, what it leaves."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.errors import CancelledError, InvalidInputError, ModelError
from engine.jobs import adaptation
from engine.jobs.adaptation import (
    AdaptationOutcome,
    AdaptationRequest,
    adaptation_folder,
    command_of,
    install_packages,
    missing_packages,
    run_adaptation,
)
from engine.profile_store import list_profiles
from engine.progress import ProgressLine
from tests.profile_folders import decoder_profile

REQUEST = AdaptationRequest((Path("a.bag"), Path("b c")), "My hand", 25.0)
WAITS = """
import pathlib, signal, sys, time
def end(*_):
    pathlib.Path(sys.argv[1]).write_text("saved")
    sys.exit(2)
signal.signal(signal.SIGTERM, end)
print("progress: learn 1/9 8 s left", flush=True)
while True:
    time.sleep(0.05)
"""


@pytest.fixture(autouse=True)
def _data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def run(script: str, *arguments: str) -> tuple[AdaptationOutcome, list[ProgressLine]]:
    """What comes of a child that runs ``script``, and the progress it told."""
    told: list[ProgressLine] = []

    def tell(line: ProgressLine) -> bool:
        told.append(line)
        return True

    command = [sys.executable, "-c", script, *arguments]
    return run_adaptation(REQUEST, tell, command), told


def test_the_command_goes_on_where_one_was_begun(tmp_path: Path) -> None:
    command = command_of(REQUEST, tmp_path)
    assert command[1:6] == ["-m", "training", "adapt", "a.bag", "b c"]
    assert "--resume" not in command
    (tmp_path / "adaptation").mkdir()
    (tmp_path / "adaptation" / "plan.json").touch()
    assert command_of(REQUEST, tmp_path)[-1] == "--resume"


def test_what_the_child_cannot_do_is_told_in_its_words() -> None:
    script = "print('progress: follow hands 3/9'); print('error: too short'); raise SystemExit(2)"
    with pytest.raises(ModelError, match=r"^too short$"):
        run(script)
    with pytest.raises(ModelError, match="without a result"):
        run("pass")


def test_networks_that_are_not_better_leave_a_report() -> None:
    folder = adaptation_folder("My hand")
    script = (
        "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('proof');"
        "print('progress: learn 4/4 0 s left', flush=True); print('error: not kept: why')"
    )
    folder.mkdir(parents=True)
    outcome, told = run(script, str(folder / "report.html"))
    assert outcome == AdaptationOutcome("not kept: why", folder / "report.html")
    assert told[0].stage == "start"
    assert not list_profiles()


def test_better_networks_become_a_profile() -> None:
    folder = adaptation_folder("My hand")
    decoder_profile(folder)
    script = (
        "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('<p>before and after</p>');"
        "print('better by 9%'); print('there')"
    )
    outcome, _ = run(script, str(folder / "report.html"))
    assert outcome.profile is not None
    assert outcome.text == "there"
    assert outcome.report is not None
    assert outcome.report.read_text() == "<p>before and after</p>"
    assert [stored.key for stored in list_profiles()] == ["My hand"]
    assert not folder.exists()
    with pytest.raises(InvalidInputError, match="choose another name"):
        run("pass")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process at once")
def test_a_cancelled_child_saves_what_it_has(tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    command = [sys.executable, "-c", WAITS, str(saved)]
    with pytest.raises(CancelledError, match="goes on"):
        run_adaptation(REQUEST, lambda line: line.stage != "learn", command)
    assert saved.read_text() == "saved"


def test_what_is_missing_is_installed_by_a_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(adaptation, "NEEDED", ("a_package_of_this_test",))
    script = "import pathlib, sys; pathlib.Path(sys.argv[1]).touch(); print('done')"
    module = tmp_path / "a_package_of_this_test.py"
    install_packages(lambda _: True, [sys.executable, "-c", script, str(module)])
    assert missing_packages() == ""


def test_an_installation_that_fails_gives_pips_last_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adaptation, "NEEDED", ("no_such_package",))
    script = "print('Collecting'); print('ERROR: no space left'); raise SystemExit(1)"
    with pytest.raises(ModelError, match="ERROR: no space left"):
        install_packages(lambda _: True, [sys.executable, "-c", script])
    with pytest.raises(CancelledError):
        install_packages(lambda _: False, [sys.executable, "-c", "import time; time.sleep(60)"])


def test_what_is_missing_is_named_with_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adaptation, "NEEDED", ("json", "no_such_package"))
    words = missing_packages()
    assert "no_such_package" in words
    assert "GB" in words
    assert "training/requirements.txt" in words
    monkeypatch.setattr(adaptation, "NEEDED", ("json",))
    assert missing_packages() == ""
