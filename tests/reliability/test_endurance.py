"""Some seconds of what the long run does: frames pass, nothing grows, broken promises show."""

from __future__ import annotations

from dataclasses import replace

from tests.reliability.endurance import endure


def test_frames_pass_and_nothing_grows() -> None:
    endured = endure(0.15, seed=1)
    assert endured.kept, endured.text()
    assert endured.frames > 30 and endured.recordings == 1
    growth = endured.growth
    more = replace(growth.end, memory_mb=growth.settled.memory_mb + 500.0)
    for broken in (
        replace(endured, growth=replace(growth, end=more)),
        replace(endured, trouble="it broke"),
    ):
        assert not broken.kept
