"""What the adapters that write have in common, and what is said where their library is missing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.adapters.lsl import LslOutlets
from engine.adapters.rerun_log import RerunLog
from engine.adapters.ros_mcap import RosMcapWriter
from engine.errors import MissingExtraError
from engine.export.writer import ResultWriter
from tests.fakes import make_frame, make_hand, make_result


@pytest.mark.parametrize(
    ("module", "make", "name"),
    [("rerun", RerunLog, "log.rrd"), ("rosbags", RosMcapWriter, "hands.mcap")],
)
def test_a_file_appears_when_it_is_whole(
    module: str, make: Callable[[Path], ResultWriter], name: str, tmp_path: Path
) -> None:
    pytest.importorskip(module)
    path = tmp_path / name
    with make(path) as writer:
        writer.write(make_result(make_frame(0), make_hand()))
        assert not path.exists()
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("module", "package", "use"),
    [
        ("pylsl", "pylsl", lambda _: LslOutlets()),
        ("rerun", "rerun-sdk", lambda folder: RerunLog(folder / "log.rrd")),
        ("rosbags.rosbag2", "rosbags", lambda folder: RosMcapWriter(folder / "hands.mcap")),
    ],
)
def test_a_missing_library_is_named_with_its_command(
    module: str,
    package: str,
    use: Callable[[Path], object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=f"python -m pip install {package}"):
        use(tmp_path)
    assert list(tmp_path.iterdir()) == []
