"""Real recordings, whole and damaged, through the shipped networks."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from engine.run.replay import FAST, Replay
from engine.run.replay_results import ReplayResults
from engine.run.statistics import RunStatistics
from engine.sources import open_source
from engine.sources.base import SeekableSource
from engine.tracking.pipeline import Pipeline
from engine.tracking.track import TrackState
from engine.types import FrameResult
from tests.fakes import FakePipeline
from tests.runner_helpers import listen_to
from tests.sdk_bags import write_sdk_bag
from tests.sdk_files import SdkFile, stamps_ms

PATIENCE_S = 60.0


def open_recording(path: Path) -> SeekableSource:
    source = open_source(str(path))
    assert isinstance(source, SeekableSource)
    return source


@contextmanager
def all_shown(path: Path) -> Iterator[tuple[list[int], str]]:
    """The frames shown from the first to the last, and the notice."""
    replay: Replay[int] = Replay(open_recording(path), FakePipeline(), speed=FAST)
    shown = listen_to(replay)
    try:
        replay.start()
        yield shown.indices(PATIENCE_S), replay.snapshot().notice
    finally:
        replay.stop()


def same(a: FrameResult, b: FrameResult) -> bool:
    """Whether two results tell the same to the last bit."""
    hands = zip(a.hands, b.hands, strict=True)
    return a.status is b.status and all(
        x.track_id == y.track_id
        and x.pose.score == y.pose.score
        and x.pose.handedness is y.pose.handedness
        and np.array_equal(x.pose.joints_mm, y.pose.joints_mm)
        and np.array_equal(x.pose.sigma_mm, y.pose.sigma_mm)
        for x, y in hands
    )


def test_networks_give_the_same_bits_in_any_order(recordings: Path) -> None:
    pipeline = Pipeline.load()

    def results() -> ReplayResults[TrackState]:
        source = open_recording(recordings / "sr305_hand.db3")
        return ReplayResults(source, pipeline, RunStatistics(time.monotonic))

    played = results()
    in_order = [result for index in range(33) if (result := played.at(index))]
    assert sum(bool(result.hands) for result in in_order) > 25
    sought = results()
    for index in (20, 3, 19, 32, 12, 11):
        result = sought.at(index)
        assert result is not None
        assert same(result, in_order[index]), index


def test_damage_in_the_middle_of_a_bag_costs_its_frames_only(
    recordings: Path, tmp_path: Path
) -> None:
    content = bytearray((recordings / "sr305_hand.bag").read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(64)
    path = tmp_path / "damaged.bag"
    path.write_bytes(content)
    with all_shown(path) as (indices, notice):
        missing = sorted(set(range(33)) - set(indices))
        assert 1 <= len(missing) <= 3
        assert indices == [k for k in range(33) if k not in missing]
        assert notice.startswith(f"damaged.bag: frame {missing[0]} is damaged")


def test_damage_in_the_middle_of_a_database_costs_its_frames_only(
    recordings: Path, tmp_path: Path
) -> None:
    path = tmp_path / "damaged.db3"
    shutil.copyfile(recordings / "sr305_hand.db3", path)
    with sqlite3.connect(path) as database:
        rows = database.execute(
            "SELECT m.id FROM messages m JOIN topics t ON t.id = m.topic_id "
            "WHERE t.name LIKE '%compressedDepth' ORDER BY m.timestamp"
        ).fetchall()
        half = "UPDATE messages SET data = substr(data, 1, length(data) / 2) WHERE id = ?"
        database.execute(half, rows[9])
        database.execute("DELETE FROM messages WHERE id = ?", rows[20])
    database.close()
    with all_shown(path) as (indices, notice):
        assert indices == [k for k in range(32) if k != 9]
        assert notice.startswith("damaged.db3: frame 9 is damaged")


@pytest.mark.parametrize("name", ["sr305_hand", "sr305_hand.bag", "sr305_hand.db3"])
def test_whole_recordings_have_no_notice(recordings: Path, name: str) -> None:
    with all_shown(recordings / name) as (indices, notice):
        assert indices == list(range(len(indices)))
        assert len(indices) in (11, 33)
        assert notice == ""


def test_what_was_mended_is_in_the_notice(tmp_path: Path) -> None:
    stamps = stamps_ms(6)
    stamps[2] = 1.6e12
    path = write_sdk_bag(tmp_path / "a.bag", SdkFile(stamps))
    with all_shown(path) as (indices, notice):
        assert indices == list(range(6))
        assert notice == "a.bag: 1 of 6 times was wrong and is replaced"
