"""Recordings of the RealSense SDK's versions: packing, depth units, stamps and clocks."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.errors import SourceError
from engine.sources import open_source
from engine.sources.base import SeekableSource
from tests.sdk_bags import write_sdk_bag
from tests.sdk_files import PERIOD_MS, SdkFile, counts, stamps_ms, write_sdk_db3

WRITERS: dict[str, Callable[..., Path]] = {"db3": write_sdk_db3, "bag": write_sdk_bag}
both_kinds = pytest.mark.parametrize("kind", WRITERS)
WRAP_MS = 2**32 / 1000.0


def opened(folder: Path, kind: str, what: SdkFile, **options: object) -> SeekableSource:
    path = folder / f"a.{kind}"
    path.unlink(missing_ok=True)
    source = open_source(str(WRITERS[kind](path, what, **options)))
    assert isinstance(source, SeekableSource)
    return source


def refused(folder: Path, kind: str, what: SdkFile) -> str:
    with pytest.raises(SourceError) as caught:
        opened(folder, kind, what)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def times(source: SeekableSource) -> np.ndarray:
    """The frames' stamps; the timeline must be theirs, from every way of reading."""
    stamps = np.array([source.frame_at(k).timestamp_ms for k in range(source.frame_count)])
    np.testing.assert_allclose(source.timeline_ms, stamps - stamps[0], atol=1e-6)
    for stamp in stamps:
        frame = source.read()
        assert frame is not None and frame.timestamp_ms == stamp
    assert source.ended
    source.close()
    return stamps


def check_depth(source: SeekableSource, units_mm: list[float]) -> None:
    for k, unit_mm in enumerate(units_mm):
        np.testing.assert_allclose(source.frame_at(k).depth_mm, counts(k) * unit_mm, rtol=1e-6)
    source.close()


# ---- versions


@pytest.mark.parametrize("options", [{}, {"packed": True}, {"plain": True}, {"wal": True}])
def test_db3_files_of_all_versions_are_read(tmp_path: Path, options: dict[str, bool]) -> None:
    source = opened(tmp_path, "db3", SdkFile(stamps_ms(5)), **options)
    assert (source.camera.name, source.camera.fps, source.camera.fy) == ("Test D4", 25.0, 26.0)
    np.testing.assert_allclose(source.timeline_ms, np.arange(5) * PERIOD_MS)
    assert source.notice is None
    check_depth(source, [1.0] * 5)


@pytest.mark.parametrize("compression", ["", "lz4", "bz2"])
def test_bags_packed_in_every_way_are_read(tmp_path: Path, compression: str) -> None:
    source = opened(tmp_path, "bag", SdkFile(stamps_ms(5)), compression=compression)
    assert (source.camera.name, source.camera.fps, source.camera.fy) == ("Test D4", 25.0, 26.0)
    assert source.notice is None
    check_depth(source, [1.0] * 5)


@both_kinds
def test_what_only_describes_may_be_missing(tmp_path: Path, kind: str) -> None:
    source = opened(tmp_path, kind, SdkFile(stamps_ms(3), info=False))
    assert (source.camera.name, source.camera.fps) == (f"a.{kind}", 25.0)
    check_depth(source, [1.0] * 3)


# ---- depth unit


@both_kinds
@pytest.mark.parametrize(
    "topic",
    ["option/Depth_Units/value", "option/Depth Units/value", "option/depth-units/value",
     "option/DEPTH_UNITS/value", "property/Depth Units/value", "property", "option"],
)  # fmt: skip
def test_the_unit_is_found_however_it_is_spelled(tmp_path: Path, kind: str, topic: str) -> None:
    source = opened(tmp_path, kind, SdkFile(stamps_ms(3), units=[(topic, 0.000125, 0)]))
    assert source.camera.depth_unit_mm == 0.125
    check_depth(source, [0.125] * 3)


