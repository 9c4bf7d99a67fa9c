"""The joints file: its columns, its rows, and what is left when the work is broken off."""

from __future__ import annotations

import csv
import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import CancelledError, ExportError
from engine.export.joints import CSV_COLUMNS, GesturesCsvWriter, JointsCsvWriter, JointsJsonWriter
from engine.export.names import JointsFormat
from engine.jobs.export_range import result_writer
from engine.skeleton import Handedness
from tests.fakes import make_frame, make_hand, make_result

CONTRACT_START = "frame,timestamp_ms,hand,handedness,confidence,wrist_x,wrist_y,wrist_z,thumb_cmc_x"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_header_is_the_contract() -> None:
    header = ",".join(CSV_COLUMNS)
    assert header.startswith(CONTRACT_START)
    assert header.endswith("little_dip_z,little_tip_x,little_tip_y,little_tip_z")
    assert len(CSV_COLUMNS) == 5 + 3 * 21


def test_one_row_per_hand_and_none_without(tmp_path: Path) -> None:
    path = tmp_path / "new" / "joints.csv"
    right = make_hand(3, score=0.87654)
    left = make_hand(4, handedness=Handedness.LEFT)
    with JointsCsvWriter(path) as writer:
        writer.write(make_result(make_frame(0)))
        writer.write(make_result(make_frame(1), right, left))
        assert not path.exists(), "the target appears when it is whole"
    rows = rows_of(path)
    assert [(row["frame"], row["hand"], row["handedness"]) for row in rows] == [
        ("1", "3", "right"),
        ("1", "4", "left"),
    ]
    assert rows[0]["timestamp_ms"] == "33.333"
    assert rows[0]["confidence"] == "0.8765"
    expected = right.pose.joints_mm[8]
    found = [float(rows[0][f"index_tip_{axis}"]) for axis in "xyz"]
    np.testing.assert_allclose(found, expected, atol=5e-4)
    assert not writer.partial_path.exists()


def test_an_empty_result_is_a_header(tmp_path: Path) -> None:
    path = tmp_path / "joints.csv"
    with JointsCsvWriter(path):
        pass
    assert path.read_text() == ",".join(CSV_COLUMNS) + "\n"


def test_broken_off_work_keeps_its_rows_and_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "joints.csv"
    path.write_text("an older result\n")
    with pytest.raises(RuntimeError, match="boom") as caught, JointsCsvWriter(path) as writer:
        writer.write(make_result(make_frame(0), make_hand()))
        raise RuntimeError("boom")
    assert path.read_text() == "an older result\n"
    assert [row["frame"] for row in rows_of(writer.partial_path)] == ["0"]
    assert str(writer.partial_path) in caught.value.__notes__[0]


def test_broken_off_before_the_first_row_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), JointsCsvWriter(tmp_path / "joints.csv"):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_rows_are_on_disk_before_the_end(tmp_path: Path) -> None:
    writer = JointsCsvWriter(tmp_path / "joints.csv")
    writer.write(make_result(make_frame(0), make_hand()))
    assert len(rows_of(writer.partial_path)) == 1
    writer.close()
    writer.close()


def test_unwritable_places_are_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file" / "joints.csv", Path("/proc/joints.csv")):
        with pytest.raises(ExportError, match="cannot write"):
            JointsCsvWriter(path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "joints.csv.partial").symlink_to("/dev/full")
    with pytest.raises(ExportError, match=r"cannot write .*joints\.csv: No space left"):
        JointsCsvWriter(tmp_path / "joints.csv")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_fills_up_does_not_hide_the_rows_before(tmp_path: Path) -> None:
    with (
        pytest.raises(ExportError, match="No space left") as caught,
        JointsCsvWriter(tmp_path / "joints.csv") as writer,
    ):
        writer.write(make_result(make_frame(0), make_hand()))
        with Path("/dev/full").open("wb") as full:
            os.dup2(full.fileno(), writer._file.fileno())
        writer.write(make_result(make_frame(1), make_hand()))
    assert str(writer.partial_path) in caught.value.__notes__[0]
    assert [row["frame"] for row in rows_of(writer.partial_path)] == ["0"]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.bvh"])
