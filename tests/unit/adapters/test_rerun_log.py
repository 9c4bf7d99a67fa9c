"""What Rerun's own reader finds in a log."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.adapters.rerun_log import RerunLog, cube_points_mm
from engine.errors import ExportError
from engine.skeleton import Handedness
from engine.types import FrameResult
from tests.fakes import make_frame, make_hand, make_result

chunk = pytest.importorskip("rerun.chunk", reason="rerun-sdk is not installed")


def results() -> list[FrameResult]:
    hand = replace(make_hand(), gesture="fist")
    return [make_result(make_frame(0), hand), make_result(make_frame(1))]


def read(path: Path) -> dict[str, list[Any]]:
    """Columns of each entity, as Python values of the rows in order."""
    found: dict[str, list[Any]] = {}
    for one in chunk.RrdReader(str(path)).stream():
        batch = one.to_record_batch()
        names = [name for name in batch.schema.names if name not in ("log_time", "time")]
        found.setdefault(one.entity_path, []).append(batch.select(names).to_pydict())
    return found


def values(columns: dict[str, Any], part: str) -> Any:
    return next(value for name, value in columns.items() if name.endswith(part))


def test_depth_skeleton_points_and_plots_are_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "log.rrd"
    with RerunLog(path) as log:
        for result in results():
            log.write(result)
    assert log.written == (path,)
    found = read(path)
    hand = results()[0].hands[0]
    joints = values(found["/hands/right/joints"][0], "positions")[0]
    np.testing.assert_allclose(joints, hand.joints_mm / 1000.0, atol=1e-6)
    assert len(values(found["/hands/right/bones"][0], "strips")[0]) == 20
    assert values(found["/hands/right/gesture"][0], "text")[0] == ["fist"]
    frames = [k for each in found["/camera/depth"] for k in values(each, "frame")]
    assert frames == [0, 1]
    assert "/plots/right/pinch_index" in found
    assert "/camera" in found
    cleared = [k for each in found["/hands/left"] for k in values(each, "frame")]
    assert cleared == [0, 1]


def test_after_an_error_the_file_is_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "log.rrd"
    path.write_bytes(b"older")
    with pytest.raises(ExportError) as failed, RerunLog(path) as log:
        log.write(results()[0])
        raise ExportError("the disk is full")
    assert path.read_bytes() == b"older"
    assert "log.rrd.partial" in failed.value.__notes__[0]
    assert "/hands/right/joints" in read(tmp_path / "log.rrd.partial")


def test_points_lie_in_the_cube() -> None:
    frame = make_frame(0)
    hand = make_hand()
    points = cube_points_mm(frame, hand)
    assert points.shape[1] == 3
    assert (np.abs(points - hand.crop.centre_mm) <= hand.crop.cube_mm / 2).all()
    assert hand.handedness is Handedness.RIGHT
