"""The synthetic camera: the protocol, reproducible frames, and a truth that fits the picture."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest

from engine.errors import InvalidInputError, SourceError
from engine.simulation.render import Part
from engine.simulation.sensors import SENSORS
from engine.skeleton import Handedness
from engine.sources.base import DepthSource
from engine.sources.synthetic import SyntheticCamera
from engine.types import Frame


def read(source: SyntheticCamera, count: int) -> list[Frame]:
    frames = [source.read() for _ in range(count)]
    assert all(frame is not None for frame in frames)
    return [frame for frame in frames if frame is not None]


def test_it_is_a_depth_source_that_never_ends() -> None:
    source = SyntheticCamera()
    assert isinstance(source, DepthSource)
    frames = read(source, 3)
    assert [frame.index for frame in frames] == [0, 1, 2]
    assert frames[1].timestamp_ms == pytest.approx(1000 / 30)
    assert not source.ended
    assert source.frame_count is None
    source.close()
    source.close()
    assert source.ended
    assert source.read() is None
    with pytest.raises(SourceError):
        source.rewind()


def test_the_seed_decides_and_rewinding_repeats() -> None:
    source, other = SyntheticCamera(seed=1), SyntheticCamera(seed=2)
    first = read(source, 3)
    source.rewind()
    again, different = read(source, 3), read(other, 1)
    for a, b in zip(first, again, strict=True):
        assert np.array_equal(a.depth_mm, b.depth_mm)
    assert not np.array_equal(first[0].depth_mm, different[0].depth_mm)
    assert not np.array_equal(first[0].depth_mm, first[1].depth_mm)


@pytest.mark.parametrize("side", list(Handedness))
def test_truth_lies_on_the_hand_that_is_drawn(side: Handedness) -> None:
    source = SyntheticCamera(seed=3, sensor="IDEAL", handedness=side)
    on_hand = []
    for frame in read(source, 40)[::8]:
        truth = source.truth(frame.index)
        assert truth.handedness is side
        uv = source.camera.project(truth.joints_mm).round().astype(int)
        for (u, v), z in zip(uv, truth.joints_mm[:, 2], strict=True):
            if 0 <= u < 640 and 0 <= v < 480:
                label = source.labels(frame.index)[v, u]
                on_hand.append(
                    Part.FOREARM <= label <= Part.LAST_BONE and frame.depth_mm[v, u] < z + 3
                )
    assert len(on_hand) > 50
    assert np.mean(on_hand) > 0.85


@pytest.mark.parametrize("name", sorted(SENSORS))
def test_every_sensor_sees_the_hand(name: str) -> None:
    source = SyntheticCamera(seed=0, sensor=name)
    frame = read(source, 1)[0]
    labels = source.labels(0)
    hand = (labels >= Part.FOREARM) & (labels <= Part.LAST_BONE)
    assert frame.camera.width == SENSORS[name].camera.width
    assert np.mean(frame.depth_mm[hand] > 0) > 0.6


def test_bad_arguments_are_named() -> None:
    with pytest.raises(InvalidInputError, match="sensor"):
        SyntheticCamera(sensor="L515")
    with pytest.raises(InvalidInputError, match="seed"):
        SyntheticCamera(seed=-1)


@pytest.mark.parametrize("sensor", sorted(SENSORS))
def test_the_hand_stays_where_the_sensor_sees(sensor: str) -> None:
    # The movement of this seed comes nearer than most.
    with closing(SyntheticCamera(40003, sensor)) as camera:
        places = [camera.truth(index).joints_mm.mean(axis=0)[2] for index in range(0, 150, 10)]
    assert min(places) > SENSORS[sensor].near_mm
