"""Disks that are full while something is written to them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.reliability.full_disk import Filled, NoDiskError, fill_disks, report, resize, small_disk


@pytest.fixture(autouse=True)
def _disks_can_be_mounted() -> None:
    try:
        with small_disk():
            pass
    except NoDiskError as error:
        pytest.skip(f"no small disk can be mounted here: {error}")


def test_a_full_disk_is_told_and_what_is_there_plays() -> None:
    filled = fill_disks(5, seed=4)
    assert len({one.job for one in filled}) == 5
    assert not any(one.problem for one in filled), report(filled)
    assert sum(bool(one.told) for one in filled) >= 3
    assert "BROKEN" not in report(filled)
    assert "BROKEN" in report([replace(filled[0], problem="it hangs")])


def test_a_small_disk_is_small() -> None:
    with small_disk() as disk:
        resize(disk, 65536)
        with pytest.raises(OSError, match="No space left"):
            (disk / "a").write_bytes(bytes(1 << 20))
    assert not disk.is_mount()


def test_a_table_tells_jobs_and_losses() -> None:
    text = report([Filled("record to a folder", "the disk is full", lost_s=0.25)])
    assert "0.25 s" in text and "record to a folder" in text
