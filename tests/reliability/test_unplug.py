"""A camera pulled out and put in again while it is recorded and streamed."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("pyrealsense2", reason="the RealSense SDK is not installed")

from tests.reliability.unplug import unplug


def test_nothing_is_lost_or_left_when_a_camera_comes_and_goes() -> None:
    unplugged = unplug(8, seed=1)
    assert unplugged.kept, unplugged.text()
    growth = unplugged.growth
    leak = replace(growth.end, threads=growth.settled.threads + 1)
    for broken in (
        replace(unplugged, played=unplugged.played - 1),
        replace(unplugged, heard=3),
        replace(unplugged, growth=replace(growth, end=leak)),
    ):
        assert not broken.kept
