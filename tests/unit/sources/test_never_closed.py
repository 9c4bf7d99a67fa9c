"""Recordings whose program was killed: what is whole is read, and nothing is written anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pytest

from engine.errors import SourceError
from engine.jobs.convert import convert
from engine.sources import open_source
from engine.sources.base import SeekableSource
from tests import ros_recordings as ros
from tests.sdk_bags import unclosed, write_sdk_bag
from tests.sdk_files import SdkFile, counts, stamps_ms, write_killed_db3, write_sdk_db3

FRAMES = 9


@pytest.fixture(autouse=True)
def _nothing_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No copy is left behind."""
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(private))
    yield
    assert list(private.iterdir()) == []


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def check(path: Path, least: int, notice: str) -> int:
    """Read a recording and convert it; return how many frames there are."""
    before = contents(path.parent)
    with closing(open_source(str(path))) as source:
        assert isinstance(source, SeekableSource)
        count = source.frame_count
        assert least <= count <= FRAMES
        for k in range(count):
            np.testing.assert_array_equal(source.frame_at(k).depth_mm, counts(k))
        np.testing.assert_allclose(source.timeline_ms, np.arange(count) * 40.0, atol=1e-3)
        saved = f"{count} frames were saved" if count != 1 else "1 frame was saved"
        # The time of a last frame may not have been written any more.
        missing = f"; 1 of {count} times is missing and is estimated"
        assert (source.notice or "").removesuffix(missing) == f"{path.name} {notice}: {saved}"
    assert contents(path.parent) == before
    sound = path.parent.parent / "sound.db3"
    assert convert(str(path), sound).frames == count
    with closing(open_source(str(sound))) as source:
        assert isinstance(source, SeekableSource)
        assert (source.frame_count, source.notice) == (count, None)
        np.testing.assert_array_equal(source.frame_at(count - 1).depth_mm, counts(count - 1))
    sound.unlink()
    assert contents(path.parent) == before
    return count


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "recordings"
    folder.mkdir()
    return folder


# ---- .bag


@pytest.mark.parametrize("compression", ["", "lz4", "bz2"])
@pytest.mark.parametrize("chunk_bytes", [500, 2500])
def test_a_bag_without_its_index_is_read_whole(
    folder: Path, compression: str, chunk_bytes: int
) -> None:
    what = SdkFile(stamps_ms(FRAMES))
    path = write_sdk_bag(folder / "a.bag", what, compression=compression, chunk_bytes=chunk_bytes)
    assert check(unclosed(path), FRAMES, "was never closed") == FRAMES
    path.unlink()
    write_sdk_bag(path, what, compression=compression, chunk_bytes=chunk_bytes)
    assert check(unclosed(path, unwritten=True), FRAMES, "was never closed") == FRAMES


@pytest.mark.parametrize("compression", ["", "lz4", "bz2"])
@pytest.mark.parametrize("unwritten", [False, True])
def test_a_bag_cut_off_within_a_chunk_keeps_the_whole_frames(
    folder: Path, compression: str, unwritten: bool
) -> None:
    found = set()
    for cut in (1, 100, 400, 900):
        path = folder / "a.bag"
        path.unlink(missing_ok=True)
        what = SdkFile(stamps_ms(FRAMES))
        write_sdk_bag(path, what, compression=compression, chunk_bytes=2500)
        unclosed(path, cut=cut, unwritten=unwritten)
        found.add(check(path, FRAMES - 4, "was never closed"))
    assert len(found) > (compression != "bz2"), found