def test_what_the_user_cancels_leaves_nothing(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("older")
    with pytest.raises(CancelledError), result_writer(path) as writer:
        writer.write(make_result(make_frame(0), make_hand()))
        raise CancelledError("enough")
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [(name, "older")]


def test_a_json_line_for_each_result(tmp_path: Path) -> None:
    path = tmp_path / "joints.jsonl"
    right = make_hand(3, score=0.87654)
    with JointsJsonWriter(path) as writer:
        writer.write(make_result(make_frame(0)))
        writer.write(make_result(make_frame(1), right))
    nothing, one = (json.loads(line) for line in path.read_text().splitlines())
    assert nothing == {"frame": 0, "timestamp_ms": 0.0, "status": "no hand", "hands": []}
    assert (one["frame"], one["timestamp_ms"], one["status"]) == (1, 33.333, "tracking")
    (hand,) = one["hands"]
    assert (hand["hand"], hand["handedness"], hand["confidence"]) == (3, "right", 0.8765)
    np.testing.assert_allclose(hand["joints_mm"], right.pose.joints_mm, atol=5e-4)
    np.testing.assert_allclose(hand["sigma_mm"], right.pose.sigma_mm, atol=5e-4)


def test_rows_go_through_a_pipe_as_they_come(tmp_path: Path) -> None:
    pipe = tmp_path / "joints.csv"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(pipe.open, newline="")
        writer = JointsCsvWriter(pipe)
        with reader.result(10) as heard:
            assert heard.readline() == ",".join(CSV_COLUMNS) + "\n"
            writer.write(make_result(make_frame(4), make_hand()))
            assert heard.readline().startswith("4,")
            writer.close()
            assert heard.read() == ""
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert writer.written == ()
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_reader_that_goes_is_one_clear_error(tmp_path: Path) -> None:
    pipe = tmp_path / "joints.jsonl"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(pipe.open)
        with pytest.raises(ExportError, match="Broken pipe"), result_writer(pipe) as writer:
            reader.result(10).close()
            writer.write(make_result(make_frame(0), make_hand()))
    assert list(tmp_path.iterdir()) == [pipe]


@pytest.mark.parametrize("kind", list(JointsFormat))
def test_a_device_takes_every_format_and_stays(kind: JointsFormat) -> None:
    device = Path("/dev/null")
    before = device.stat()
    with result_writer(device, kind) as writer:
        writer.write(make_result(make_frame(0), make_hand()))
        writer.write(make_result(make_frame(1), make_hand()))
    assert (device.stat().st_mode, device.stat().st_rdev) == (before.st_mode, before.st_rdev)
    assert writer.written == ()
    assert not list(Path("/dev").glob("*.part*"))


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_standard_output_gets_the_rows(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    with result_writer(Path(name)) as writer:
        writer.write(make_result(make_frame(0), make_hand()))
    with result_writer(Path(name), JointsFormat.JSON_LINES) as writer:
        writer.write(make_result(make_frame(1), make_hand()))
    header, row, line = capfd.readouterr().out.splitlines()
    assert header == ",".join(CSV_COLUMNS)
    assert row.startswith("0,")
    assert json.loads(line)["frame"] == 1


def test_a_link_stays_and_its_target_gets_the_rows(tmp_path: Path) -> None:
    link = tmp_path / "link.csv"
    link.symlink_to(Path("deep") / "joints.csv")
    with JointsCsvWriter(link) as writer:
        writer.write(make_result(make_frame(0), make_hand()))
        assert writer.partial_path.parent == tmp_path / "deep"
    assert link.is_symlink()
    assert len(rows_of(tmp_path / "deep" / "joints.csv")) == 1
    assert [each.name for each in (tmp_path / "deep").iterdir()] == ["joints.csv"]


def test_gestures_are_a_last_column(tmp_path: Path) -> None:
    path = tmp_path / "joints.csv"
    with GesturesCsvWriter(path) as writer:
        writer.write(make_result(make_frame(0), replace(make_hand(), gesture="größer")))
        writer.write(make_result(make_frame(1), make_hand()))
    head, held, none = path.read_text(encoding="utf-8").splitlines()
    assert head == ",".join((*CSV_COLUMNS, "gesture"))
    assert held.endswith(",größer")
    assert none.endswith(",")
    assert {row.count(",") for row in (held, none)} == {len(CSV_COLUMNS)}
