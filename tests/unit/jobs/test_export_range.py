"""A part of a recording as files: what a replay shows, by function and by command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import main
from engine.errors import CancelledError, InvalidInputError, SourceError
from engine.jobs.export_range import export_results
from engine.run.replay import Replay
from engine.run.replay_control import PlayRange
from tests.fakes import FakePipeline, FakeRecording, make_hand


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.bvh"])
def test_every_kind_holds_the_chosen_frames(name: str, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    def note(done: int, total: int) -> bool:
        told.append((done, total))
        return True

    path = tmp_path / "new" / name
    pipeline, chosen = FakePipeline(make_hand()), PlayRange(11, 17)
    report = export_results(FakeRecording(40), pipeline, path, chosen=chosen, progress=note)
    assert (report.frames, report.written, report.damaged) == (7, (path,), 0)
    assert told == [(k, 7) for k in range(1, 8)]
    assert [found.name for found in path.parent.iterdir()] == [name]
    text = path.read_text()
    if name == "a.bvh":
        assert "Frames: 7" in text
    elif name == "a.csv":
        assert [row.split(",")[0] for row in text.splitlines()[1:]] == [
            str(k) for k in range(11, 18)
        ]
    else:
        assert [line["frame"] for line in lines(path)] == list(range(11, 18))


def test_damaged_frames_are_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    report = export_results(FakeRecording(9, unreadable=[4, 5]), FakePipeline(), path)
    assert (report.frames, report.damaged, report.reason) == (7, 2, "frame 4 is damaged")
    assert [line["frame"] for line in lines(path)] == [0, 1, 2, 3, 6, 7, 8]
    with pytest.raises(SourceError, match="no frame of fake can be read"):
        export_results(
            FakeRecording(9, unreadable=[4]), FakePipeline(), path, chosen=PlayRange(4, 4)
        )
    assert len(lines(path)) == 7, "an older file stays"


def test_what_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with pytest.raises(CancelledError):
        export_results(FakeRecording(9), FakePipeline(), path, progress=lambda done, _: done < 4)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InvalidInputError, match="no frame 9"):
        export_results(FakeRecording(9), FakePipeline(), path, chosen=PlayRange(3, 9))


def test_the_command_writes_what_a_replay_shows(
    recordings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from engine.sources import open_source
    from engine.sources.base import SeekableSource
    from engine.tracking.pipeline import Pipeline

    path, recording = tmp_path / "a.jsonl", str(recordings / "sr305_hand.db3")
    assert main.main(["export", recording, str(path), "--frames", "9", "12"]) == 0
    assert f"4 frames, wrote {path}" in capsys.readouterr().err
    source = open_source(recording)
    assert isinstance(source, SeekableSource)
    replay = Replay(source, Pipeline.load())
    replay.start()
    replay.pause()
    for line in lines(path):
        replay.seek(int(str(line["frame"])))
        result = replay.results.take(10.0)
        while result is not None and result.frame.index != line["frame"]:
            result = replay.results.take(10.0)
        assert result is not None
        found = [hand["joints_mm"] for hand in line["hands"]]  # type: ignore[attr-defined]
        expected = [hand.pose.joints_mm for hand in result.hands]
        np.testing.assert_allclose(found, expected, atol=1e-3)
    replay.stop()


def test_what_cannot_be_written_is_one_line(
    recordings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = str(recordings / "sr305_hand.db3")
    for source, target, problem in (
        (recording, "a.fbx", "must end in"),
        ("synthetic", "a.csv", "is no recording"),
        ("gone.bag", "a.bvh", "no such file"),
    ):
        assert main.main(["export", source, str(tmp_path / target)]) == 2
        assert problem in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert main.main(["export", recording, str(tmp_path / "f"), "--frames", "2", "3"]) == 0
    assert len(list((tmp_path / "f").glob("*.png"))) == 2