def test_a_large_lz4_chunk_is_read_as_far_as_it_goes(folder: Path) -> None:
    """Blocks of LZ4 are 64 kB or more: frames before the cut block are there."""
    count = 400
    path = write_sdk_bag(folder / "a.bag", SdkFile(stamps_ms(count)), chunk_bytes=1 << 20)
    unclosed(path, cut=path.stat().st_size // 2, unwritten=True)
    with closing(open_source(str(path))) as source:
        assert source.frame_count is not None and 50 < source.frame_count < count
        assert f"{source.frame_count} frames were saved" in (source.notice or "")


def test_a_bag_cut_off_anywhere_is_read_or_refused_in_a_line(folder: Path) -> None:
    path = write_sdk_bag(folder / "a.bag", SdkFile(stamps_ms(FRAMES)))
    content = path.read_bytes()
    last = 0
    for length in range(40, len(content), 97):
        path.write_bytes(content[:length])
        try:
            source = open_source(str(path))
        except SourceError:
            assert last == 0, length
            continue
        with closing(source):
            assert source.frame_count is not None and source.frame_count >= last
            assert source.notice is not None and "is cut off" in source.notice
            last = source.frame_count
    assert last == FRAMES


# ---- .db3


@pytest.mark.parametrize("mode", ["WAL", "DELETE", "PERSIST", "TRUNCATE"])
def test_a_db3_of_a_killed_program_is_read(folder: Path, mode: str) -> None:
    path = folder / "a.db3"
    write_killed_db3(path, SdkFile(stamps_ms(FRAMES)), mode=mode, left=5)
    check(path, FRAMES - 3, "was never closed")


def test_a_whole_db3_in_wal_mode_has_no_notice(folder: Path) -> None:
    path = write_sdk_db3(folder / "a.db3", SdkFile(stamps_ms(FRAMES)), wal=True)
    before = contents(folder)
    with closing(open_source(str(path))) as source:
        assert (source.frame_count, source.notice) == (FRAMES, None)
    assert contents(folder) == before


@pytest.mark.parametrize("packed", [False, True])
def test_of_a_db3_that_is_cut_off_the_beginning_is_read(folder: Path, packed: bool) -> None:
    what = SdkFile(stamps_ms(FRAMES))
    path = write_sdk_db3(folder / "a.db3", what, plain=True, packed=packed, page_bytes=512)
    content = path.read_bytes()
    found: list[int] = []
    for length in range(len(content) // 5, len(content), 700):
        path.write_bytes(content[:length])
        with suppress(SourceError), closing(open_source(str(path))) as source:
            assert isinstance(source, SeekableSource)
            found.append(source.frame_count)
            for k in range(source.frame_count):
                np.testing.assert_array_equal(source.frame_at(k).depth_mm, counts(k))
            assert f"is cut off ({length} of its {len(content)} bytes" in (source.notice or "")
    assert sorted(found) == found
    assert found[0] <= 3 and found[-1] >= FRAMES - 1


# ---- .mcap


@pytest.mark.parametrize("compression", ["NONE", "LZ4", "ZSTD"])
@pytest.mark.parametrize("cut", [0, 1, 500, 1500])
def test_an_mcap_that_was_never_closed_is_read(folder: Path, compression: str, cut: int) -> None:
    path = ros.write_ros(
        folder / "a", ros.driver_messages(FRAMES), "mcap",
        compression=compression, closed=False, chunk_size=3000,
    )  # fmt: skip
    path.write_bytes(path.read_bytes()[: path.stat().st_size - cut])
    before = contents(folder)
    with closing(open_source(str(path))) as source:
        assert isinstance(source, SeekableSource)
        count = source.frame_count
        assert FRAMES - 4 <= count <= FRAMES
        for k in range(count):
            np.testing.assert_array_equal(source.frame_at(k).depth_mm, ros.depth_counts(k))
        assert (source.notice or "").startswith(
            f"a.mcap was never closed or is cut off: {count} frames were saved"
        )
    assert contents(folder) == before


# ---- where nothing may be written

_READ = """
import os, sys
sys.path.insert(0, sys.argv[1])
os.chdir("/")
from PIL import PngImagePlugin
import zstandard
from engine.sources import folder, message_recording, open_source
os.setgroups([]); os.setgid(65534); os.setuid(65534)
for path in sys.argv[2:]:
    source = open_source(path)
    assert len([source.frame_at(k) for k in range(source.frame_count)]) >= 6, path
    assert "damaged" not in (source.notice or ""), source.notice
    source.close()
"""


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another user"
)
def test_nothing_need_be_written_and_nobody_special_reads() -> None:
    what = SdkFile(stamps_ms(FRAMES))
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        paths = [
            write_sdk_db3(folder / "wal.db3", what, wal=True),
            write_sdk_db3(folder / "whole.db3", what),
            write_killed_db3(folder / "killed_wal.db3", what, mode="WAL"),
            write_killed_db3(folder / "killed.db3", what, mode="DELETE", left=5),
            unclosed(write_sdk_bag(folder / "a.bag", what), cut=3),
        ]
        for each in folder.iterdir():
            each.chmod(0o444)
        folder.chmod(0o555)
        before = contents(folder)
        root = str(Path(__file__).parents[3])
        done = subprocess.run(
            [sys.executable, "-c", _READ, root, *map(str, paths)],
            capture_output=True, encoding="utf-8", timeout=100,
            env={**os.environ, "TMPDIR": "/tmp"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        assert contents(folder) == before
        folder.chmod(0o755)
