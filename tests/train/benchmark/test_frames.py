"""The benchmark's frames: of their kind, the same each time, and kept without loss."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.errors import InvalidInputError
from engine.skeleton import Handedness
from training.benchmark.changes import Change, changed_frames
from training.benchmark.frame_specs import FrameSampler, FrameSpec, Kind
from training.benchmark.frame_store import FrameStore, fingerprint
from training.benchmark.poses import RealPoses, real_poses


def shown(poses: RealPoses, kind: Kind, count: int = 6) -> list[FrameSpec]:
    sampler = FrameSampler(poses)
    return [sampler.draw(kind, np.random.default_rng([5, k])) for k in range(count)]


def test_near_hands_are_near_and_cut_ones_cut(poses: RealPoses) -> None:
    for spec in shown(poses, Kind.NEAR):
        assert 140.0 < spec.hands[0].joints_mm[:, 2].mean() < 260.0
    for spec in shown(poses, Kind.EDGE):
        camera = spec.sensor.camera
        u, v = camera.project(spec.hands[0].joints_mm).T
        out = (u < 0) | (v < 0) | (u > camera.width - 1) | (v > camera.height - 1)
        assert 3 <= out.sum() <= 11


def test_pointing_hands_point_at_the_camera_and_side_views_show_an_edge(poses: RealPoses) -> None:
    for spec in shown(poses, Kind.POINTING):
        way = spec.hands[0].R_camera_from_hand @ [0.0, 1.0, 0.0]
        assert way[2] < -0.6
    for spec in shown(poses, Kind.SIDE):
        out = spec.hands[0].R_camera_from_hand @ [0.0, 0.0, 1.0]
        assert abs(out[2]) < 0.8


def test_fists_are_closed(poses: RealPoses) -> None:
    for spec in shown(poses, Kind.FIST):
        fingers = spec.hands[0].angles[8:].reshape(4, 4)
        assert np.rad2deg(fingers[:, 0] + fingers[:, 2]).mean() > 110.0


def test_two_hands_are_one_persons(poses: RealPoses) -> None:
    for spec in shown(poses, Kind.TWO):
        first, second = spec.hands
        assert {first.handedness, second.handedness} == set(Handedness)
        gap = np.linalg.norm(first.joints_mm.mean(axis=0) - second.joints_mm.mean(axis=0))
        assert gap > 100.0


def test_frames_are_the_same_each_time_and_from_the_store(
    poses: RealPoses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.benchmark.frame_store.CHUNK", 2)
    stored = FrameStore(poses, tmp_path / "a", seed=3)
    made = list(stored.frames(Kind.USUAL, 2))
    again = list(stored.frames(Kind.USUAL, 1))
    assert fingerprint(made[:1]) == fingerprint(again)
    assert fingerprint(made[:1]) != fingerprint(made[1:])
    assert (made[0].truths[0].joints_mm == again[0].truths[0].joints_mm).all()
    fresh = stored._make(FrameSampler(poses), Kind.USUAL, 0)
    assert fingerprint([fresh]) == fingerprint(again)
    assert np.allclose(fresh.frame.depth_mm, again[0].frame.depth_mm, atol=1e-3)
    assert fresh.truths[0].pixels >= 300


def test_a_damaged_store_is_named(poses: RealPoses, tmp_path: Path) -> None:
    material = FrameStore(poses, tmp_path, seed=0)
    path = tmp_path / "v1" / "empty-0-00000.npz"
    path.parent.mkdir()
    path.write_bytes(b"no archive")
    with pytest.raises(InvalidInputError, match=r"empty-0-00000\.npz is damaged"):
        list(material.frames(Kind.EMPTY, 1))


def test_changes_change_one_thing(poses: RealPoses, tmp_path: Path) -> None:
    material = FrameStore(poses, tmp_path, seed=1)
    made = {change: next(changed_frames(material, change, 1)) for change in Change}
    usual = made[Change.NONE]
    joints = usual.truths[0].joints_mm
    for change in (Change.NO_NOISE, Change.NOTHING_AROUND):
        assert np.allclose(made[change].truths[0].joints_mm, joints)
        assert fingerprint([made[change]]) != fingerprint([usual])
    assert (made[Change.NOTHING_AROUND].frame.depth_mm > 0).mean() < 0.35
    for change in (Change.TRAINED_POSES, Change.TRAINED_SHAPE, Change.AVERAGE_HAND):
        moved = made[change].truths[0].joints_mm
        assert not np.allclose(moved, joints, atol=0.5)
        assert np.allclose(moved.mean(axis=0), joints.mean(axis=0), atol=0.01)


def test_real_poses_need_their_data(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError):
        real_poses(tmp_path / "none", tmp_path / "store")
