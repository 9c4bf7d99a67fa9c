"""Damaged files of messages are refused in a line or read around the damage, never more."""

from __future__ import annotations

import tempfile
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import FrameError, SourceError
from engine.sources import open_source
from engine.sources.base import DepthSource, SeekableSource
from tests import ros_recordings as ros
from tests.sdk_bags import unclosed, write_sdk_bag
from tests.sdk_files import SdkFile, stamps_ms, write_sdk_db3


def samples(folder: Path) -> dict[str, bytes]:
    """Small files of every kind."""
    sdk = SdkFile(stamps_ms(4), metadata=[{"timestamp_domain": "Hardware Clock"}] * 4)
    driver = ros.driver_messages(3)
    packed = [
        ros.compressed("/d/image/compressedDepth", k, "16UC1; compressedDepth rvl",
                       ros.rvl(ros.depth_counts(k)))
        for k in range(3)
    ]  # fmt: skip
    paths = [
        write_sdk_bag(folder / "sdk.bag", sdk, compression=""),
        write_sdk_bag(folder / "lz4.bag", sdk),
        unclosed(write_sdk_bag(folder / "unclosed.bag", sdk, compression="bz2")),
        write_sdk_db3(folder / "sdk.db3", sdk),
        write_sdk_db3(folder / "zstd.db3", sdk, packed=True),
        ros.write_ros(folder / "driver", driver, "bag"),
        ros.write_ros(folder / "driver", driver, "db3"),
        ros.write_ros(folder / "driver", driver, "mcap", compression="NONE"),
        ros.write_ros(folder / "zstd", driver, "mcap"),
        ros.write_ros(folder / "rvl", [*packed, ros.camera("/d/camera_info", 3)], "mcap"),
    ]
    return {path.name: path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return samples(tmp_path_factory.mktemp("samples"))


def play(path: Path) -> None:
    """Read everything; whatever is wrong is told in one line."""
    try:
        source = open_source(str(path))
    except SourceError as error:
        text = str(error)
    else:
        text = str(path)
        play_frames(source)
    assert str(path) in text and "\n" not in text


def play_frames(source: DepthSource) -> None:
    with closing(source):
        assert isinstance(source, SeekableSource)
        assert (np.diff(source.timeline_ms) >= 0).all()
        assert "\n" not in (source.notice or "")
        for k in range(source.frame_count):
            with suppress(FrameError):
                assert np.isfinite(source.frame_at(k).depth_mm).all()


@settings(max_examples=150, deadline=None)
@given(
    name=st.integers(0, 9), place=st.floats(0, 1, exclude_max=True),
    patch=st.binary(min_size=1, max_size=16), cut=st.booleans(), again=st.floats(0, 1),
)  # fmt: skip
def test_damaged_files_are_refused_or_read(
    contents: dict[str, bytes], name: int, place: float, patch: bytes, cut: bool, again: float
) -> None:
    chosen = sorted(contents)[name % len(contents)]
    content = bytearray(contents[chosen])
    at = int(place * len(content))
    content[at : at + len(patch)] = patch
    if cut:
        del content[int(again * len(content)) :]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / chosen
        path.write_bytes(content)
        play(path)
