"""Several recordings at once: what is real are the processes; the work in them is as told."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from engine.errors import CancelledError, InvalidInputError, SourceError
from engine.jobs import batch
from engine.jobs.batch import DIED, Outcome, Part, processes_for, run_batch
from engine.jobs.headless import HeadlessJob, HeadlessReport
from engine.progress import Progress, report
from engine.tracking.config import Options

FRAMES = 5
WAIT_S = 60.0


def work(options: Options, job: HeadlessJob, progress: Progress) -> HeadlessReport:
    """What the recording's name says, in a process of the pool."""
    name, export = Path(options.source or "").name, job.export
    assert export is not None
    if name == "bad":
        raise SourceError("bad is damaged")
    if name == "odd":
        raise ZeroDivisionError("by nothing")
    if name == "crash":
        os._exit(11)
    for done in range(1, FRAMES + 1):
        report(progress, done, FRAMES)
    while name == "endless":
        export.with_suffix(".begun").touch()
        time.sleep(0.01)
        report(progress, FRAMES, 2 * FRAMES)
    export.write_text(str(os.getpid()))
    return HeadlessReport(FRAMES, 0, (export,), "")


@pytest.fixture(autouse=True)
def _no_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_settle", lambda parts: None)


def parts(folder: Path, *names: str) -> list[Part]:
    return [Part(Options(name), HeadlessJob(export=folder / f"{name}.csv")) for name in names]


def test_failures_stay_with_their_recordings(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    outcomes = run_batch(
        parts(tmp_path, "a", "bad", "b", "odd"),
        2,
        progress=lambda done, total: seen.append((done, total)) is None,
        work=work,
    )
    reports = [HeadlessReport(FRAMES, 0, (tmp_path / f"{name}.csv",), "") for name in "ab"]
    assert outcomes == (
        Outcome(reports[0]),
        Outcome(None, "bad is damaged"),
        Outcome(reports[1]),
        Outcome(None, "tracking failed: ZeroDivisionError: by nothing"),
    )
    assert seen[-1] == (2 * FRAMES, 2 * FRAMES)
    assert all(total in (0, 2 * FRAMES) for _, total in seen)
    processes = {int((tmp_path / f"{name}.csv").read_text()) for name in "ab"}
    assert os.getpid() not in processes


def test_a_process_that_dies_takes_no_other_recording_along(tmp_path: Path) -> None:
    outcomes = run_batch(parts(tmp_path, "a", "crash", "b"), 2, work=work)
    assert [outcome.failure for outcome in outcomes] == ["", DIED, ""]
    assert {path.name for path in tmp_path.iterdir()} == {"a.csv", "b.csv"}


def test_what_is_under_way_ends_with_the_batch(tmp_path: Path) -> None:
    began_s = time.monotonic()
    begun = tmp_path / "endless.begun"

    def until_begun(_done: int, _total: int) -> bool:
        assert time.monotonic() < began_s + WAIT_S
        return not (begun.exists() and (tmp_path / "a.csv").exists())

    with pytest.raises(CancelledError):
        run_batch(parts(tmp_path, "a", "endless", "b"), 2, progress=until_begun, work=work)
    assert not (tmp_path / "endless.csv").exists()
    assert (tmp_path / "a.csv").exists()


def test_as_many_processes_as_cores_or_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 2, 5}, raising=False)
    assert processes_for(1000) == 3
    assert processes_for(1) == 1
    assert processes_for(10, 3) == 3
    assert processes_for(2, 3) == 2
    with pytest.raises(InvalidInputError, match="jobs must be 1 or more, not 0"):
        processes_for(2, 0)
