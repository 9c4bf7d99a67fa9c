"""Damaged files never crash or hang a reader: they are refused in words or end early."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import SourceError
from engine.sources import open_source
from tests.recordings import write_bag, write_db3, write_folder

# Plays every file named on the command line; another process, for the SDK might crash.
_PLAY = """
import sys
from engine.errors import SourceError
from engine.sources import open_source
for path in sys.argv[1:]:
    try:
        source = open_source(path)
    except SourceError as error:
        assert path in str(error), error
        continue
    count = 0
    while not source.ended:
        count += source.read() is not None
    assert count == source.frame_count or source.notice or source.frame_count is None, path
    source.close()
"""


@settings(max_examples=40, deadline=None)
@given(content=st.binary(max_size=400), suffix=st.sampled_from([".bag", ".db3"]))
def test_random_bytes_are_refused(content: bytes, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{suffix}"
        for start in (b"", b"#ROSBAG V2.0\n", b"SQLite format 3\0"):
            path.write_bytes(start + content)
            with pytest.raises(SourceError):
                open_source(str(path))


@settings(max_examples=40, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), patch=st.binary(min_size=1, max_size=12))
def test_a_damaged_bag_index_is_refused_or_read(place: float, patch: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_bag(Path(folder) / "a.bag")
        content = bytearray(path.read_bytes())
        at = int(place * len(content))
        content[at : at + len(patch)] = patch
        path.write_bytes(content)
        try:
            open_source(str(path))
        except SourceError as error:
            problem = str(error)
        else:
            problem = str(path)
        assert str(path) in problem


@settings(max_examples=25, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), patch=st.binary(max_size=30), cut=st.booleans())
def test_a_damaged_picture_ends_the_stream(place: float, patch: bytes, cut: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_folder(Path(folder) / "a", count=2)
        picture = path / "000001.png"
        content = bytearray(picture.read_bytes())
        at = int(place * len(content))
        content[at : None if cut else at + len(patch)] = patch
        picture.write_bytes(content)
        source = open_source(str(path))
        assert source.read() is not None
        assert (source.read() is None) == (source.notice is not None)
        assert source.ended


_JSON = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
)  # fmt: skip
_FIELDS = ("name", "width", "height", "fx", "fy", "cx", "cy", "depth_unit_mm", "fps")


@settings(max_examples=40, deadline=None)
@given(fields=_JSON | st.fixed_dictionaries(dict.fromkeys(_FIELDS, _JSON)))
def test_any_camera_file_is_read_or_refused(fields: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "camera.json").write_text(json.dumps(fields))
        with pytest.raises(SourceError):
            open_source(folder)


@pytest.mark.skipif(
    importlib.util.find_spec("pyrealsense2") is None, reason="the RealSense SDK is not installed"
)
def test_damaged_databases_neither_crash_nor_hang_the_sdk(tmp_path: Path, repository: Path) -> None:
    content = write_db3(tmp_path / "good.db3").read_bytes()
    random = np.random.default_rng(3)
    paths = []
    for k in range(24):
        damaged = bytearray(content)
        length = int(random.choice([1, 8, 64, 4096]))
        at = int(random.integers(100, len(content) - length))
        damaged[at : at + length] = random.bytes(length)
        path = tmp_path / f"{k}.db3"
        path.write_bytes(damaged if k % 4 else damaged[:at])
        paths.append(str(path))
    done = subprocess.run(
        [sys.executable, "-c", _PLAY, *paths],
        cwd=repository, capture_output=True, encoding="utf-8", timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