@both_kinds
@pytest.mark.parametrize("topic", ["option/Depth_Units/value", "property"])
def test_a_unit_that_changes_holds_from_there_on(tmp_path: Path, kind: str, topic: str) -> None:
    units = [(topic, 0.000125, 0), (topic, 0.001, 3), (topic, 0.0001, 4)]
    source = opened(tmp_path, kind, SdkFile(stamps_ms(6), units=units))
    assert source.camera.depth_unit_mm == 0.1
    check_depth(source, [0.125, 0.125, 0.125, 1.0, 0.1, 0.1])


@both_kinds
@pytest.mark.parametrize("options", [(), (("option/Depth_Units/value", 0.001, 0),)])
def test_the_unit_beside_each_frame_is_right(
    tmp_path: Path, kind: str, options: tuple[tuple[str, float, int], ...]
) -> None:
    units_m = [0.0001, 0.0001, 0.001, 0.00025]
    notes = [{"depth_units": f"{unit_m:.6f}"} for unit_m in units_m]
    what = SdkFile(stamps_ms(4), metadata=notes, units=options)
    check_depth(opened(tmp_path, kind, what), [1000.0 * unit_m for unit_m in units_m])


@both_kinds
@pytest.mark.parametrize("bad", [0.0, -0.001, 1e30, 1e-30])
def test_units_that_cannot_be_are_not_believed(tmp_path: Path, kind: str, bad: float) -> None:
    notes = [{"depth_units": f"{unit_m:g}"} for unit_m in (0.0005, bad, 0.0005)]
    option = "option/Depth_Units/value"
    units = [(option, 0.0005, 0), (option, bad, 2)]
    source = opened(tmp_path, kind, SdkFile(stamps_ms(3), metadata=notes, units=units))
    assert source.camera.depth_unit_mm == 0.5
    check_depth(source, [0.5] * 3)


@both_kinds
def test_without_a_unit_distances_are_unknown(tmp_path: Path, kind: str) -> None:
    text = refused(tmp_path, kind, SdkFile(stamps_ms(3), units=()))
    assert "does not say its depth unit" in text
    text = refused(tmp_path, kind, SdkFile(stamps_ms(3), lens=False))
    assert "does not describe its lens" in text


@both_kinds
def test_files_without_a_frame_or_a_depth_stream_are_told_apart(tmp_path: Path, kind: str) -> None:
    text = refused(tmp_path, kind, SdkFile([]))
    assert "holds no depth frames" in text and "switched on" not in text
    path = write_sdk_db3(tmp_path / "b.db3", SdkFile(stamps_ms(2)))
    with sqlite3.connect(path) as database:
        database.execute("UPDATE topics SET name=replace(name, 'Depth_0', 'Color_0')")
    database.close()
    with pytest.raises(SourceError, match="no depth stream: record it with depth switched on"):
        open_source(str(path))


# ---- order and times


@both_kinds
@pytest.mark.parametrize(
    "recorded",
    [
        [1266874889e3] * 8,
        [1266874889e3 + k for k in range(3)] + [5.0 + 40 * k for k in range(5)],
        [40.0 * k for k in range(7)] + [1.4e12],
        [300.0 - k for k in range(8)],
    ],
    ids=["paused first", "paused later", "the last ahead", "backwards"],
)
def test_order_and_times_are_the_images_own(
    tmp_path: Path, kind: str, recorded: list[float]
) -> None:
    source = opened(tmp_path, kind, SdkFile(stamps_ms(8), recorded))
    assert source.notice is None
    for k in range(8):
        np.testing.assert_array_equal(source.frame_at(k).depth_mm, counts(k))
    np.testing.assert_allclose(times(source), stamps_ms(8))


