"""The measurements of the long run in the window."""

from __future__ import annotations

import time

import numpy as np
import pytest

from tests.soak.measure import (
    BEAT_S,
    BLOCK_S,
    Heartbeat,
    Moment,
    Soak,
    growth_mb_per_minute,
    report,
)
from tests.soak.memory_camera import MemoryCamera


def test_growth_is_that_of_the_settled_time() -> None:
    times = np.arange(120.0)
    memory = np.where(times < 30.0, 10.0 * times, 300.0 + 0.5 * (times - 30.0))
    assert growth_mb_per_minute(times, memory) == pytest.approx(30.0)
    assert growth_mb_per_minute(times, np.full(120, 400.0)) == pytest.approx(0.0, abs=1e-9)
    assert np.isnan(growth_mb_per_minute(times[:35], memory[:35]))
    assert np.isnan(growth_mb_per_minute([], []))


def test_a_block_is_noted_with_the_place_it_happened_in() -> None:
    heart = Heartbeat(time.monotonic)
    heart.start()
    for _ in range(3):
        time.sleep(BEAT_S)
        heart.beat()
    busy_until = time.monotonic() + 4.0 * BLOCK_S
    while time.monotonic() < busy_until:
        sum(range(100))
    heart.beat()
    heart.stop()
    assert max(heart.blocks_s) >= 3.0 * BLOCK_S - BEAT_S
    assert any("test_soak.py" in place for place in heart.where)


def test_the_report_puts_goals_beside_what_was_reached() -> None:
    soak = Soak(1000.0 / 30.0, Moment(1.2, 1.1), Moment(2.5, 2.2), shown=3600, frames_in=3600)
    for second in range(121):
        soak.times_s.append(float(second))
        soak.memory_mb.append(500.0)
        soak.children_mb.append(120.0)
        soak.cpu_percent.append(80.0)
        soak.ages_ms.append(31.0)
    lines = report(soak, Heartbeat(time.monotonic)).splitlines()
    told = {line[:38].strip(): line[38:].split("  ") for line in lines[1:]}
    assert "31 (31) ms" in " ".join(told["age of the pose shown, median (95%)"])
    assert told["age of the pose shown, median (95%)"][-1].strip() == "48 ms"
    assert "30.0" in " ".join(told["frames a second: shown"])
    assert "380 MB, 380 MB" in " ".join(told["memory at 30 s and at the end"])


def test_the_camera_from_memory_is_live_and_loses_what_nobody_waits_for() -> None:
    camera = MemoryCamera(seed=0, fps=50.0)
    first = camera.read()
    assert first is not None
    time.sleep(0.2)
    late = camera.read()
    assert late is not None
    assert late.index > first.index + 5
    assert late.timestamp_ms == pytest.approx(late.index * 20.0)
    began = time.monotonic()
    following = [camera.read() for _ in range(10)]
    assert time.monotonic() - began > 0.1
    indices = [frame.index for frame in following if frame is not None]
    assert indices == sorted(set(indices))
    camera.close()
    assert camera.ended and camera.read() is None
