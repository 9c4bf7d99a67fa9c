"""What is opened for which text on the command line."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

import pytest

from engine.errors import CameraError, SourceError
from engine.sources import open_source
from engine.sources.base import Timestamps
from engine.sources.realsense_devices import attached_cameras


def test_unknown_sources_are_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"film")
    (tmp_path / "a.png").write_bytes(b"picture")
    os.mkfifo(tmp_path / "pipe.bag")
    for name, problem in (
        ("none.bag", "no such file"),
        ("a.mp4", "unknown type"),
        ("a.png", "open the folder"),
        ("pipe.bag", "neither a file nor a folder"),
    ):
        with pytest.raises(SourceError, match=problem) as caught:
            open_source(str(tmp_path / name))
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)
    for spec in ("", "a\0b", "x" * 5000):
        with pytest.raises(SourceError):
            open_source(spec)


def test_a_camera_that_is_not_there_is_refused_with_a_hint() -> None:
    if attached_cameras():
        pytest.skip("a camera is attached")
    for spec in ("camera", "camera:12345"):
        with pytest.raises(CameraError, match=r"no RealSense camera is attached.*udev"):
            open_source(spec)


def test_without_the_sdk_there_are_no_cameras(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyrealsense2", None)
    assert attached_cameras() == []
    with pytest.raises(CameraError, match="pip install pyrealsense2"):
        open_source("camera")


def test_timestamps_always_increase() -> None:
    stamps = Timestamps(fps=50.0)
    raw = (5.0, 7.0, 7.0, math.nan, 3.0, 100.0)
    assert [stamps.next(stamp) for stamp in raw] == [5.0, 7.0, 27.0, 47.0, 67.0, 100.0]