@both_kinds
@pytest.mark.parametrize("bad", [{4: 1.6e12}, {2: 0.0, 6: 1.08e7}, {0: 1.6e12}, {7: 1.6e12}])
def test_outliers_alone_are_replaced(tmp_path: Path, kind: str, bad: dict[int, float]) -> None:
    stamps = [bad.get(k, stamp) for k, stamp in enumerate(stamps_ms(8))]
    if kind == "bag":  # the clock of a bag's images ends in 2106
        stamps = [min(stamp, 4.2e12) for stamp in stamps]
    source = opened(tmp_path, kind, SdkFile(stamps, stamps_ms(8)))
    assert source.notice is not None and f"{len(bad)} of 8 times" in source.notice
    found = times(source)
    right = [k for k in range(8) if k not in bad]
    np.testing.assert_allclose(found[right], np.array(stamps_ms(8))[right])
    np.testing.assert_allclose(found, stamps_ms(8), atol=1.0)


@both_kinds
def test_a_clock_that_changes_its_domain_goes_on(tmp_path: Path, kind: str) -> None:
    true = np.array(stamps_ms(8))
    stamps = np.where(np.arange(8) < 3, true, true + 1.7e12)
    domains = ["Hardware Clock"] * 3 + ["Global Time"] * 5
    notes = [{"timestamp_domain": domain} for domain in domains]
    source = opened(tmp_path, kind, SdkFile(list(stamps), [500.0] * 8, notes))
    assert source.notice == f"a.{kind}: its clock changes once, the times are joined"
    np.testing.assert_allclose(np.diff(times(source)), PERIOD_MS, atol=0.01)


@both_kinds
@pytest.mark.parametrize("dropped", [0, 7, 700])
def test_a_counter_that_begins_again_leaves_true_gaps(
    tmp_path: Path, kind: str, dropped: int
) -> None:
    true = WRAP_MS - 3.5 * PERIOD_MS + PERIOD_MS * (np.arange(9) + dropped * (np.arange(9) > 3))
    source = opened(tmp_path, kind, SdkFile(list(true % WRAP_MS), stamps_ms(9)))
    np.testing.assert_allclose(times(source), true, atol=1e-3)


@both_kinds
def test_dropped_frames_and_pauses_keep_their_length(tmp_path: Path, kind: str) -> None:
    steps = np.array([0, 1, 1, 4, 1, 1, 500, 1, 1, 20, 1])
    true = 1000.0 + PERIOD_MS * np.cumsum(steps)
    source = opened(tmp_path, kind, SdkFile(list(true), stamps_ms(11)))
    assert source.notice is None
    np.testing.assert_allclose(times(source), true)


def test_frames_written_out_of_order_are_sorted(tmp_path: Path) -> None:
    order = [0, 1, 3, 2, 4, 7, 5, 6]
    source = opened(tmp_path, "db3", SdkFile([stamps_ms(8)[k] for k in order]))
    for k, place in enumerate(np.argsort(order)):
        np.testing.assert_array_equal(source.frame_at(k).depth_mm, counts(int(place)))
    assert source.notice == "a.db3: frames are put in the order of their times"
    np.testing.assert_allclose(times(source), stamps_ms(8))


@both_kinds
def test_steps_of_a_second_and_seconds_count_right(tmp_path: Path, kind: str) -> None:
    stamps = stamps_ms(60)
    stamps[50] = 1.6e12
    source = opened(tmp_path, kind, SdkFile(stamps, [1266874889e3] * 60))
    line = source.timeline_ms
    assert np.searchsorted(line, line[2] + 1000.0 - 0.5) == 27
    assert (line < 500.0 - 0.5).sum() == 13
    assert line[-1] == pytest.approx(59 * PERIOD_MS)
    source.close()


def test_no_file_is_left_beside_a_recording(tmp_path: Path) -> None:
    opened(tmp_path, "bag", SdkFile(stamps_ms(3))).close()
    source = opened(tmp_path, "db3", SdkFile(stamps_ms(3)), wal=True)
    source.read()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.bag", "a.db3"]
    source.close()
